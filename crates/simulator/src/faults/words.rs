//! Faults as words of a command line: `throttled=30%`, `lag=3s`, `noise`.

use super::{Delay, FailNext, FaultError, Faults, RateLimit, Share};
use indexmap::IndexMap;

/// One word: its name, the form of its value (empty for a switch, which also takes `=true` and `=false`), and what it does.
pub type Word = (&'static str, &'static str, &'static str);

/// Every word that [`Faults::from_words`] knows, in the order in which they are told.
pub const WORDS: &[Word] = &[
    ("seed", "N", "what every chance is drawn from"),
    ("throttled", "SHARE", "so many requests are answered 429"),
    ("retry-after", "TIME", "what a Retry-After of those says"),
    ("errors", "SHARE", "so many fail and are not carried out"),
    ("lost", "SHARE", "so many are carried out and their answer is lost"),
    ("rate-limit", "N", "requests per second to Graph, and to Exchange"),
    ("rate-limit-burst", "N", "so many of them at once"),
    ("rate-limit-headers", "", "headers tell of the limit"),
    ("fail-next", "NAME[:STATUS]", "the next call of a cmdlet or to a path fails"),
    ("unreadable", "NAME", "a cmdlet or a path that answers 503"),
    ("latency", "TIME", "added to every answer"),
    ("noise", "", "another order and letter case, and warnings"),
    ("one-row-first-page", "", "first pages hold one row"),
    ("link-lifetime", "TIME", "how long next links are good"),
    ("lag", "TIME", "reads answer from the tenant as it was then"),
    ("all-on-missing-identity", "", "an identity that names nothing means everything"),
    ("mailbox-delay", "READS|TIME", "between a licence and its mailbox"),
    ("distinguished-name-delay", "READS", "new groups show no distinguished name"),
    ("dehydrated", "", "the organisation is not customised"),
    ("enable", "TIME", "until customisation, once enabled, takes effect"),
    ("enable-fails-first", "", "the first attempt to enable it is refused"),
    ("token-lifetime", "TIME", "how long tokens are good"),
    ("clock-skew", "TIME", "the service's clock is ahead, or with a minus behind"),
    ("without-permissions", "NAME", "a permission or role that no token holds"),
];

impl Faults {
    /// Reads words such as `throttled=30%`, `lag=3s` or `noise`; [`WORDS`] tells all of them. A share is `30%` or `0.3`, or
    /// of one service, cmdlet or path `graph:30%`; a time is `3s`, `500ms`, `2m` or `1h`. Shares of several services,
    /// `fail-next`, `unreadable` and `without-permissions` add up; of others the last word counts.
    ///
    /// The error names the word, and for one that is not known, those that are.
    pub fn from_words<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> Result<Faults, FaultError> {
        let mut faults = Faults::default();
        for word in words {
            let word = word.as_ref().trim();
            let (name, value) = match word.split_once('=') {
                Some((name, value)) => (name, Some(value)),
                None => (word, None),
            };
            faults.take(name, value)?;
        }
        faults.check()?;
        Ok(faults)
    }

    fn take(&mut self, name: &str, value: Option<&str>) -> Result<(), FaultError> {
        let Some((_, form, _)) = WORDS.iter().find(|(known, ..)| *known == name) else {
            let known: Vec<&str> = WORDS.iter().map(|(name, ..)| *name).collect();
            return Err(FaultError(format!("there is no fault {name}; there are {}", known.join(", "))));
        };
        let wrong = |example: &str| FaultError(format!("{name} needs a value such as {name}={example}"));
        let text = match value {
            Some(text) => text,
            None if form.is_empty() => "true",
            None => return Err(wrong(example(form))),
        };
        let time = || duration(text).filter(|seconds| *seconds >= 0.0).ok_or_else(|| wrong("3s"));
        let number = || text.parse().map_err(|_| wrong("10"));
        let switch = || text.parse().map_err(|_| FaultError(format!("{name} is a switch: true or false")));
        match name {
            "seed" => self.seed = text.parse().map_err(|_| wrong("7"))?,
            "throttled" => add(&mut self.throttled, text).ok_or_else(|| wrong("30%"))?,
            "errors" => add(&mut self.errors, text).ok_or_else(|| wrong("10%"))?,
            "lost" => add(&mut self.lost, text).ok_or_else(|| wrong("5%"))?,
            "retry-after" => self.retry_after_seconds = whole(time()?.ceil()),
            "rate-limit" => self.limit().per_second = number()?,
            "rate-limit-burst" => self.limit().burst = Some(number()?),
            "rate-limit-headers" => self.limit().headers = switch()?,
            "fail-next" => {
                let (cmdlet, status) = text.rsplit_once(':').unwrap_or((text, "503"));
                let status = status.parse().ok().filter(|status| (400..600).contains(status));
                let status = status.ok_or_else(|| wrong("Get-Mailbox:429"))?;
                let cmdlet = cmdlet.to_owned();
                self.fail_next.push(FailNext { cmdlet, times: 1, status, retry_after: None, after: false });
            }
            "unreadable" => self.unreadable.push(text.to_owned()),
            "latency" => self.latency_ms = u64::from(whole(time()? * 1_000.0)),
            "noise" => self.noise = switch()?,
            "one-row-first-page" => self.one_row_first_page = switch()?,
            "link-lifetime" => self.link_lifetime_seconds = Some(time()?),
            "lag" => self.lag_seconds = time()?,
            "all-on-missing-identity" => self.all_on_missing_identity = switch()?,
            "mailbox-delay" => {
                self.mailbox_delay = match text.parse() {
                    Ok(reads) => Delay::Reads(reads),
                    Err(_) => Delay::Time { seconds: time()? },
                }
            }
            "distinguished-name-delay" => {
                self.distinguished_name_delay = text.parse().map_err(|_| wrong("2"))?;
            }
            "dehydrated" => self.dehydrated = switch()?,
            "enable" => self.enable_seconds = time()?,
            "enable-fails-first" => self.enable_fails_first = switch()?,
            "token-lifetime" => self.token_lifetime_seconds = Some(i64::from(whole(time()?.ceil()))),
            "clock-skew" => {
                let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
                let seconds = duration(text).ok_or_else(|| wrong("5m"))?;
                self.clock_skew_seconds = sign * i64::from(whole(seconds.round()));
            }
            // The table above has no other.
            _ => self.without_permissions.push(text.to_owned()),
        }
        Ok(())
    }

    fn limit(&mut self) -> &mut RateLimit {
        self.rate_limit.get_or_insert(RateLimit { per_second: 0.0, burst: None, headers: false })
    }
}

/// A value to show of a form.
fn example(form: &str) -> &'static str {
    match form {
        "SHARE" => "30%",
        "TIME" => "3s",
        "NAME" | "NAME[:STATUS]" => "Get-Mailbox",
        _ => "2",
    }
}

/// `30%`, `0.3` or `graph:30%`.
fn add(share: &mut Share, text: &str) -> Option<()> {
    let (place, number) = match text.rsplit_once(':') {
        Some((place, number)) => (Some(place), number),
        None => (None, text),
    };
    let number: f64 = match number.strip_suffix('%') {
        Some(percent) => percent.parse::<f64>().ok()? / 100.0,
        None => number.parse().ok()?,
    };
    if !(0.0..=1.0).contains(&number) {
        return None;
    }
    match (place, share) {
        (None, share) => *share = Share::All(number),
        (Some(place), Share::Of(shares)) => {
            shares.insert(place.to_owned(), number);
        }
        (Some(place), share) => *share = Share::Of(IndexMap::from([(place.to_owned(), number)])),
    }
    Some(())
}

/// `3s`, `500ms`, `2m`, `1h`, and a bare number of seconds.
fn duration(text: &str) -> Option<f64> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3_600.0)];
    let (number, unit) = units
        .iter()
        .find_map(|(name, unit)| text.strip_suffix(name).map(|number| (number, *unit)))
        .unwrap_or((text, 1.0));
    let seconds = number.parse::<f64>().ok()? * unit;
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
}

fn whole(number: f64) -> u32 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
    let whole = number as u32;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &str) -> Result<Faults, String> {
        Faults::from_words(words.split(',')).map_err(|error| error.to_string())
    }

    #[test]
    fn words_mean_what_json_says() {
        for (words, json) in [
            (
                "throttled=30%,errors=0.1,lost=5%,lag=3s,noise",
                r#"{"throttled":0.3,"errors":0.1,"lost":0.05,"lagSeconds":3,"noise":true}"#,
            ),
            ("throttled=graph:50%,throttled=/v1.0/users:1", r#"{"throttled":{"graph":0.5,"/v1.0/users":1}}"#),
            (
                "rate-limit=20,rate-limit-burst=5,rate-limit-headers",
                r#"{"rateLimit":{"perSecond":20,"burst":5,"headers":true}}"#,
            ),
            (
                "latency=150ms,link-lifetime=5m,retry-after=2s",
                r#"{"latencyMs":150,"linkLifetimeSeconds":300,"retryAfterSeconds":2}"#,
            ),
            (
                "mailbox-delay=2,distinguished-name-delay=1,seed=9",
                r#"{"mailboxDelay":2,"distinguishedNameDelay":1,"seed":9}"#,
            ),
            (
                "mailbox-delay=90s,dehydrated,enable=1h,enable-fails-first",
                r#"{"mailboxDelay":{"seconds":90},"dehydrated":true,"enableSeconds":3600,"enableFailsFirst":true}"#,
            ),
            (
                "fail-next=New-RoleGroup:429,fail-next=/v1.0/users",
                r#"{"failNext":[{"cmdlet":"New-RoleGroup","status":429},{"cmdlet":"/v1.0/users"}]}"#,
            ),
            (
                "unreadable=Get-Mailbox,one-row-first-page,all-on-missing-identity,noise=false",
                r#"{"unreadable":["Get-Mailbox"],"oneRowFirstPage":true,"allOnMissingIdentity":true}"#,
            ),
            ("clock-skew=-10m,token-lifetime=90s", r#"{"clockSkewSeconds":-600,"tokenLifetimeSeconds":90}"#),
            (
                "without-permissions=User.ReadWrite.All,without-permissions=Exchange Administrator",
                r#"{"withoutPermissions":["User.ReadWrite.All","Exchange Administrator"]}"#,
            ),
        ] {
            assert_eq!(read(words), Faults::from_json(json).map_err(|error| error.to_string()), "{words}");
        }
    }

    #[test]
    fn every_word_of_the_table_is_taken() {
        for (name, form, told) in WORDS {
            let word = match *form {
                "" => (*name).to_owned(),
                form => format!("{name}={}", example(form)),
            };
            let words = if name.starts_with("rate-limit-") { format!("rate-limit=1,{word}") } else { word };
            assert_ne!(read(&words), Ok(Faults::default()), "{words}");
            assert!(read(name).is_ok() == (form.is_empty() && !name.starts_with("rate-limit")), "{name}");
            assert!(!told.is_empty());
        }
    }

    #[test]
    fn what_is_wrong_is_told() {
        for (word, told) in [
            ("trottled=1", "there is no fault trottled; there are seed, throttled, "),
            ("throttled", "throttled needs a value such as throttled=30%"),
            ("throttled=130%", "throttled needs a value such as throttled=30%"),
            ("lag=soon", "lag needs a value such as lag=3s"),
            ("lag=-1s", "lag needs a value such as lag=3s"),
            ("noise=loud", "noise is a switch: true or false"),
            ("fail-next=Get-Mailbox:200", "fail-next needs a value such as fail-next=Get-Mailbox:429"),
            ("rate-limit-headers", "rateLimit needs perSecond above 0"),
            ("", "there is no fault "),
        ] {
            let error = read(word).err().unwrap_or_default();
            assert!(error.starts_with(told), "{word}: {error}");
        }
    }
}
