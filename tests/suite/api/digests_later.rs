//! A later version of the API, with a field more in several messages: what an older client gave keeps its digest (INV 69).
//!
//! `build.rs` adds the fields to `proto/` and generates the code of that, as it does for the version that is.

use goodturn::domain::entry::commands::CommandKind;
use goodturn::domain::entry::digest::{Given, Values};
use prost::Message;

use self::later::goodturn::v1 as pb;
use self::later::google::r#type::Money;
use crate::support::digested::frozen;
use crate::support::given::{publish_rule_set, record_activity};
use crate::support::sample::SECRET;

#[allow(
    clippy::all,
    clippy::pedantic,
    clippy::as_conversions,
    clippy::allow_attributes_without_reason,
    dead_code,
    unused_qualifications,
    rust_2018_idioms,
    reason = "generated code"
)]
mod later {
    pub mod goodturn {
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/later/goodturn.v1.rs"));
        }
    }
    pub mod google {
        pub mod rpc {
            include!(concat!(env!("OUT_DIR"), "/later/google.rpc.rs"));
        }
        pub mod r#type {
            include!(concat!(env!("OUT_DIR"), "/later/google.r#type.rs"));
        }
    }
    mod given {
        use ::goodturn::domain::entry::digest::{Given, Values};

        use super::{goodturn, google};

        include!(concat!(env!("OUT_DIR"), "/later/given.rs"));
    }
}

/// The request of an older client, as the later version receives it.
fn received<M: Message + Default>(request: &impl Message) -> M {
    M::decode(request.encode_to_vec().as_slice()).unwrap()
}

fn digest(command: CommandKind, request: &impl Given) -> [u8; 32] {
    SECRET.digest(command, &Values::of(request))
}

#[test]
fn a_field_that_is_added_to_activities_leaves_older_digests_as_they_are() {
    // INV 10, 11, 69
    let request: pb::RecordActivityRequest = received(&record_activity());
    let kind = CommandKind::RecordActivity;
    assert_eq!(digest(kind, &request), frozen(kind));
    // Given empty, it is not given.
    let with = |change: &dyn Fn(&mut pb::Activity)| {
        let mut request = request.clone();
        change(request.activity.as_mut().unwrap());
        digest(kind, &request)
    };
    assert_eq!(with(&|activity| activity.added = String::new()), frozen(kind));
    assert_ne!(with(&|activity| activity.added = "new".into()), frozen(kind));
    let of = |activity: &mut pb::Activity, added| activity.attributes.get_mut("items").unwrap().added = added;
    assert_eq!(with(&|activity| of(activity, Vec::new())), frozen(kind));
    assert_ne!(with(&|activity| of(activity, vec![pb::AttributeValue::default()])), frozen(kind));
}

#[test]
fn a_field_that_is_added_deep_in_a_rule_set_leaves_older_digests_as_they_are() {
    // INV 10, 11, 69
    let request: pb::PublishRuleSetRequest = received(&publish_rule_set());
    let kind = CommandKind::PublishRuleSet;
    assert_eq!(digest(kind, &request), frozen(kind));
    let with = |change: &dyn Fn(&mut pb::Rule)| {
        let mut request = request.clone();
        change(&mut request.rule_set.as_mut().unwrap().rules[1]);
        digest(kind, &request)
    };
    // With presence, a 0 is given, and so is a message without fields.
    assert_eq!(with(&|rule| rule.added = None), frozen(kind));
    assert_ne!(with(&|rule| rule.added = Some(0)), frozen(kind));
    assert_eq!(with(&|rule| rule.follows.as_mut().unwrap().added = None), frozen(kind));
    assert_ne!(with(&|rule| rule.follows.as_mut().unwrap().added = Some(Money::default())), frozen(kind));
}

/// A server that is updated and one that is not yet share a store: each answers a retry of what the other recorded.
#[test]
fn versions_that_share_a_store_agree() {
    let request: pb::RecordActivityRequest = received(&record_activity());
    let older: goodturn::pb::RecordActivityRequest = received(&request);
    assert_eq!(digest(CommandKind::RecordActivity, &older), digest(CommandKind::RecordActivity, &request));
}
