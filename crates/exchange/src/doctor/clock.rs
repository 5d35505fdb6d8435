//! This machine's clock against those of the services.
//!
//! Facts: Entra takes assertions and gives tokens with a tolerance of five minutes.

use super::reach::Reached;
use super::{Check, Outcome};

/// From here on it is worth a warning, in seconds.
const WARNING: u64 = 120;
/// From here on tokens are refused, in seconds.
const FAILURE: u64 = 300;

/// The largest difference from any service that told its time.
pub(super) fn check(reached: &Reached) -> Check {
    judge(reached.ahead().max_by_key(|(_, ahead)| ahead.unsigned_abs()))
}

fn judge(farthest: Option<(&'static str, i64)>) -> Check {
    let check = |outcome, message: String| Check::new("clock", "this machine's clock", outcome, message);
    let Some((service, ahead)) = farthest else {
        return check(Outcome::Unknown, "no service told its time".to_owned());
    };
    let apart = ahead.unsigned_abs();
    let direction = if ahead > 0 { "behind" } else { "ahead of" };
    let told = format!("it is {} {direction} {service}'s", in_words(apart));
    let hint =
        "set it by a time server: tokens and certificates are refused by a clock that is five minutes off";
    match apart {
        0..WARNING => check(Outcome::Ok, format!("it is less than {} min off", WARNING / 60)),
        WARNING..FAILURE => check(Outcome::Warning, told).hint(hint),
        FAILURE.. => check(Outcome::Failed, told).hint(hint),
    }
}

fn in_words(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, rest) => format!("{minutes} min {rest} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_minutes_are_a_warning_and_five_a_failure() {
        for (ahead, outcome, words) in [
            (119, Outcome::Ok, "less than 2 min"),
            (-121, Outcome::Warning, "2 min 1 s ahead of"),
            (299, Outcome::Warning, "4 min 59 s behind"),
            (301, Outcome::Failed, "5 min 1 s behind"),
            (-7260, Outcome::Failed, "2 h 1 min ahead of"),
        ] {
            let check = judge(Some(("Microsoft Graph", ahead)));
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.message.contains(words), "{check:?}");
        }
        assert_eq!(judge(None).outcome, Outcome::Unknown);
    }
}
