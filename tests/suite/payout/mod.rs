//! Points that become money.

mod choices;
mod end_to_end;
mod merged;
mod modes;
mod reduced;
mod refused;
mod statements;
mod walks;
