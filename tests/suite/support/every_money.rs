//! Every kind of entry of members' money, for the log with every kind: corrections, lists, minimum shares, choices and their closing.

use std::sync::Arc;

use goodturn::domain::decide::acts::Step;
use goodturn::domain::decide::command::{Act, Command, Eligible, Listed, SharePosting};
use goodturn::domain::entry::Entry;
use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::money::ClosingContent;
use goodturn::domain::state::choice::Choices;
use goodturn::domain::state::closing::ClosingDigest;
use goodturn::domain::state::get::State as _;
use goodturn::domain::state::lapse::Lapse;
use goodturn::domain::state::lots::Lots;
use goodturn::domain::state::payout::Payout;
use goodturn::domain::state::record::{Record, RecordKey};
use goodturn::domain::state::statement::content_of;
use goodturn::domain::state::update::Update;
use goodturn::domain::terms::access::AccessChange;
use goodturn::domain::terms::choice::{Choice, ChoiceTerms, WithoutChoice};
use goodturn::domain::terms::member::ShutOutReason;
use goodturn::domain::terms::payout::{ListTerms, PayoutMode, PayoutTerms, PoolAsked, shares_of};
use goodturn::domain::terms::program::TermsUpdate;
use goodturn::domain::terms::savings::StatementTerms;
use goodturn::domain::value::encoding::{Note, hex};
use goodturn::domain::value::ids::{ActivityId, PayoutId, StatementId, UpdateId};
use goodturn::domain::value::role::Role;
use goodturn::domain::value::seq::Seq;

use super::every_access::{approving, by_person, changing, person, roles};
use super::sample::{Writer, award, member, payout_terms, savings, time};

fn payout(id: &str) -> PayoutId {
    PayoutId::parse(id).unwrap()
}

/// Makes an act of finance.
fn finance(kind: CommandKind, id: &str, it: Act) -> Command {
    by_person(kind, id, "p-1", it)
}

/// Makes an act of the second person.
fn second(kind: CommandKind, id: &str, it: Act) -> Command {
    by_person(kind, id, "p-2", it)
}

fn statement() -> StatementTerms {
    StatementTerms { id: StatementId::parse("s3").unwrap(), ..savings() }
}

fn terms_of(id: &str, pool_minor: i64) -> PayoutTerms {
    PayoutTerms { statement: statement().id, ..payout_terms(id, pool_minor) }
}

fn with_note(command: Command) -> Command {
    Command { note: Some(Note { salt: [9; 16], text: b"why".to_vec().into() }), ..command }
}

/// A statement that is corrected; a draft that leaves a small share out and is rejected; two payouts over lists, whose choices are closed.
pub fn entries_of_money(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let grant = |id: &str, to: &str, role| changing(id, "p-1", AccessChange::GrantRoles(person(to), roles(&[role])));
    let mut entries = writer.record(&[
        grant("d1", "p-1", Role::Finance),
        approving("d1", "p-2"),
        grant("d2", "p-2", Role::Approver),
        approving("d2", "p-2"),
    ]);
    entries.extend(corrected(writer));
    entries.extend(left_out(writer));
    let rows = ["pia", "quin", "rhea", "sam"].map(|id| (id, 1));
    entries.extend(list_paid(writer, "l1", &rows, "2019-04-01T12:00:00Z", false));
    let choose =
        |id: &str, whose: &str, choice| finance(CommandKind::SetChoice, id, Act::SetChoice(member(whose), choice));
    entries.extend(writer.record(&[
        choose("pia:c", "pia", Some(Choice::Credit)),
        choose("quin:c", "quin", Some(Choice::Cash)),
        choose("rhea:c", "rhea", Some(Choice::Charity(member("relief")))),
        choose("sam:c", "sam", None),
    ]));
    writer.now = time("2019-04-01T12:00:01Z");
    let content = closing_content(writer, "l1");
    let digest = content.digest;
    let id = format!("l1:{}", hex(&digest));
    let close = || finance(CommandKind::CloseChoices, &id, Act::CloseChoices(Box::new(content.clone())));
    let reject = second(CommandKind::RejectClosing, &id, Act::RejectClosing(payout("l1"), digest));
    entries.extend(writer.record(&[close(), with_note(reject)]));
    entries.extend(closed(writer, "l1"));
    entries.extend(list_paid(writer, "l2", &[("sam", 1)], "2019-04-02T12:00:00Z", true));
    writer.now = time("2019-04-02T12:00:01Z");
    entries.extend(closed(writer, "l2"));
    let suspend = Act::SuspendMember(member("pia"), ShutOutReason::Requested);
    entries.extend(writer.record(&[
        finance(CommandKind::SuspendMember, "sus", suspend),
        finance(CommandKind::ReinstateMember, "rei", Act::ReinstateMember(member("pia"))),
    ]));
    entries.extend(limits_changed(writer));
    entries.extend(lapsed_for_a_ban(writer));
    entries
}

/// Withheld money of a banned member: that it lapse is rejected, asked for again, and approved.
fn lapsed_for_a_ban(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let pia = || member("pia");
    let id = |id: &str| ActivityId::parse(id).unwrap();
    let ask = |of: &str| with_note(finance(CommandKind::LapseMoney, of, Act::LapseMoney(pia(), id(of))));
    let reject = with_note(second(CommandKind::RejectLapse, "c8", Act::RejectLapse(pia(), id("c8"))));
    let ban = finance(CommandKind::BanMember, "ban-pia", Act::BanMember(pia(), ShutOutReason::Fraud));
    let mut entries = writer.record(&[ban, ask("c8"), reject, ask("c9")]);
    let digest = writer.state.get::<Lapse>(&pia()).unwrap().content;
    let approve = Act::ApproveLapse(pia(), id("c9"), digest);
    entries.extend(writer.record(&[second(CommandKind::ApproveLapse, "c9", approve)]));
    entries
}

/// A change of the programme's limits that is rejected, and one that holds.
fn limits_changed(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let id = |id: &str| UpdateId::parse(id).unwrap();
    let change = |of: &str| TermsUpdate {
        id: id(of),
        debt_limit_points: Some(60),
        adjustment_limit_points: Some(2_000).filter(|_| of == "u8"),
    };
    let propose = |of: &str| with_note(finance(CommandKind::UpdateProgram, of, Act::UpdateProgram(change(of))));
    let reject = second(CommandKind::RejectProgramUpdate, "u7", Act::RejectProgramUpdate(id("u7")));
    let mut entries = writer.record(&[propose("u7"), with_note(reject), propose("u8")]);
    let digest = writer.state.get::<Update>(&id("u8")).unwrap().content();
    let approve = Act::ApproveProgramUpdate(id("u8"), digest);
    entries.extend(writer.record(&[second(CommandKind::ApproveProgramUpdate, "u8:x", approve)]));
    entries
}

fn corrected(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let first = content_of(1, &statement(), None);
    let terms = StatementTerms { community_share_millionths: 1_000_000, ..statement() };
    let content = content_of(2, &terms, Some(with_note_digest()));
    writer.record(&[
        finance(CommandKind::DeclareStatement, "s3", Act::DeclareStatement(statement())),
        second(CommandKind::ApproveStatement, "s3:1", Act::ApproveStatement(statement().id, first)),
        with_note(finance(CommandKind::CorrectStatement, "s3:2", Act::CorrectStatement(terms, 2))),
        second(CommandKind::ApproveStatement, "s3:x", Act::ApproveStatement(statement().id, content)),
    ])
}

fn with_note_digest() -> [u8; 32] {
    Note { salt: [9; 16], text: b"why".to_vec().into() }.digest()
}

/// A draft that gives the points of a small share back.
fn left_out(writer: &mut Writer) -> Vec<Arc<Entry>> {
    let awards = ["pia", "quin", "quin", "quin", "rhea", "sam"];
    let awards: Vec<Command> = (0..).zip(awards).map(|(n, id)| award(&format!("mo{n}"), id)).collect();
    let mut entries = writer.record(&awards);
    let terms = PayoutTerms { minimum_share_minor: 50, ..terms_of("m", 100) };
    let rows = [("pia", 100), ("quin", 300)].map(|(id, points)| Eligible { member: member(id), points });
    let step = Step { after: None, through: member("zoe"), rows: rows.into() };
    let small = Step { after: None, through: member("pia"), rows: vec![member("pia")] };
    let rest = Step { after: None, through: member("quin"), rows: vec![member("quin")] };
    entries.extend(writer.record(&[
        finance(CommandKind::CreatePayout, "m", Act::CreatePayout(terms, PoolAsked::Stated)),
        finance(CommandKind::ReservePoints, "m", Act::ReservePoints(payout("m"), step, Seq::new(1_000).unwrap())),
        finance(CommandKind::CompleteDraft, "m", Act::CompleteDraft(payout("m"))),
        finance(CommandKind::ReleasePoints, "m:released:", Act::ReleasePoints(payout("m"), small)),
        finance(CommandKind::CompleteDraft, "m:released:pia", Act::CompleteDraft(payout("m"))),
        with_note(second(CommandKind::RejectPayout, "m", Act::RejectPayout(payout("m")))),
        second(CommandKind::ReturnPoints, "m", Act::ReturnPoints(payout("m"), rest)),
        second(CommandKind::CompleteCancellation, "m", Act::CompleteCancellation(payout("m"), statement().id)),
    ]));
    entries
}

/// A payout over a list of members, with weights, that asks for choices until a time.
pub fn list_terms(id: &str, rows: &[(&str, i64)], deadline: &str, takes_carried: bool) -> PayoutTerms {
    let list = ListTerms {
        rows: i64::try_from(rows.len()).unwrap(),
        total_weight: rows.iter().map(|(_, weight)| weight).sum(),
        remainder_to: member("relief"),
    };
    let choices = ChoiceTerms {
        deadline: time(deadline),
        without_choice: WithoutChoice::CarryOnce,
        minimum_credit_minor: 0,
        minimum_cash_minor: 1_000,
        charities: vec![member("relief")],
        match_millionths: 1_000_000,
        match_cap_minor: 10_000,
        takes_carried,
    };
    PayoutTerms { mode: PayoutMode::List, list: Some(list), choices: Some(choices), ..terms_of(id, 402) }
}

/// Has a payout over a list drafted, approved and executed.
fn list_paid(
    writer: &mut Writer,
    id: &str,
    rows: &[(&str, i64)],
    deadline: &str,
    takes_carried: bool,
) -> Vec<Arc<Entry>> {
    let terms = list_terms(id, rows, deadline, takes_carried);
    let listed = rows.iter().map(|(id, weight)| Listed { member: member(id), weight: *weight });
    let through = member(rows.last().unwrap().0);
    let step = Step { after: None, through: through.clone(), rows: listed.collect() };
    let mut entries = writer.record(&[
        finance(CommandKind::CreatePayout, id, Act::CreatePayout(terms.clone(), PoolAsked::Stated)),
        finance(CommandKind::ListWeights, id, Act::ListWeights(payout(id), step)),
        finance(CommandKind::CompleteDraft, id, Act::CompleteDraft(payout(id))),
    ]);
    let draft = writer.state.get::<Payout>(&payout(id)).unwrap();
    let approve = Act::ApprovePayout(payout(id), draft.content);
    let weights = rows.iter().map(|(id, weight)| (member(id), *weight)).collect();
    let shares = shares_of(&terms, weights).unwrap().into_iter();
    let shares: Vec<SharePosting> = shares
        .map(|share| SharePosting { member: share.member, points: share.weight, share_minor: share.share_minor })
        .collect();
    let through = shares.last().unwrap().member.clone();
    let posting = Step { after: None, through, rows: shares };
    entries.extend(writer.record(&[
        second(CommandKind::ApprovePayout, &format!("{id}:x"), approve),
        finance(CommandKind::BeginExecution, id, Act::BeginExecution(payout(id))),
        finance(CommandKind::PostShares, id, Act::PostShares(payout(id), posting)),
        finance(CommandKind::CompleteExecution, id, Act::CompleteExecution(payout(id))),
    ]));
    entries
}

/// What two persons sign when the choices of a payout are closed now.
pub fn closing_content(writer: &Writer, id: &str) -> ClosingContent {
    let payout = writer.state.get::<Payout>(&payout(id)).unwrap();
    let deadline = payout.terms.choices.as_ref().unwrap().deadline;
    let as_of = writer.head.seq;
    let mut digest = ClosingDigest::of(&payout.terms);
    for (key, (_, record)) in &writer.state.records {
        if let (RecordKey::Lots(member), Record::Lots(lots)) = (key, record) {
            let chosen = writer.state.get::<Choices>(member).and_then(|choices| choices.by(deadline));
            digest.add(member, &Lots::decided(lots, payout, chosen, as_of)).unwrap();
        }
    }
    digest.content(&payout.terms, as_of)
}

/// Has the choices of a payout closed in one step.
fn closed(writer: &mut Writer, id: &str) -> Vec<Arc<Entry>> {
    let content = closing_content(writer, id);
    let name = format!("{id}:{}", hex(&content.digest));
    let digest = content.digest;
    let close = finance(CommandKind::CloseChoices, &name, Act::CloseChoices(Box::new(content)));
    let mut entries = writer.record(&[close]);
    let drafted = entries[0].seq;
    let members: Vec<_> = writer
        .state
        .records
        .keys()
        .filter_map(|key| match key {
            RecordKey::Lots(member) => Some(member.clone()),
            _ => None,
        })
        .collect();
    let through = members.last().unwrap().clone();
    let end = format!("{id}:{drafted}:{through}");
    let step = Step { after: None, through, rows: members };
    entries.extend(writer.record(&[
        second(CommandKind::ApproveClosing, &name, Act::ApproveClosing(payout(id), digest)),
        second(CommandKind::DecideLots, &format!("{id}:{drafted}:"), Act::DecideLots(payout(id), step)),
        second(CommandKind::CompleteClosing, &end, Act::CompleteClosing(payout(id))),
    ]));
    entries
}
