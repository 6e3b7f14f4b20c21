//! Several servers on one PostgreSQL database.

use goodturn::app::{Running, start};
use goodturn::pb;

use super::clients::{Clients, create_program, on_free_port};
use super::postgres;

/// Servers of one database.
pub struct Fleet {
    servers: Vec<(Running, Clients)>,
}

impl Fleet {
    /// Starts servers on one empty PostgreSQL database, all at once, with the programme `qc` made by the first.
    pub async fn of(servers: usize) -> Self {
        let database = postgres::shared().create_database();
        let starting = (0..servers).map(|_| async {
            let config = on_free_port(database.clone());
            let running = start(&config).await.unwrap();
            let clients = Clients::connect(running.address).await;
            (running, clients)
        });
        let servers = futures::future::join_all(starting).await;
        create_program(&servers[0].1).await;
        Self { servers }
    }

    pub fn at(&self, index: usize) -> &Clients {
        &self.servers[index].1
    }

    /// Stops all but the first, then has it recompute everything.
    pub async fn verified(mut self) -> pb::VerifyProgramResponse {
        for (running, _) in self.servers.drain(1..) {
            running.stop().await.unwrap();
        }
        let request = pb::VerifyProgramRequest { name: "programs/qc".into() };
        let report = self.at(0).audit().verify_program(request).await.unwrap().into_inner();
        assert_eq!(report.findings, []);
        for (running, _) in self.servers {
            running.stop().await.unwrap();
        }
        report
    }
}
