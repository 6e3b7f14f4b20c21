//! Who is calling: what a call shows is turned into a login or a key.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, RwLock, RwLockReadGuard};
use std::time::{Duration, SystemTime};

use ring::digest::{SHA256, digest};

use super::api_key::{ApiKey, PREFIX, Pepper};
use super::config::{AccessConfig, Operator, PrincipalLimits};
use super::key_source::{Fetched, KeySource};
use super::token::{Identity, Issuer, Issuers, TokenError};
use crate::domain::value::encoding::Hash;
use crate::domain::value::principal::PrincipalId;

/// Tokens that are remembered as verified, at most. At some 300 bytes each, 3 MB; a company's staff and members who call at once.
const VERIFIED_MAX: usize = 10_000;

/// How often the sources of keys are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long after a set was asked for a key that was not known another such key makes it asked for again: else whoever sends tokens with made-up keys would have an
/// issuer asked for each of them.
const ASK_AGAIN_AFTER_S: i64 = 60;

/// What a call shows of who is calling.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A login, by a token of its issuer.
    Login(Arc<Identity>),
    /// An API key, which is still to be compared with that of a programme.
    Key(ApiKey),
}

/// Reasons why what a call shows opens nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The key is mistyped or cut.
    #[error("the API key is not whole: it was mistyped, or cut")]
    ApiKeyNotWhole,
    /// The token opens nothing.
    #[error(transparent)]
    Token(#[from] TokenError),
}

/// Says who is calling.
pub struct Authority {
    issuers: RwLock<Arc<Issuers>>,
    sources: Vec<Mutex<Source>>,
    operators: Vec<Operator>,
    peppers: Vec<Pepper>,
    limits: PrincipalLimits,
    /// Tokens that were verified with the present keys, by their digests.
    verified: Mutex<HashMap<Hash, Arc<Identity>>>,
    /// True once the log says that a key has a pepper that is not in the file.
    has_warned_of_pepper: AtomicBool,
    /// One at a time asks an issuer.
    asking: tokio::sync::Mutex<()>,
}

/// The source of an issuer's keys, and what is known of it.
struct Source {
    of: KeySource,
    stamp: Option<(SystemTime, u64)>,
    /// The time at which it was asked last for a key that was not known, and when it is asked again by itself, in seconds since 1970.
    asked_for_key_at_s: i64,
    ask_again_at_s: i64,
    /// True when the last answer was used.
    is_in_use: bool,
}

impl Authority {
    /// Reads the keys of every issuer.
    ///
    /// # Errors
    /// Lists each issuer whose keys cannot be had: the server would let none of its callers in.
    pub async fn begin(config: AccessConfig, now_s: i64) -> Result<Self, Vec<String>> {
        let AccessConfig { issuers: given, operators, peppers, limits } = config;
        let (mut issuers, mut sources, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for config in given {
            let source = KeySource::of(config.keys_at(), config.ca_file.as_ref());
            // A file that is replaced while it is read is read again.
            let stamp = source.as_ref().ok().and_then(KeySource::stamp);
            let fetched = match &source {
                Ok(source) => source.fetch().await,
                Err(why) => Err(why.clone()),
            };
            match (source, fetched) {
                (Ok(of), Ok(fetched)) => {
                    warn_of_left_out(&config.name, &fetched);
                    let ask_again_at_s = now_s.saturating_add(seconds(fetched.fresh_for));
                    sources.push(Mutex::new(Source {
                        of,
                        stamp,
                        asked_for_key_at_s: i64::MIN,
                        ask_again_at_s,
                        is_in_use: true,
                    }));
                    issuers.push(Issuer {
                        members: config.members(),
                        name: config.name,
                        audience: config.audience,
                        is_typed: config.typed,
                        person_claim: config.person_claim,
                        keys: fetched.keys,
                    });
                }
                (_, Err(why)) | (Err(why), _) => problems.push(format!("the keys of {}: {why}", config.name)),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let issuers = RwLock::new(Arc::new(Issuers::new(issuers)));
        let (verified, has_warned_of_pepper, asking) = Default::default();
        Ok(Self { issuers, sources, operators, peppers, limits, verified, has_warned_of_pepper, asking })
    }

    /// Turns what a call shows into a login or a key, at a time in seconds since 1970.
    ///
    /// # Errors
    /// [`Refusal`] says why it opens nothing.
    pub fn identify(&self, shown: &str, now_s: i64) -> Result<Credential, Refusal> {
        if shown.starts_with(PREFIX) {
            return ApiKey::parse(shown).map(Credential::Key).ok_or(Refusal::ApiKeyNotWhole);
        }
        let mut id = Hash::default();
        id.copy_from_slice(digest(&SHA256, shown.as_bytes()).as_ref());
        let known = self.verified().get(&id).filter(|identity| identity.is_valid(now_s)).cloned();
        if let Some(identity) = known {
            return Ok(Credential::Login(identity));
        }
        let issuers = Arc::clone(&self.issuers());
        let identity = Arc::new(issuers.identify(shown, now_s)?);
        let now = self.issuers();
        if !Arc::ptr_eq(&issuers, &now) {
            // The keys were changed meanwhile, and this one may have been withdrawn. What is remembered is of the present keys: these cannot
            // change while `now` is held.
            return Ok(Credential::Login(Arc::new(now.identify(shown, now_s)?)));
        }
        let mut verified = self.verified();
        if verified.len() >= VERIFIED_MAX {
            verified.retain(|_, identity| identity.is_valid(now_s));
            if verified.len() >= VERIFIED_MAX {
                verified.clear();
            }
        }
        verified.insert(id, Arc::clone(&identity));
        Ok(Credential::Login(identity))
    }

    /// The same, after its issuer was asked for its keys again where the token names one that it did not have.
    ///
    /// # Errors
    /// [`Refusal`] says why it opens nothing.
    pub async fn identify_anew(&self, shown: &str, now_s: i64) -> Result<Credential, Refusal> {
        let name = Issuers::unverified_issuer(shown).unwrap_or_default();
        let _one_at_a_time = self.asking.lock().await;
        // Whoever waited for another finds what that one has brought.
        let again = self.identify(shown, now_s);
        if !matches!(again, Err(Refusal::Token(TokenError::UnknownSigningKey))) {
            return again;
        }
        let index = self.issuers().position(&name);
        if let Some(index) = index
            && self.source(index).may_ask_for_key(now_s)
        {
            self.ask(index, now_s).await;
            return self.identify(shown, now_s);
        }
        again
    }

    /// Returns the name of the operator whose login this is, if it is one's.
    #[must_use]
    pub fn operator(&self, identity: &Identity) -> Option<&PrincipalId> {
        let is_of = |operator: &&Operator| operator.issuer == identity.issuer && operator.subject == identity.subject;
        self.operators.iter().find(is_of).map(|operator| &operator.name)
    }

    /// True for an issuer whose tokens can be a person's.
    #[must_use]
    pub fn has_persons(&self, issuer: &str) -> bool {
        self.issuers().has_persons(issuer)
    }

    /// Returns the limits of each principal.
    #[must_use]
    pub const fn limits(&self) -> PrincipalLimits {
        self.limits
    }

    /// Returns the pepper for new keys.
    #[must_use]
    pub fn pepper(&self) -> Option<&Pepper> {
        self.peppers.first()
    }

    /// True when a key is the one that a programme has.
    #[must_use]
    pub fn is_key(&self, shown: &ApiKey, pepper: [u8; 8], digest: &Hash) -> bool {
        self.peppers.iter().find(|known| known.id() == pepper).is_some_and(|known| known.matches(shown, digest))
    }

    /// Says in the log, once, that a key cannot be checked, where its pepper is not in the file of access.
    pub fn warn_of_pepper(&self, pepper: [u8; 8]) {
        let is_known = self.peppers.iter().any(|known| known.id() == pepper);
        if !is_known && !self.has_warned_of_pepper.swap(true, Ordering::Relaxed) {
            let pepper = crate::domain::value::encoding::hex(&pepper);
            tracing::warn!(
                pepper,
                "an API key was made with a pepper that is not in the file of access: it is refused"
            );
        }
    }

    /// Looks for new keys of the issuers, for as long as the server runs. `now_s` tells the time.
    pub async fn keep_asking(&self, now_s: impl Fn() -> i64) {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            for index in 0..self.sources.len() {
                let is_due = {
                    let source = self.source(index);
                    source.stamp != source.of.stamp() || source.ask_again_at_s <= now_s()
                };
                if is_due {
                    let _one_at_a_time = self.asking.lock().await;
                    self.ask(index, now_s()).await;
                }
            }
        }
    }

    /// Asks for the keys of an issuer. Those it had stay when there are no others.
    async fn ask(&self, index: usize, now_s: i64) {
        let (of, was_in_use) = {
            let mut source = self.source(index);
            source.ask_again_at_s = now_s.saturating_add(ASK_AGAIN_AFTER_S);
            source.stamp = source.of.stamp();
            (source.of.clone(), source.is_in_use)
        };
        let fetched = of.fetch().await;
        self.source(index).is_in_use = fetched.is_ok();
        let mut issuers = self.issuers.write().expect("nothing panics while it holds the lock");
        match fetched {
            Ok(fetched) => {
                let name = issuers.name(index).to_owned();
                warn_of_left_out(&name, &fetched);
                self.source(index).ask_again_at_s = now_s.saturating_add(seconds(fetched.fresh_for));
                if let Some(changed) = issuers.with_keys(index, fetched.keys) {
                    *issuers = Arc::new(changed);
                    // What a key has verified that its issuer does not have any more opens nothing.
                    self.verified().clear();
                    tracing::info!(issuer = name, "the issuer has other keys now");
                }
            }
            Err(problem) if was_in_use => {
                let issuer = issuers.name(index);
                tracing::warn!(issuer, problem, "the issuer's keys cannot be had; those it had stay");
            }
            Err(_) => {}
        }
    }

    fn issuers(&self) -> RwLockReadGuard<'_, Arc<Issuers>> {
        self.issuers.read().expect("nothing panics while it holds the lock")
    }

    fn source(&self, index: usize) -> MutexGuard<'_, Source> {
        self.sources[index].lock().expect("nothing panics while it holds the lock")
    }

    fn verified(&self) -> MutexGuard<'_, HashMap<Hash, Arc<Identity>>> {
        self.verified.lock().expect("nothing panics while it holds the lock")
    }
}

impl Source {
    /// True, and counted, when the issuer may be asked for a key that is not known.
    fn may_ask_for_key(&mut self, now_s: i64) -> bool {
        let may = self.asked_for_key_at_s.saturating_add(ASK_AGAIN_AFTER_S) <= now_s;
        if may {
            self.asked_for_key_at_s = now_s;
        }
        may
    }
}

fn seconds(time: Duration) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX)
}

fn warn_of_left_out(issuer: &str, fetched: &Fetched) {
    if !fetched.left_out.is_empty() {
        let left_out = fetched.left_out.join("; ");
        tracing::debug!(issuer, left_out, "keys of the issuer that check no token");
    }
}
