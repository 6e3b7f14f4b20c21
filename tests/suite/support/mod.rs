//! What tests share: servers, clients, a clock, faults.

pub mod books;
pub mod clients;
pub mod clock;
pub mod community;
pub mod disk;
pub mod faulty;
pub mod histories;
pub mod inflow;
pub mod naive;
pub mod naive_till;
pub mod pooler;
pub mod postgres;
pub mod process;
pub mod programs;
pub mod proxy;
pub mod purse;
pub mod refused;
pub mod restore;
pub mod sample;
pub mod served;
pub mod stage;
pub mod stores;
pub mod summer;
pub mod till;
pub mod till_histories;
pub mod watched;
