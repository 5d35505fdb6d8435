//! What a service tells of its limit in the headers of its answers.
//!
//! Facts: `Rate-Limit-Limit`, `Rate-Limit-Remaining` and `Rate-Limit-Reset` on answers of Exchange's administrative
//! interface, undocumented; `x-ms-throttle-limit-percentage` of Microsoft Graph, page "Microsoft Graph throttling guidance":
//! shown from 0.8 on, the share of the limit that is used, which can go above 1.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// What one answer tells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Told {
    /// So much is left until the whole is there again.
    Budget {
        /// Requests.
        limit: f64,
        /// Requests.
        remaining: f64,
        /// From now on.
        reset: Duration,
    },
    /// The share of the limit that is used.
    Used(f64),
}

impl Told {
    /// What these headers tell, at this time of the day.
    pub(crate) fn of<'a>(header: &dyn Fn(&str) -> Option<&'a str>, now: SystemTime) -> Option<Self> {
        let number =
            |name: &str| header(name)?.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        if let Some(used) = number("x-ms-throttle-limit-percentage") {
            return Some(Self::Used(used));
        }
        let (limit, remaining) = (number("rate-limit-limit")?, number("rate-limit-remaining")?);
        let reset = moment(header("rate-limit-reset")?)?;
        let here = now.duration_since(UNIX_EPOCH).ok()?.as_secs_f64();
        // The clock of this machine may be wrong by more than the times that matter here.
        let there = header("date").and_then(http_date).filter(|there| (there - here).abs() > 5.0);
        let reset = Duration::try_from_secs_f64((reset - there.unwrap_or(here)).max(0.0)).ok()?;
        (limit >= 1.0).then_some(Self::Budget { limit, remaining, reset })
    }

    /// The tighter of two.
    pub(crate) fn tighter(self, other: Self) -> Self {
        match (self, other) {
            (Self::Budget { remaining: one, .. }, Self::Budget { remaining: two, .. }) => {
                if one <= two {
                    self
                } else {
                    other
                }
            }
            (Self::Used(one), Self::Used(two)) => Self::Used(one.max(two)),
            (one, _) => one,
        }
    }
}

/// Seconds since 1970 of `2026-11-02T08:00:00.123Z`.
fn moment(text: &str) -> Option<f64> {
    let text = text.trim();
    let text = text.strip_suffix('Z').or_else(|| text.strip_suffix("+00:00")).unwrap_or(text);
    let (date, time) = text.split_once(['T', ' '])?;
    let mut date = date.split('-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    seconds(year, month, day, time)
}

/// Seconds since 1970 of `Mon, 02 Nov 2026 08:00:00 GMT`.
fn http_date(text: &str) -> Option<f64> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.split(' ');
    let day = words.next()?.parse().ok()?;
    let month = words.next()?;
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let year = words.next()?.parse().ok()?;
    seconds(year, i64::try_from(month).ok()?, day, words.next()?)
}

fn seconds(year: i64, month: i64, day: i64, time: &str) -> Option<f64> {
    let mut time = time.split(':').map(|part| part.parse::<f64>().ok());
    let (hours, minutes, seconds) = (time.next()??, time.next()??, time.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(1970..=9999).contains(&year) {
        return None;
    }
    // Days since 1970, with years that begin in March, so that a leap day is the last one.
    let (years, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days =
        years * 365 + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 1 - 719_468;
    #[allow(clippy::cast_precision_loss, reason = "days of a few thousand years")]
    let days = days as f64;
    Some(days * 86_400.0 + hours * 3_600.0 + minutes * 60.0 + seconds)
}

/// No shorter time is believed until the whole is there again.
const SHORTEST: Duration = Duration::from_secs(1);

/// What is left of a budget, as far as answers have told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    limit: f64,
    /// Without what is on its way.
    left: f64,
    reset: Instant,
}

impl Budget {
    pub(super) fn new(limit: f64, remaining: f64, reset: Instant, on_its_way: f64) -> Self {
        Self { limit, left: remaining - on_its_way, reset }
    }

    /// So many are sent, and so many others are on their way.
    pub(super) fn spend(&mut self, now: Instant, count: f64, on_its_way: f64) {
        if now >= self.reset {
            // The whole is there again, and nobody has told how long it takes the next time.
            self.left = self.limit - on_its_way;
            self.reset = now + SHORTEST;
        }
        self.left -= count;
    }

    /// When the next may be sent, `debt` requests after the last. Half of the budget is for whoever comes first; the
    /// rest must last until the whole is there again, whether it comes back at once or bit by bit.
    pub(super) fn due(&self, now: Instant, last: Instant, debt: f64) -> Instant {
        if now >= self.reset || self.left > self.limit / 2.0 {
            return now;
        }
        let time = self.reset.saturating_duration_since(now).max(SHORTEST);
        // Never nothing at all: what the headers mean is not documented.
        let rate = (self.left / time.as_secs_f64()).max(0.1);
        (last + super::seconds(debt / rate)).min(self.reset)
    }

    /// The most that may be sent at once.
    pub(super) fn at_once(&self, now: Instant) -> f64 {
        let left = if now >= self.reset { self.limit } else { self.left };
        (left / 2.0).max(1.0)
    }
}

/// What is sent while a service tells which share of its limit is used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    /// Requests a second that keep the share about where it is.
    base: f64,
    used: Option<f64>,
    changed: Instant,
}

/// How often the rate is changed at most.
const SLOWLY: Duration = Duration::from_millis(250);

impl Share {
    /// The first time that the service says so; so many were taken in the last second.
    pub(super) fn new(taken: f64, used: f64, now: Instant) -> Self {
        Self { base: taken.max(1.0), used: Some(used), changed: now }
    }

    pub(super) fn hear(&mut self, used: Option<f64>, now: Instant) {
        let was = std::mem::replace(&mut self.used, used);
        if now.saturating_duration_since(self.changed) < SLOWLY {
            return;
        }
        let factor = match used {
            Some(used) if used >= 0.9 && was.is_none_or(|was| used >= was) => 0.85,
            Some(_) => 1.0,
            None => 1.05,
        };
        self.base = (self.base * factor).clamp(0.5, 1e6);
        self.changed = now;
    }

    pub(super) fn rate(&self) -> f64 {
        self.base
            * match self.used {
                Some(used) if used >= 0.95 => 0.25,
                Some(used) if used >= 0.9 => 0.6,
                Some(used) if used >= 0.85 => 0.9,
                Some(_) => 1.0,
                None => 1.1,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_services_write_them() {
        assert_eq!(moment("1970-01-01T00:00:00Z"), Some(0.0));
        assert_eq!(moment("2000-02-29T12:00:00.5Z"), Some(951_825_600.5));
        assert_eq!(moment("2026-11-02T08:00:00.1234567+00:00").map(f64::floor), Some(1_793_606_400.0));
        assert_eq!(moment("tomorrow"), None);
        assert_eq!(moment("2026-13-02T08:00:00Z"), None);
        assert_eq!(http_date("Mon, 02 Nov 2026 08:00:00 GMT"), Some(1_793_606_400.0));
        assert_eq!(http_date("02 Nov 2026"), None);
    }

    #[test]
    fn headers_tell_a_budget_or_a_share() {
        let now = UNIX_EPOCH + Duration::from_hours(498_224);
        let told = |headers: &[(&str, &'static str)]| {
            let find = |name: &str| headers.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
            Told::of(&find, now)
        };
        let budget = [
            ("rate-limit-limit", "30000"),
            ("rate-limit-remaining", "12"),
            ("rate-limit-reset", "2026-11-02T08:01:00Z"),
        ];
        let reset = Duration::from_mins(1);
        assert_eq!(told(&budget), Some(Told::Budget { limit: 30000.0, remaining: 12.0, reset }));
        // A clock that goes an hour wrong changes nothing.
        let [limit, remaining, _] = budget;
        let elsewhere = [
            limit,
            remaining,
            ("rate-limit-reset", "2026-11-02T09:01:00Z"),
            ("date", "Mon, 02 Nov 2026 09:00:00 GMT"),
        ];
        assert_eq!(told(&elsewhere), told(&budget));
        assert_eq!(told(&[("x-ms-throttle-limit-percentage", "0.85")]), Some(Told::Used(0.85)));
        assert_eq!(told(&[limit, remaining]), None);
        assert_eq!(told(&[]), None);
    }
}
