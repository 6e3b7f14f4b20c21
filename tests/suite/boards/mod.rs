//! Leaderboards: ranks of persons, live and as of earlier entries, from daily totals that are stored.

mod live;
mod loading;
mod pages;
mod people;
mod spans;
