//! The file that says who may call: issuers whose tokens are believed, operators, and the files that API keys are checked with.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use url::Url;

use super::api_key::Pepper;
use super::token::Members;
use crate::credentials::{line_at, located, read, read_text};
use crate::domain::value::ids::ProgramId;
use crate::domain::value::principal::{Name, PrincipalId};

/// Largest file of settings or of a pepper, in bytes.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Most issuers of a server.
const ISSUERS_MAX: usize = 16;

/// Most operators of a server.
const OPERATORS_MAX: usize = 64;

/// Most peppers: the one for new keys, and those of keys made before.
const PEPPERS_MAX: usize = 4;

/// Claims that tell nothing of whose a token is (RFC 7519, section 4.1; RFC 9068, section 2.2).
const OF_EVERY_TOKEN: [&str; 10] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "azp", "scope"];

/// Who may call.
#[derive(Debug)]
pub struct AccessConfig {
    /// Issuers whose tokens are believed.
    pub issuers: Vec<IssuerConfig>,
    /// Persons who set up programmes on this server.
    pub operators: Vec<Operator>,
    /// What API keys are checked with. The first is for new keys; without any there are no keys.
    pub peppers: Vec<Pepper>,
    /// Limits of each principal.
    pub limits: PrincipalLimits,
}

/// Limits of each principal of a programme, on one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PrincipalLimits {
    /// Calls a second, and as many at once after a pause.
    pub calls_per_second: u32,
    /// Open streams.
    pub streams: u32,
    /// Memory of requests that are open at a time, in MiB. A single request is always taken.
    pub mebibytes: u32,
}

impl Default for PrincipalLimits {
    /// A tenth of what a server on two cores answers, and a fourth of what it has of streams and memory of requests: four such
    /// principals leave room for others.
    fn default() -> Self {
        Self { calls_per_second: 2_000, streams: 16, mebibytes: 20 }
    }
}

/// An issuer whose tokens are believed.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerConfig {
    /// The claim `iss`, byte for byte.
    pub name: String,
    /// A value of the claim `aud`: this server.
    pub audience: String,
    /// Where the issuer's keys are: a file, or an https URL.
    pub keys: String,
    /// File with the authorities that name the host of the URL, in PEM; those of this machine without it.
    pub ca_file: Option<PathBuf>,
    /// The claim that only persons' tokens have, as `auth_time`.
    pub person_claim: Option<String>,
    /// The claim with the member's id, for an issuer whose tokens are those of a programme's members.
    pub member_claim: Option<String>,
    /// That programme.
    pub members_of: Option<String>,
    /// False for an issuer whose access tokens do not say what they are, in the header `typ`.
    #[serde(default = "yes")]
    pub typed: bool,
}

/// A person who sets up programmes.
#[derive(Debug, Clone)]
pub struct Operator {
    /// The name by which entries know the operator.
    pub name: PrincipalId,
    /// The issuer of the operator's tokens.
    pub issuer: String,
    /// The issuer's own name for the operator.
    pub subject: String,
}

/// Where an issuer's keys are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeysAt {
    /// In a file.
    File(PathBuf),
    /// At a URL that is asked under TLS.
    Url(Url),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    issuers: Vec<IssuerConfig>,
    #[serde(default)]
    operators: Vec<OperatorText>,
    #[serde(default)]
    pepper_files: Vec<String>,
    #[serde(default)]
    limits: PrincipalLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OperatorText {
    name: String,
    issuer: String,
    subject: String,
}

const fn yes() -> bool {
    true
}

impl AccessConfig {
    /// Reads the file. Paths in it begin at its folder.
    ///
    /// # Errors
    /// Lists everything that is wrong.
    pub fn read(path: &Path) -> Result<Self, Vec<String>> {
        let shown = path.display();
        let text = read_text(path, FILE_BYTES_MAX).map_err(|why| vec![why])?;
        let file: File = toml::from_str(&text).map_err(|error| {
            // Not the line itself: somebody may have put a secret into it.
            let line = error.span().map_or(1, |span| line_at(&text, span.start));
            vec![format!("{shown}:{line}: {}", without_values(error.message()))]
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let mut problems = Vec::new();
        let peppers = peppers(&file.pepper_files, folder, &mut problems);
        let issuers: Vec<IssuerConfig> = file.issuers.into_iter().map(|issuer| issuer.within(folder)).collect();
        check_issuers(&issuers, &mut problems);
        let operators = operators(file.operators, &issuers, &mut problems);
        file.limits.check(&mut problems);
        if problems.is_empty() {
            Ok(Self { issuers, operators, peppers, limits: file.limits })
        } else {
            Err(problems.into_iter().map(|problem| format!("{shown}: {problem}")).collect())
        }
    }
}

impl PrincipalLimits {
    fn check(self, problems: &mut Vec<String>) {
        let Self { calls_per_second, streams, mebibytes } = self;
        for (name, number, most) in
            [("calls_per_second", calls_per_second, 1_000_000), ("streams", streams, 64), ("mebibytes", mebibytes, 80)]
        {
            if !(1..=most).contains(&number) {
                problems.push(format!("limits.{name} is {number}; give 1 to {most}"));
            }
        }
    }
}

impl IssuerConfig {
    /// Returns the members that the issuer's tokens are of, if they are members'.
    #[must_use]
    pub fn members(&self) -> Option<Members> {
        let program = ProgramId::parse(self.members_of.as_deref()?).ok()?;
        Some(Members { claim: self.member_claim.clone()?, program })
    }

    /// Returns where the keys are.
    #[must_use]
    pub fn keys_at(&self) -> KeysAt {
        match Url::parse(&self.keys) {
            Ok(url) if url.has_host() => KeysAt::Url(url),
            _ => KeysAt::File(PathBuf::from(&self.keys)),
        }
    }

    fn within(self, folder: &Path) -> Self {
        let ca_file = self.ca_file.as_ref().map(|path| folder.join(path));
        match self.keys_at() {
            KeysAt::File(path) => Self { keys: folder.join(path).to_string_lossy().into_owned(), ca_file, ..self },
            KeysAt::Url(_) => Self { ca_file, ..self },
        }
    }
}

fn check_issuers(issuers: &[IssuerConfig], problems: &mut Vec<String>) {
    if issuers.is_empty() || issuers.len() > ISSUERS_MAX {
        problems.push(format!("issuers has {}; give 1 to {ISSUERS_MAX}", issuers.len()));
    }
    for (index, issuer) in issuers.iter().enumerate() {
        if issuers[..index].iter().any(|other| other.name == issuer.name) {
            problems.push(format!("issuers[{index}].name is another issuer's too"));
        }
        for (field, text) in [("name", &issuer.name), ("audience", &issuer.audience), ("keys", &issuer.keys)] {
            if text.is_empty() || text.len() > 255 {
                problems.push(format!("issuers[{index}].{field} has {} bytes; give 1 to 255", text.len()));
            }
        }
        let keys_at = issuer.keys_at();
        if let KeysAt::Url(url) = &keys_at
            && (!url.username().is_empty() || url.password().is_some())
        {
            problems.push(format!(
                "issuers[{index}].keys has a name or a password in it; keys that everybody may know are fetched without"
            ));
        }
        if let KeysAt::Url(url) = &keys_at
            && url.scheme() != "https"
        {
            problems.push(format!(
                "issuers[{index}].keys must be a file, or a URL that begins with https:// : anybody could answer another"
            ));
        }
        if issuer.member_claim.is_some() != issuer.members_of.is_some() {
            problems
                .push(format!("issuers[{index}].member_claim and members_of belong together; give both or neither"));
        }
        if issuer.member_claim.is_some() && issuer.person_claim.is_some() {
            problems.push(format!(
                "issuers[{index}] has a person_claim and a member_claim; an issuer is one of the staff, or one of a programme's members"
            ));
        }
        if let Some(Err(why)) = issuer.members_of.as_deref().map(ProgramId::parse) {
            problems.push(format!("issuers[{index}].members_of {why}"));
        }
        for claim in [&issuer.person_claim, &issuer.member_claim].into_iter().flatten() {
            if OF_EVERY_TOKEN.contains(&claim.as_str()) {
                problems.push(format!(
                    "issuers[{index}]: the claim {claim} is in every token, whosever it is; name another"
                ));
            }
        }
        if issuer.person_claim.as_ref().is_some_and(String::is_empty) {
            problems.push(format!(
                "issuers[{index}].person_claim is empty; leave it out for an issuer that has no persons"
            ));
        }
    }
}

fn operators(given: Vec<OperatorText>, issuers: &[IssuerConfig], problems: &mut Vec<String>) -> Vec<Operator> {
    if given.len() > OPERATORS_MAX {
        problems.push(format!("operators has {}; give at most {OPERATORS_MAX}", given.len()));
    }
    let mut operators: Vec<Operator> = Vec::with_capacity(given.len());
    for (index, OperatorText { name, issuer, subject }) in given.into_iter().enumerate() {
        if !issuers.iter().any(|known| known.name == issuer && known.person_claim.is_some()) {
            problems.push(format!("operators[{index}].issuer is no issuer of the file that has a person_claim"));
        }
        if subject.is_empty() {
            problems.push(format!("operators[{index}].subject is empty"));
        }
        match Name::parse(&name).map(PrincipalId::Operator) {
            Ok(principal) if principal.looks_own() => {
                problems.push(format!("operators[{index}].name is kept for the service itself"));
            }
            Ok(name) => operators.push(Operator { name, issuer, subject }),
            Err(why) => problems.push(format!("operators[{index}].name {why}")),
        }
    }
    operators
}

fn peppers(files: &[String], folder: &Path, problems: &mut Vec<String>) -> Vec<Pepper> {
    if files.len() > PEPPERS_MAX {
        problems.push(format!("pepper_files has {}; give at most {PEPPERS_MAX}", files.len()));
    }
    let mut peppers = Vec::with_capacity(files.len());
    for file in files {
        let read = located(file).and_then(|file| {
            let path = folder.join(file);
            Pepper::new(&read(&path, FILE_BYTES_MAX)?).map_err(|why| format!("{} {why}", path.display()))
        });
        match read {
            Ok(pepper) => peppers.push(pepper),
            Err(why) => problems.push(why),
        }
    }
    peppers
}

/// Returns what is wrong with a value, without the value: serde shows texts between quotes.
fn without_values(message: &str) -> String {
    match message.split_once("string \"") {
        Some((before, behind)) => {
            let rest = behind.rsplit_once('"').map_or("", |(_, rest)| rest);
            format!("{before}a text{rest}")
        }
        None => message.into(),
    }
}
