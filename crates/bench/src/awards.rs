//! Requests that award points. They are encoded once; then only ids and members are written into them.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use prost::Message as _;

use super::zipf::{Members, SplitMix64};
use goodturn::pb;

/// The programme that the load runs on.
pub(crate) const PROGRAM: &str = "bench";

/// The kind of the activities, and the points for each.
pub(crate) const KIND: &str = "answer_accepted";
pub(crate) const POINTS: i64 = 100;

/// The source of the activities.
pub(crate) const SOURCE: &str = "forum";

/// Number of digits of an activity's id. Ids count up, as those of a forum do.
pub(crate) const ID_DIGITS: usize = 16;

/// Number of digits of a member's number.
pub(crate) const MEMBER_DIGITS: usize = 8;

/// Placeholders for the digits of ids and members in the encoded request.
const ID: &str = "7777777777777777";
const MEMBER: &str = "99999999";

/// Returns a member's id.
pub(crate) fn member(number: u32) -> String {
    format!("m{number:0MEMBER_DIGITS$}")
}

/// A message with places for digits.
#[derive(Clone)]
pub(crate) struct Template {
    bytes: Vec<u8>,
    id_at: Option<usize>,
    member_at: Option<usize>,
}

impl Template {
    fn new(bytes: Vec<u8>) -> Self {
        let find = |digits: &str| bytes.windows(digits.len()).position(|window| window == digits.as_bytes());
        let (id_at, member_at) = (find(ID), find(MEMBER));
        Self { bytes, id_at, member_at }
    }

    /// Makes a template of a request about one member, whose id is that of [`Template::any_member`].
    pub(crate) fn about_member(request: &impl prost::Message) -> Self {
        Self::new(request.encode_to_vec())
    }

    /// Returns the id that stands for any member's.
    pub(crate) fn any_member() -> String {
        format!("m{MEMBER}")
    }

    /// Writes the message with its digits.
    pub(crate) fn write(&self, out: &mut Vec<u8>, id: u64, member: u32) {
        let begin = out.len();
        out.extend_from_slice(&self.bytes);
        if let Some(at) = self.id_at {
            digits(&mut out[begin + at..begin + at + ID_DIGITS], id);
        }
        if let Some(at) = self.member_at {
            digits(&mut out[begin + at..begin + at + MEMBER_DIGITS], member.into());
        }
    }
}

fn digits(places: &mut [u8], mut number: u64) {
    for place in places.iter_mut().rev() {
        *place = b'0' + u8::try_from(number % 10).expect("one digit");
        number /= 10;
    }
}

/// The awards of one connection, one after the other.
pub(crate) struct Awards {
    /// The beginning of a call and one activity of it, for each programme.
    programs: Vec<(Vec<u8>, Template)>,
    per_call: u32,
    members: Members,
    random: SplitMix64,
    id: u64,
    step: u64,
}

/// The awards of all connections in a round.
#[derive(Clone)]
pub(crate) struct Round {
    /// The programmes that are drawn from, all alike.
    pub(crate) programs: Arc<[String]>,
    /// Activities of one call. More than one make a batch.
    pub(crate) per_call: u32,
    pub(crate) members: Members,
    /// The time at which all of them happened, since 1970.
    pub(crate) occurred: Duration,
    pub(crate) seed: u64,
    /// The first id.
    pub(crate) first_id: u64,
}

impl Round {
    /// Returns the awards of one of several connections. The ids of connections interleave.
    pub(crate) fn awards(&self, connection: u32, connections: u32) -> anyhow::Result<Awards> {
        let programs = self.programs.iter().map(|program| self.call_to(program)).collect::<anyhow::Result<_>>()?;
        Ok(Awards {
            programs,
            per_call: self.per_call,
            members: self.members.clone(),
            random: SplitMix64::new(self.seed ^ (u64::from(connection) << 32)),
            id: self.first_id + u64::from(connection),
            step: connections.into(),
        })
    }

    /// Returns the beginning of a call to a programme, and one activity of it.
    fn call_to(&self, program: &str) -> anyhow::Result<(Vec<u8>, Template)> {
        let activity = activity(program, ID, &Template::any_member(), self.occurred)?;
        if self.per_call == 1 {
            let request = pb::RecordActivityRequest { activity: Some(activity) };
            return Ok((Vec::new(), Template::new(request.encode_to_vec())));
        }
        // Repeated messages follow each other: a batch is its parent, then each activity as it stands in a batch of one.
        let parent = format!("programs/{program}");
        let empty = pb::BatchRecordActivitiesRequest { parent, ..Default::default() };
        let one = pb::BatchRecordActivitiesRequest { activities: vec![activity], ..empty.clone() };
        let begin = empty.encode_to_vec();
        let activity = one.encode_to_vec().split_off(begin.len());
        Ok((begin, Template::new(activity)))
    }
}

impl Awards {
    /// Writes the next request.
    pub(crate) fn write(&mut self, message: &mut Vec<u8>) {
        let count = u32::try_from(self.programs.len()).expect("few programmes");
        let program = self.random.up_to(count) - 1;
        let (begin, activity) = &self.programs[usize::try_from(program).expect("an index")];
        message.clear();
        message.extend_from_slice(begin);
        for _ in 0..self.per_call {
            activity.write(message, self.id, self.members.draw(&mut self.random));
            self.id += self.step;
        }
    }
}

/// Returns one award of a programme for each of `count` members from `first` on, with ids from their numbers.
pub(crate) fn one_each(program: &str, first: u32, count: u32, occurred: Duration) -> anyhow::Result<Vec<pb::Activity>> {
    let award = |number| activity(program, &format!("{number:0ID_DIGITS$}"), &member(number), occurred);
    (first..first + count).map(award).collect()
}

fn activity(program: &str, id: &str, member: &str, occurred: Duration) -> anyhow::Result<pb::Activity> {
    let seconds = i64::try_from(occurred.as_secs()).context("the clock")?;
    Ok(pb::Activity {
        name: format!("programs/{program}/sources/{SOURCE}/activities/{id}"),
        kind: KIND.into(),
        member_id: member.into(),
        counterparty_id: "asker-1".into(),
        subject: "answer-1".into(),
        occurred_at: Some(prost_types::Timestamp { seconds, nanos: 0 }),
        ..Default::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(per_call: u32) -> Round {
        let occurred = Duration::from_secs(1_700_000_000);
        Round {
            programs: [PROGRAM.to_owned()].into(),
            per_call,
            members: Members::Uniform(500),
            occurred,
            seed: 1,
            first_id: 40,
        }
    }

    #[test]
    fn requests_decode_to_awards_with_ids_that_interleave() {
        let mut message = Vec::new();
        let mut ids = Vec::new();
        for connection in 0..2 {
            let mut awards = round(1).awards(connection, 2).expect("awards");
            for _ in 0..3 {
                awards.write(&mut message);
                let request = pb::RecordActivityRequest::decode(&message[..]).expect("a request");
                let activity = request.activity.expect("an activity");
                assert_eq!(activity.member_id.len(), 9, "{}", activity.member_id);
                ids.push(activity.name.rsplit('/').next().expect("an id").parse::<u64>().expect("a number"));
            }
        }
        ids.sort_unstable();
        assert_eq!(ids, [40, 41, 42, 43, 44, 45]);
    }

    #[test]
    fn a_batch_decodes_to_as_many_awards_of_one_programme() {
        let mut message = Vec::new();
        let mut awards = round(3).awards(0, 1).expect("awards");
        awards.write(&mut message);
        awards.write(&mut message);
        let batch = pb::BatchRecordActivitiesRequest::decode(&message[..]).expect("a batch");
        assert_eq!(batch.parent, "programs/bench");
        let ids: Vec<&str> = batch.activities.iter().filter_map(|activity| activity.name.rsplit('/').next()).collect();
        assert_eq!(ids, ["0000000000000043", "0000000000000044", "0000000000000045"]);
    }

    #[test]
    fn the_same_seed_awards_the_same_members() {
        let draw = |seed| {
            let mut message = Vec::new();
            Round { seed, ..round(50) }.awards(0, 1).expect("awards").write(&mut message);
            message
        };
        assert_eq!(draw(5), draw(5));
        assert_ne!(draw(5), draw(6));
    }
}
