//! `Audit`.

use tonic::{Request, Response, Status};

use super::Api;
use super::auth::Caller;
use super::error::ApiError;
use super::parse::Violations;
use crate::pb;

#[tonic::async_trait]
impl pb::audit_server::Audit for Api {
    async fn verify_program(
        &self,
        request: Request<pb::VerifyProgramRequest>,
    ) -> Result<Response<pb::VerifyProgramResponse>, Status> {
        Caller::of(&request)?;
        let mut violations = Violations::default();
        let id = violations.program("name", &request.get_ref().name);
        let id = violations.check(id)?;
        self.program(&id).await?;
        let _alone = self.verifier.acquire().await.expect("the semaphore is never closed");
        let report = crate::audit::verify(&**self.ledger.log(), &id, |_| ()).await?;
        let report = report.ok_or_else(|| ApiError::NotFound(format!("programs/{id}")))?;
        Ok(Response::new(pb::VerifyProgramResponse {
            entries: report.entries,
            members: report.members,
            head_seq: report.head_seq.get(),
            root_hash: report.root_hash.to_vec(),
            findings: report
                .findings
                .into_iter()
                .map(|finding| pb::Finding { seq: finding.seq.get(), problem: finding.problem })
                .collect(),
            payouts: report.payouts,
        }))
    }
}
