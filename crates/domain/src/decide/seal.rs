//! Sealing: decided entries get their place, balances and hashes.

use std::sync::Arc;

use crate::decide::command::Command;
use crate::decide::draft::Draft;
use crate::entry::Entry;
use crate::entry::format::Format;
use crate::entry::name::Request;
use crate::state::fold::error::FoldError;
use crate::state::get::State;
use crate::state::overlay::Overlay;
use crate::value::encoding::Secret;
use crate::value::ids::ProgramId;
use crate::value::seq::Seq;
use crate::value::time::Micros;
use crate::value::tree::Frontier;

/// Head of a programme's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The last entry; 0 for an empty log.
    pub seq: Seq,
    /// Time when the last entry was recorded; the first instant of 1970 for an empty log.
    pub at: Micros,
    /// Number of changes of terms and of fences. An append on another epoch is refused.
    pub epoch: i64,
    /// The highest format of the entries.
    pub format: Format,
    /// The Merkle tree over the entries.
    pub tree: Frontier,
}

impl Head {
    /// Returns the head of an empty log.
    #[must_use]
    pub fn empty() -> Self {
        let at = Micros::new(0).expect("1970 is a time");
        Self { seq: Seq::ZERO, at, epoch: 0, format: Format::FIRST, tree: Frontier::default() }
    }

    /// Appends the entries of a command. Each gets its seq, its member's previous entry, the balances after it and its
    /// hash. `state` counts each entry.
    ///
    /// # Errors
    /// [`FoldError`] when a sum overflows. The head stays as it was; the changes in `state` must be dropped.
    pub fn seal<S: State>(
        &mut self,
        state: &mut Overlay<'_, S>,
        context: &SealContext<'_>,
        command: &Command,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Arc<Entry>>, FoldError> {
        let sealed = self.place(state, context, command, drafts)?;
        self.advance_past(&sealed);
        Ok(sealed)
    }

    /// Makes the entries that [`Head::seal`] appends. `state` counts them; the head stays.
    ///
    /// # Errors
    /// [`FoldError`] when a sum overflows; the changes in `state` must be dropped.
    pub fn place<S: State>(
        &self,
        state: &mut Overlay<'_, S>,
        context: &SealContext<'_>,
        command: &Command,
        drafts: Vec<Draft>,
    ) -> Result<Vec<Arc<Entry>>, FoldError> {
        let mut request = Some(Request { id: command.name.id.clone(), digest: command.digest });
        let mut sealed: Vec<Arc<Entry>> = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let seq = sealed.last().map_or(self.seq, |before| before.seq).next();
            let mut entry = context.entry(seq, state, command, request.take(), draft);
            state.apply(&entry)?;
            if let Some(account) = entry.member.as_ref().and_then(|member| state.account(member)) {
                entry.balance_after = account.balances;
            }
            entry.leaf = entry.compute_leaf(context.program, context.secret);
            sealed.push(Arc::new(entry));
        }
        Ok(sealed)
    }

    /// Moves the head past entries.
    pub fn advance_past(&mut self, entries: &[Arc<Entry>]) {
        for entry in entries {
            self.advance(entry);
        }
    }

    /// Moves the head past an entry. The first entry of a newer format raises the head's format and the epoch. A server
    /// that does not know the format can no longer append. It says why once it reads the head.
    pub fn advance(&mut self, entry: &Entry) {
        self.seq = entry.seq;
        self.at = entry.recorded_at;
        let moves_epoch = entry.kind.moves_epoch() || entry.format > self.format;
        self.epoch = self.epoch.saturating_add(i64::from(moves_epoch));
        self.format = self.format.max(entry.format);
        self.tree.append(entry.leaf);
    }
}

/// Values beside the command with which entries are sealed.
pub struct SealContext<'a> {
    /// The programme.
    pub program: &'a ProgramId,
    /// The programme's secret.
    pub secret: &'a Secret,
    /// The ledger's time, at or after the head's.
    pub recorded_at: Micros,
    /// Format in which entries are written.
    pub format: Format,
}

impl SealContext<'_> {
    fn entry(&self, seq: Seq, state: &impl State, command: &Command, request: Option<Request>, draft: Draft) -> Entry {
        let prev_seq = draft.member.as_ref().and_then(|member| state.account(member)).map_or(Seq::ZERO, |a| a.last_seq);
        Entry {
            seq,
            format: self.format,
            kind: draft.kind,
            source: command.name.source.clone(),
            command: command.name.kind,
            request,
            member: draft.member,
            prev_seq,
            movement: draft.movement,
            occurred_at: draft.occurred_at,
            local_day: draft.local_day,
            recorded_at: self.recorded_at,
            refers: draft.refers,
            rule_version: draft.rule_version,
            rule: draft.rule,
            raw_points: draft.raw_points,
            reason: draft.reason,
            balance_after: crate::value::balances::Balances::default(),
            fact: draft.fact,
            note_digest: draft.note_digest,
            principal: command.principal.clone(),
            leaf: [0; 32],
        }
    }
}
