//! Callers who name themselves by a header. They are refused when anything shows that something stands between them and this server:
//! they must call from a loopback address, by a loopback name, and neither a proxy nor a page of the web may have sent the call.

use std::net::{IpAddr, Ipv6Addr};

use tonic::codegen::http::{HeaderMap, HeaderValue, Request, Uri};

use super::connection::Peer;
use crate::domain::value::principal::PrincipalId;
use crate::wire::PRINCIPAL;
use crate::wire::error::{ApiError, Violation};

/// The name of a caller who gives none. Nobody can approve under it.
const ANONYMOUS: &str = "anonymous";

/// Headers by which a proxy says for whom it calls, and how such headers begin.
const OF_PROXIES: [&str; 4] = ["forwarded", "via", "x-real-ip", "x-client-ip"];
const OF_PROXIES_BEGIN: &str = "x-forwarded-";

/// Characters of a text from outside that an error repeats.
const REPEATED: usize = 64;

/// Returns the name that a caller gives itself, if any.
///
/// # Errors
/// [`ApiError`] when the call may come from elsewhere, with every sign of it, or when the name cannot be one.
pub(super) fn principal<T>(request: &Request<T>, peer: &Peer) -> Result<Option<PrincipalId>, ApiError> {
    let (headers, address) = (request.headers(), peer.address.ip());
    let mut signs = Vec::new();
    if !address.is_loopback() {
        signs.push(format!("it comes from {address}"));
    }
    let host = request.uri().host().into_iter().chain(headers.get_all("host").iter().map(host_of));
    for host in host.filter(|host| !is_loopback(host)) {
        // A page can have its own name lead to this machine.
        signs.push(format!("it is for {}, and not for localhost or a loopback address", repeated(host)));
    }
    for name in headers.keys() {
        let name = name.as_str();
        if OF_PROXIES.contains(&name) || name.starts_with(OF_PROXIES_BEGIN) {
            signs.push(format!("a proxy sent it, as the header {} says", repeated(name)));
        }
    }
    for origin in headers.get_all("origin") {
        if !is_of_this_machine(origin) {
            let origin = repeated(origin.to_str().unwrap_or_default());
            signs.push(format!("a page of the web sent it, as the header origin says: {origin}"));
        }
    }
    let site = headers.get("sec-fetch-site").and_then(|site| site.to_str().ok());
    if !headers.contains_key("origin") && matches!(site, Some("cross-site" | "same-site")) {
        // As a script or a picture that a page names: whether it is there tells the page something.
        signs.push("a page of the web sent it, as the header sec-fetch-site says".into());
    }
    if !signs.is_empty() {
        return Err(ApiError::NotDirect(signs));
    }
    named(headers)
}

/// Returns the name of callers who give none.
pub(super) fn anonymous() -> PrincipalId {
    PrincipalId::parse(ANONYMOUS).expect("a word is an id")
}

fn named(headers: &HeaderMap) -> Result<Option<PrincipalId>, ApiError> {
    let mut names = headers.get_all(PRINCIPAL).iter();
    let principal = names.next().map(|header| name(header.to_str().unwrap_or_default())).transpose()?;
    if names.next().is_some() {
        return Err(refused("is given more than once; give it once"));
    }
    Ok(principal)
}

fn name(text: &str) -> Result<PrincipalId, ApiError> {
    let principal = PrincipalId::parse(text).map_err(|why| refused(why.to_string()))?;
    if text.eq_ignore_ascii_case(ANONYMOUS) {
        return Err(refused("is kept for callers without a name"));
    }
    if principal.looks_own() {
        return Err(refused("is kept for the service itself"));
    }
    Ok(principal)
}

fn refused(problem: impl Into<String>) -> ApiError {
    ApiError::Invalid(vec![Violation { field: PRINCIPAL.into(), problem: problem.into() }])
}

/// Returns the host of a `host` header, without its port.
fn host_of(header: &HeaderValue) -> &str {
    let text = header.to_str().unwrap_or_default();
    match text.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
        _ => text,
    }
}

/// True for an origin whose pages come from this machine.
pub(crate) fn is_of_this_machine(origin: &HeaderValue) -> bool {
    let page = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    page.as_ref().and_then(Uri::host).is_some_and(is_loopback)
}

/// True for a name or an address that leads to this machine whoever resolves it.
fn is_loopback(host: &str) -> bool {
    let bracketed = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    host.eq_ignore_ascii_case("localhost")
        || bracketed.is_some_and(|host| host.parse::<Ipv6Addr>().is_ok_and(|address| address.is_loopback()))
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn repeated(text: &str) -> String {
    text.chars().take(REPEATED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_to_this_machine_whoever_resolves_it_is_loopback() {
        for host in ["localhost", "LocalHost", "127.0.0.1", "127.8.9.1", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "localhost.",
            "localhost.evil.example",
            "127.0.0.1.nip.io",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "2130706433",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
