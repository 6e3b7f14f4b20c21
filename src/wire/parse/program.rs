//! Programmes.

use super::super::error::ApiError;
use super::Violations;
use crate::domain::terms::access::LoginText;
use crate::domain::terms::adjustment;
use crate::domain::terms::program::{DEBT_LIMIT_DEFAULT, DEBT_LIMIT_MAX, ProgramTerms, TermsUpdate};
use crate::domain::value::ids::ProgramId;
use crate::domain::value::money::Currency;
use crate::domain::value::time::time_zone;
use crate::pb;

/// A programme to create: its id, its terms, and its first persons.
pub(crate) type ParsedProgram = (ProgramId, ProgramTerms, Vec<LoginText>);

/// Reads a programme to create. It must name its first persons where callers show who they are.
pub(crate) fn parse_program(request: pb::CreateProgramRequest, needs_owners: bool) -> Result<ParsedProgram, ApiError> {
    let mut violations = Violations::default();
    let owners = match (needs_owners, request.owners.is_empty()) {
        (true, _) => violations.owners("owners", request.owners),
        (false, true) => Some(Vec::new()),
        (false, false) => violations.refuse("owners", "cannot be named on a server that believes names"),
    };
    let id = violations.id("program_id", ProgramId::parse(&request.program_id));
    let program = violations.required("program", request.program);
    let terms = program.and_then(|program| {
        let mut within = violations.within("program".into());
        let currency = Currency::from_code(&program.currency_code)
            .or_else(|| within.refuse("currency_code", "must be a code of ISO 4217 with a minor unit, as GBP"));
        if let Err(why) = time_zone(&program.time_zone) {
            within.add("time_zone", why.to_string());
        }
        let debt_limit_points = program.debt_limit_points.unwrap_or(DEBT_LIMIT_DEFAULT);
        let adjustment_limit_points = program.adjustment_limit_points.unwrap_or(adjustment::LIMIT_DEFAULT);
        check_limits(&mut within, debt_limit_points, adjustment_limit_points);
        let time_zone = program.time_zone;
        Some(ProgramTerms { currency: currency?, time_zone, debt_limit_points, adjustment_limit_points })
    });
    violations.check(id.zip(terms).zip(owners).map(|((id, terms), owners)| (id, terms, owners)))
}

/// Notes limits that no programme can have.
fn check_limits(violations: &mut Violations, debt_limit_points: i64, adjustment_limit_points: i64) {
    if !(0..=DEBT_LIMIT_MAX).contains(&debt_limit_points) {
        violations.add("debt_limit_points", format!("is {debt_limit_points}; give 0 to {DEBT_LIMIT_MAX}"));
    }
    if !(0..=adjustment::POINTS_MAX).contains(&adjustment_limit_points) {
        let problem = format!("is {adjustment_limit_points}; give 0 to {}", adjustment::POINTS_MAX);
        violations.add("adjustment_limit_points", problem);
    }
}

/// Reads a change of a programme's limits.
pub(crate) fn parse_update(update: Option<pb::ProgramUpdate>) -> Result<(ProgramId, TermsUpdate, String), ApiError> {
    let mut violations = Violations::default();
    let update = violations.required("update", update);
    let parsed = update.and_then(|update| {
        let mut within = violations.within("update".into());
        let name = within.update("name", &update.name);
        let (debt_limit_points, adjustment_limit_points) = (update.debt_limit_points, update.adjustment_limit_points);
        check_limits(&mut within, debt_limit_points.unwrap_or(0), adjustment_limit_points.unwrap_or(0));
        if debt_limit_points.is_none() && adjustment_limit_points.is_none() {
            within.add("debt_limit_points", "or adjustment_limit_points must be given");
        }
        within.note_text("note", &update.note);
        let (program, id) = name?;
        Some((program, TermsUpdate { id, debt_limit_points, adjustment_limit_points }, update.note))
    });
    violations.check(parsed)
}
