//! Points that become money.

mod end_to_end;
mod merged;
mod reduced;
mod refused;
mod statements;
mod walks;
