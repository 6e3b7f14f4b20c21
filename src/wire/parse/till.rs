//! Requests at the till.

use super::super::error::ApiError;
use super::Violations;
use crate::domain::terms::till::{Asked, MIN_AGE_DAYS_MAX, Place, Spending};
use crate::domain::value::ids::{MemberId, ProgramId, Subject, TillId};
use crate::domain::value::time::Micros;
use crate::pb;

pub(crate) fn parse_hold(request: &pb::CreateHoldRequest) -> Result<(ProgramId, Asked, Micros), ApiError> {
    let mut violations = Violations::default();
    let Some(hold) = violations.required("hold", request.hold.as_ref()) else { return violations.check(None) };
    let parsed = {
        let mut violations = violations.within("hold".into());
        let name = violations.hold("name", &hold.name);
        let days = min_age_days(&mut violations, hold.min_age_days);
        let asked = asked(&mut violations, (name, days), &hold.member_id, hold.points, &hold.subject);
        let expires_at = violations.time("expire_time", hold.expire_time);
        asked.zip(expires_at).map(|((program, asked), expires_at)| (program, asked, expires_at))
    };
    violations.check(parsed)
}

pub(crate) fn parse_redemption(request: &pb::RedeemPointsRequest) -> Result<(ProgramId, Asked), ApiError> {
    let mut violations = Violations::default();
    let Some(redemption) = violations.required("redemption", request.redemption.as_ref()) else {
        return violations.check(None);
    };
    let parsed = {
        let mut violations = violations.within("redemption".into());
        let name = violations.redemption("name", &redemption.name);
        let days = min_age_days(&mut violations, redemption.min_age_days);
        asked(&mut violations, (name, days), &redemption.member_id, redemption.points, &redemption.subject)
    };
    violations.check(parsed)
}

pub(crate) fn parse_capture(request: &pb::CaptureHoldRequest) -> Result<(ProgramId, Place, Option<i64>), ApiError> {
    let mut violations = Violations::default();
    let name = violations.hold("name", &request.name);
    let points = violations.points_or_all("points", request.points);
    violations.check(name.zip(points).map(|((program, place), points)| (program, place, unless_all(points))))
}

/// A refund of spent points.
pub(crate) struct ParsedRefund {
    pub(crate) program: ProgramId,
    pub(crate) place: Place,
    pub(crate) spending: Spending,
    pub(crate) id: TillId,
    pub(crate) points: Option<i64>,
}

pub(crate) fn parse_refund_of_redemption(request: &pb::RefundRedemptionRequest) -> Result<ParsedRefund, ApiError> {
    let mut violations = Violations::default();
    let name = violations.spending("name", &request.name);
    let id = violations.id("refund_id", TillId::parse(&request.refund_id));
    let points = violations.points_or_all("points", request.points);
    let parsed = (|| {
        let (program, place, spending) = name?;
        Some(ParsedRefund { program, place, spending, id: id?, points: unless_all(points?) })
    })();
    violations.check(parsed)
}

/// Returns so many points; `None` for all there are.
fn unless_all(points: i64) -> Option<i64> {
    Some(points).filter(|&points| points > 0)
}

/// Reads the common parts of holds and redemptions.
fn asked(
    violations: &mut Violations,
    (name, min_age_days): (Option<(ProgramId, Place)>, Option<u32>),
    member: &str,
    points: i64,
    subject: &str,
) -> Option<(ProgramId, Asked)> {
    let member = violations.id("member_id", MemberId::parse(member));
    let points = violations.points("points", points);
    let subject = match subject {
        "" => Some(None),
        subject => violations.id("subject", Subject::parse(subject)).map(Some),
    };
    let (program, place) = name?;
    Some((
        program,
        Asked { place, member: member?, points: points?, subject: subject?, min_age_days: min_age_days?, young: None },
    ))
}

fn min_age_days(violations: &mut Violations, days: i32) -> Option<u32> {
    let known = u32::try_from(days).ok().filter(|days| *days <= MIN_AGE_DAYS_MAX);
    known.or_else(|| violations.refuse("min_age_days", format!("is {days}; give 0 to {MIN_AGE_DAYS_MAX}")))
}
