//! `Payments`.

use tonic::{Request, Response, Status};

use super::Api;
use super::file_stream::FileStream;
use crate::pb;

#[tonic::async_trait]
impl pb::payments_server::Payments for Api {
    type ExportBatchStream = FileStream<pb::ExportBatchResponse>;

    async fn batch_set_payees(
        &self,
        request: Request<pb::BatchSetPayeesRequest>,
    ) -> Result<Response<pb::BatchSetPayeesResponse>, Status> {
        Ok(Response::new(self.payees_set(request).await?))
    }

    async fn remove_payee(
        &self,
        request: Request<pb::RemovePayeeRequest>,
    ) -> Result<Response<pb::RemovePayeeResponse>, Status> {
        Ok(Response::new(self.payee_removed(request).await?))
    }

    async fn list_due_payments(
        &self,
        request: Request<pb::ListDuePaymentsRequest>,
    ) -> Result<Response<pb::ListDuePaymentsResponse>, Status> {
        Ok(Response::new(self.due_listed(request).await?))
    }

    async fn create_batch(&self, request: Request<pb::CreateBatchRequest>) -> Result<Response<pb::Batch>, Status> {
        Ok(Response::new(self.batch_created(request).await?))
    }

    async fn get_batch(&self, request: Request<pb::GetBatchRequest>) -> Result<Response<pb::Batch>, Status> {
        Ok(Response::new(self.batch_read(request).await?))
    }

    async fn list_batches(
        &self,
        request: Request<pb::ListBatchesRequest>,
    ) -> Result<Response<pb::ListBatchesResponse>, Status> {
        Ok(Response::new(self.batches_listed(request).await?))
    }

    async fn list_payments(
        &self,
        request: Request<pb::ListPaymentsRequest>,
    ) -> Result<Response<pb::ListPaymentsResponse>, Status> {
        Ok(Response::new(self.payments_listed(request).await?))
    }

    async fn get_payment(&self, request: Request<pb::GetPaymentRequest>) -> Result<Response<pb::Payment>, Status> {
        Ok(Response::new(self.payment_read(request).await?))
    }

    async fn approve_batch(&self, request: Request<pb::ApproveBatchRequest>) -> Result<Response<pb::Batch>, Status> {
        Ok(Response::new(self.batch_approved(request).await?))
    }

    async fn cancel_batch(&self, request: Request<pb::CancelBatchRequest>) -> Result<Response<pb::Batch>, Status> {
        Ok(Response::new(self.batch_cancelled(request).await?))
    }

    async fn export_batch(
        &self,
        request: Request<pb::ExportBatchRequest>,
    ) -> Result<Response<FileStream<pb::ExportBatchResponse>>, Status> {
        Ok(Response::new(self.batch_exported(request).await?))
    }

    async fn report_payments(
        &self,
        request: Request<pb::ReportPaymentsRequest>,
    ) -> Result<Response<pb::ReportPaymentsResponse>, Status> {
        Ok(Response::new(self.payments_reported(request).await?))
    }

    async fn retry_payment(&self, request: Request<pb::RetryPaymentRequest>) -> Result<Response<pb::Payment>, Status> {
        Ok(Response::new(self.payment_retried(request).await?))
    }

    async fn reconcile_batch(
        &self,
        request: Request<pb::ReconcileBatchRequest>,
    ) -> Result<Response<pb::Reconciliation>, Status> {
        Ok(Response::new(self.batch_reconciled(request).await?))
    }
}
