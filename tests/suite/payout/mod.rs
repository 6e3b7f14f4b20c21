//! Points that become money.

mod choices;
mod corrections;
mod end_to_end;
mod half_year;
mod lapsed;
mod left;
mod lots_model;
mod merged;
mod modes;
mod reduced;
mod refused;
mod statements;
mod walks;
