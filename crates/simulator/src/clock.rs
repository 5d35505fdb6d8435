//! The tenant's own time: it moves by a fixed step per write, or when it is told to.

use serde::{Deserialize, Serialize};

/// Seconds since 1970, and how many of them a write takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Clock {
    pub(crate) now: i64,
    pub(crate) step: i64,
}

impl Clock {
    /// 2026-11-02T08:00:00Z, one second per write.
    pub(crate) const DEFAULT: Clock = Clock { now: 1_793_606_400, step: 1 };

    /// One write has happened.
    pub(crate) fn tick(&mut self) -> i64 {
        self.now = self.now.saturating_add(self.step);
        self.now
    }
}

/// `2026-11-02T08:00:00Z`.
pub(crate) fn timestamp(seconds: i64) -> String {
    let (year, month, day, hour, minute, second) = civil(seconds);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// `2026-11-02T08:00:00.250Z`, of milliseconds.
pub(crate) fn timestamp_milliseconds(milliseconds: i64) -> String {
    let whole = timestamp(milliseconds.div_euclid(1_000));
    format!("{}.{:03}Z", whole.trim_end_matches('Z'), milliseconds.rem_euclid(1_000))
}

/// `Mon, 02 Nov 2026 08:00:00 GMT`, as it stands in a `Date` header.
pub(crate) fn http_date(seconds: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day, hour, minute, second) = civil(seconds);
    let name = |names: &[&'static str], place: i64| {
        usize::try_from(place).ok().and_then(|place| names.get(place)).copied().unwrap_or_default()
    };
    let weekday = name(&DAYS, seconds.div_euclid(86_400).rem_euclid(7));
    format!(
        "{weekday}, {day:02} {} {year:04} {hour:02}:{minute:02}:{second:02} GMT",
        name(&MONTHS, month - 1)
    )
}

/// `20261102080000`, as it stands in distinguished names.
pub(crate) fn stamp(seconds: i64) -> String {
    let (year, month, day, hour, minute, second) = civil(seconds);
    format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

/// Reads `2026-11-02T08:00:00Z`; the time part may be left out.
pub(crate) fn parse_timestamp(text: &str) -> Option<i64> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let (date, time) = text.split_once('T').unwrap_or((text, "00:00:00"));
    let mut date = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let mut time = time.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let valid = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second);
    valid.then(|| days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn civil(seconds: i64) -> (i64, i64, i64, i64, i64, i64) {
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Days to year, month and day in the proleptic Gregorian calendar, counted in eras of 400 years.
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, day, rest / 3_600, rest / 60 % 60, rest % 60)
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let yoe = year.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_round_trip() {
        assert_eq!(timestamp(Clock::DEFAULT.now), "2026-11-02T08:00:00Z");
        assert_eq!(stamp(Clock::DEFAULT.now), "20261102080000");
        assert_eq!(timestamp_milliseconds(Clock::DEFAULT.now * 1_000 + 250), "2026-11-02T08:00:00.250Z");
        assert_eq!(http_date(Clock::DEFAULT.now), "Mon, 02 Nov 2026 08:00:00 GMT");
        assert_eq!(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "2027-04-01T12:30:00Z"] {
            assert_eq!(parse_timestamp(text).map(timestamp).as_deref(), Some(text));
        }
        assert_eq!(parse_timestamp("yesterday"), None);
        assert_eq!(parse_timestamp("2026-13-01"), None);
    }
}
