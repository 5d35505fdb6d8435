//! Tokens that are still good, one for each scope.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use azure_core::credentials::AccessToken;
use azure_core::time::OffsetDateTime;

use super::refused::NoToken;

/// For how long nobody asks again after a refusal: hundreds of calls may wait for the same token.
const LATELY: Duration = Duration::from_secs(30);

/// A token, and how long it is used.
#[derive(Clone)]
pub(super) struct Held {
    pub(super) token: AccessToken,
    since: Instant,
    fresh_until: Instant,
}

impl Held {
    pub(super) fn new(token: AccessToken) -> Self {
        let since = Instant::now();
        let life = Duration::try_from(token.expires_on - OffsetDateTime::now_utc()).unwrap_or_default();
        // Five minutes early, or a tenth of a short life: a token must not expire on its way.
        let fresh_until = since + life.saturating_sub((life / 10).min(Duration::from_mins(5)));
        Self { token, since, fresh_until }
    }

    pub(super) fn is_fresh(&self) -> bool {
        Instant::now() < self.fresh_until
    }

    /// Whether it was already there at that moment.
    pub(super) fn was_there(&self, at: Instant) -> bool {
        self.since <= at
    }
}

/// What is known of one scope.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) held: Option<Held>,
    /// The last refusal, and when it came.
    pub(super) refused: Option<(NoToken, Instant)>,
}

impl Kept {
    /// A token that need not be renewed.
    pub(super) fn fresh(&self) -> Option<AccessToken> {
        self.held.as_ref().filter(|held| held.is_fresh()).map(|held| held.token.clone())
    }

    /// A token that should be renewed and has not expired yet.
    pub(super) fn still_good(&self) -> Option<AccessToken> {
        let soon = OffsetDateTime::now_utc() + Duration::from_secs(30);
        self.held.as_ref().filter(|held| held.token.expires_on > soon).map(|held| held.token.clone())
    }

    /// A refusal that holds for whoever asks now.
    pub(super) fn refused_lately(&self) -> Option<NoToken> {
        self.refused.as_ref().filter(|(_, at)| at.elapsed() < LATELY).map(|(none, _)| none.clone())
    }
}

/// Where what is known of one scope is kept.
pub(super) type Slot = Arc<tokio::sync::Mutex<Kept>>;

/// The tokens of one sign-in.
#[derive(Default)]
pub(super) struct Cache(Mutex<HashMap<String, Slot>>);

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cache")
    }
}

impl Cache {
    pub(super) fn slot(&self, scope: &str) -> Slot {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(scope.to_owned()).or_default().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(seconds: i64) -> Held {
        let expires = OffsetDateTime::now_utc() + azure_core::time::Duration::seconds(seconds);
        Held::new(AccessToken::new("t", expires))
    }

    #[test]
    fn a_token_is_renewed_shortly_before_it_expires() {
        let left = |held: &Held| held.fresh_until - held.since;
        let hour = left(&held(3600));
        assert!(hour <= Duration::from_mins(55) && hour > Duration::from_secs(3290), "{hour:?}");
        let minute = left(&held(60));
        assert!(minute <= Duration::from_secs(54) && minute > Duration::from_secs(50), "{minute:?}");
        assert!(!held(0).is_fresh() && !held(-5).is_fresh());
    }
}
