//! The list of programmes, which is the operators'.

use std::sync::Arc;

use goodturn::domain::value::encoding::Secret;
use goodturn::domain::value::ids::ProgramId;
use goodturn::log::Log;
use goodturn::pb;
use tonic::Code;

use crate::support::clients::{Clients, qc};
use crate::support::issuer::{Guarded, login};
use crate::support::refused::{Refused, refused};
use crate::support::served::Served;
use crate::support::stores::{in_memory, on_file, on_postgres};

/// Reads the list page by page.
async fn listed(clients: &Clients, page_size: i32) -> Vec<pb::Program> {
    let (mut programs, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListProgramsRequest { page_size, page_token };
        let page = clients.programs().list_programs(request).await.unwrap().into_inner();
        assert!(i32::try_from(page.programs.len()).unwrap() <= page_size);
        programs.extend(page.programs);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return programs;
        }
    }
}

async fn whole_and_in_pages(log: Arc<dyn Log>) {
    let place = ProgramId::parse("b-nothing-but-a-place").unwrap();
    log.create(&place, Secret::new([7; 32])).await.unwrap();
    let served = Served::on(log, "2018-10-01T00:00:00Z").await;
    let clients = &served.clients;
    for id in ["zoo", "a1", "m-2"] {
        let create = pb::CreateProgramRequest { program_id: id.into(), ..qc() };
        clients.programs().create_program(create).await.unwrap();
    }
    let all = listed(clients, 100).await;
    let names: Vec<&str> = all.iter().map(|program| program.name.as_str()).collect();
    assert_eq!(names, ["programs/a1", "programs/m-2", "programs/qc", "programs/zoo"]);
    for program in &all {
        let get = pb::GetProgramRequest { name: program.name.clone() };
        assert_eq!(clients.programs().get_program(get).await.unwrap().get_ref(), program);
    }
    for page_size in 1..4 {
        assert_eq!(listed(clients, page_size).await, all, "{page_size} a page");
    }
    let wrong = pb::ListProgramsRequest { page_size: 1_001, ..Default::default() };
    refused(clients, clients.programs().list_programs(wrong)).await.breaks(&["page_size"]);
    let foreign = pb::ListProgramsRequest { page_token: "00".into(), ..Default::default() };
    refused(clients, clients.programs().list_programs(foreign))
        .await
        .because(Code::InvalidArgument, "ERROR_REASON_PAGE_TOKEN");
}

#[tokio::test]
async fn every_programme_is_listed_once_with_its_head() {
    whole_and_in_pages(in_memory().await).await;
    on_file(whole_and_in_pages).await;
    on_postgres(whole_and_in_pages).await;
}

#[tokio::test]
async fn only_operators_learn_which_programmes_there_are() {
    // INV 60
    let server = Guarded::start().await;
    let owners = ["zoe", "yan"].map(login).to_vec();
    let create = pb::CreateProgramRequest { program_id: "other".into(), owners, ..qc() };
    server.by("olga").programs().create_program(create).await.unwrap();
    let names: Vec<String> = listed(&server.by("olga"), 1).await.into_iter().map(|program| program.name).collect();
    assert_eq!(names, ["programs/other", "programs/qc"]);
    for who in ["anna", "zoe", "stranger"] {
        let told = server.by(who).programs().list_programs(pb::ListProgramsRequest::default()).await.unwrap_err();
        let told = Refused::of(&told);
        assert_eq!((told.code, told.reason.as_str()), (Code::PermissionDenied, "ERROR_REASON_NOT_PERMITTED"), "{who}");
    }
}
