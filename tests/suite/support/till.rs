//! Calls of the till, as the shop `shop` makes them in the programme `qc`.

use goodturn::domain::decide::acts::TillAct;
use goodturn::domain::decide::command::{Act, Command};
use goodturn::domain::entry::name::CommandName;
use goodturn::domain::terms::till::{Asked, Place};
use goodturn::domain::value::ids::{RequestId, SourceId, TillId};
use goodturn::pb;
use tonic::{Response, Status};

use super::clients::{Clients, at};
use super::sample::{act, digest_of, member};

pub fn shop() -> SourceId {
    SourceId::parse("shop").unwrap()
}

/// Returns a hold or a redemption of the shop.
pub fn place(id: &str) -> Place {
    Place { source: shop(), id: TillId::parse(id).unwrap() }
}

pub fn asked(id: &str, of: &str, points: i64) -> Asked {
    Asked { place: place(id), member: member(of), points, subject: None, min_age_days: 0, young: None }
}

/// Makes a command of the shop. Its values are the whole request.
pub fn at_till(id: &str, asked: TillAct) -> Command {
    let name = CommandName { source: shop(), kind: asked.kind(), id: RequestId::parse(id).unwrap() };
    let digest = digest_of(&format!("{asked:?}"));
    Command { name, digest, ..act(asked.kind(), id, "anna", Act::Till(Box::new(asked))) }
}

pub fn hold_name(id: &str) -> String {
    format!("programs/qc/sources/shop/holds/{id}")
}

pub fn redemption_name(id: &str) -> String {
    format!("programs/qc/sources/shop/redemptions/{id}")
}

pub fn hold(id: &str, member: &str, points: i64, until: &str) -> pb::CreateHoldRequest {
    let (name, member_id, expire_time) = (hold_name(id), member.into(), Some(at(until)));
    pb::CreateHoldRequest { hold: Some(pb::Hold { name, member_id, points, expire_time, ..Default::default() }) }
}

pub fn capture(id: &str, points: i64) -> pb::CaptureHoldRequest {
    pb::CaptureHoldRequest { name: hold_name(id), points }
}

pub fn release(id: &str) -> pb::ReleaseHoldRequest {
    pb::ReleaseHoldRequest { name: hold_name(id) }
}

pub fn redemption(id: &str, member: &str, points: i64) -> pb::RedeemPointsRequest {
    let (name, member_id) = (redemption_name(id), member.into());
    pb::RedeemPointsRequest { redemption: Some(pb::Redemption { name, member_id, points, ..Default::default() }) }
}

/// Makes a refund of a spending, given by its whole name.
pub fn refund(name: String, id: &str, points: i64) -> pb::RefundRedemptionRequest {
    pb::RefundRedemptionRequest { name, refund_id: id.into(), points }
}

/// Returns the answer of a call that must not fail.
#[track_caller]
pub fn done<T>(answer: Result<Response<T>, Status>) -> T {
    answer.unwrap().into_inner()
}

pub async fn held(clients: &Clients, id: &str) -> pb::Hold {
    done(clients.till().get_hold(pb::GetHoldRequest { name: hold_name(id) }).await)
}

pub async fn redeemed(clients: &Clients, id: &str) -> pb::Redemption {
    done(clients.till().get_redemption(pb::GetRedemptionRequest { name: redemption_name(id) }).await)
}

/// Returns the available, held and redeemed points of a member.
pub async fn points(clients: &Clients, member: &str) -> [i64; 3] {
    let request = pb::GetBalanceRequest { name: format!("programs/qc/members/{member}"), min_seq: 0 };
    of(&done(clients.ledger().get_balance(request).await))
}

/// Returns the available, held and redeemed points of a balance.
pub fn of(balance: &pb::Balance) -> [i64; 3] {
    [balance.available_points, balance.held_points, balance.redeemed_points]
}
