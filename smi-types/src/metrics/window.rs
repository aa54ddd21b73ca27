//! The length of a measured window, spelled as Go spells durations: `30s`, `1m30s`, `1.5h`.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::quote::quoted;

/// How long was measured.
///
/// ```
/// use std::time::Duration;
/// use smi_types::metrics::Window;
///
/// assert_eq!(Window::default().to_string(), "30s");
/// assert_eq!("1.5m".parse::<Window>()?.duration(), Duration::from_secs(90));
/// assert_eq!("90s".parse::<Window>()?.to_string(), "1m30s");
/// assert_eq!("ten".parse::<Window>().unwrap_err().to_string(), r#""ten" is not a duration such as 30s or 1m30s"#);
/// # Ok::<(), smi_types::metrics::WindowError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window(Duration);

/// Longest duration of Go: a signed 64-bit number of nanoseconds.
const MAX_NANOS: u128 = i64::MAX as u128;

impl Window {
    /// The window of a duration. One longer than 292 years is cut there, as Go cannot hold it.
    #[must_use]
    pub fn new(duration: Duration) -> Self {
        Window(duration.min(Duration::from_nanos(i64::MAX.unsigned_abs())))
    }

    /// Its length.
    #[must_use]
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl Default for Window {
    /// Half a minute, as every server has it.
    fn default() -> Self {
        Window(Duration::from_secs(30))
    }
}

/// A text that is no duration, or a negative one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowError {
    text: String,
}

impl fmt::Display for WindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a duration such as 30s or 1m30s", self.text)
    }
}

impl Error for WindowError {}

impl FromStr for Window {
    type Err = WindowError;

    fn from_str(text: &str) -> Result<Window, WindowError> {
        let nanos = nanos(text.strip_prefix('+').unwrap_or(text));
        let nanos = nanos.filter(|nanos| *nanos <= MAX_NANOS).and_then(|nanos| u64::try_from(nanos).ok());
        nanos
            .map(|nanos| Window(Duration::from_nanos(nanos)))
            .ok_or_else(|| WindowError { text: quoted(text) })
    }
}

/// The sum of numbers with units, in nanoseconds. Digits finer than one are dropped, as Go drops them.
fn nanos(text: &str) -> Option<u128> {
    if text == "0" {
        return Some(0);
    }
    let mut rest = text;
    let mut sum = 0_u128;
    while !rest.is_empty() || text.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let (unit, after) = unit(after)?;
        let whole: u128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
        sum = sum.checked_add(whole.checked_mul(unit)?)?.checked_add(part(fraction, unit))?;
        rest = after;
    }
    Some(sum)
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

/// The length of a unit in nanoseconds, and what follows it.
fn unit(text: &str) -> Option<(u128, &str)> {
    const UNITS: [(&str, u128); 8] = [
        ("ns", 1),
        ("us", 1_000),
        ("µs", 1_000),
        ("μs", 1_000),
        ("ms", 1_000_000),
        ("s", 1_000_000_000),
        ("m", 60_000_000_000),
        ("h", 3_600_000_000_000),
    ];
    UNITS.into_iter().find_map(|(name, nanos)| Some((nanos, text.strip_prefix(name)?)))
}

/// `0.fraction × unit`. Twenty digits are finer than any unit.
fn part(fraction: &str, unit: u128) -> u128 {
    let fraction = &fraction[..fraction.len().min(20)];
    fraction.bytes().rev().fold(0, |carry, digit| (u128::from(digit - b'0') * unit * POINT + carry) / 10)
        / POINT
}

/// Digits that are kept while a fraction is added up.
const POINT: u128 = 1_000_000;

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0.as_secs(), self.0.subsec_nanos());
        if seconds == 0 {
            return match nanos {
                0 => f.write_str("0s"),
                1..1_000 => write!(f, "{nanos}ns"),
                1_000..1_000_000 => decimal(f, (nanos / 1_000).into(), nanos % 1_000, 3, "µs"),
                _ => decimal(f, (nanos / 1_000_000).into(), nanos % 1_000_000, 6, "ms"),
            };
        }
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(f, "{minutes}m")?;
        }
        decimal(f, seconds % 60, nanos, 9, "s")
    }
}

/// A number with a fraction of so many digits, without zeros at its end.
fn decimal(f: &mut fmt::Formatter<'_>, whole: u64, fraction: u32, digits: usize, unit: &str) -> fmt::Result {
    let fraction = format!("{fraction:0digits$}");
    match fraction.trim_end_matches('0') {
        "" => write!(f, "{whole}{unit}"),
        fraction => write!(f, "{whole}.{fraction}{unit}"),
    }
}

impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Window {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    fn nanos(text: &str) -> Option<u128> {
        text.parse::<Window>().ok().map(|window| window.duration().as_nanos())
    }

    #[test]
    fn reads_what_go_reads() {
        for (text, expected) in [
            ("0", 0),
            ("+0", 0),
            ("0s", 0),
            ("30s", 30_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1h0m0.5s", 3_600_500_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("1us1µs1μs1ns", 3_001),
            ("1.0000000001s", 1_000_000_000),
            ("0.333333333333333333333h", 1_200_000_000_000 - 1),
            ("9223372036854775807ns", i64::MAX as u128),
            ("0000000000000000000000001s", 1_000_000_000),
        ] {
            assert_eq!(nanos(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "+",
            "-30s",
            "30",
            "s",
            ".s",
            "1x",
            "1 s",
            "1s ",
            "30S",
            "1..5s",
            "9223372036854775808ns",
            "3000000h",
            "99999999999999999999999999999999999999999s",
        ] {
            assert_eq!(nanos(text), None, "{text}");
        }
    }

    #[test]
    fn writes_what_go_writes() {
        for (text, written) in [
            ("0", "0s"),
            ("1ns", "1ns"),
            ("1500ns", "1.5µs"),
            ("1001us", "1.001ms"),
            ("999999999ns", "999.999999ms"),
            ("1.5s", "1.5s"),
            ("60s", "1m0s"),
            ("3600s", "1h0m0s"),
            ("90m0.25s", "1h30m0.25s"),
            ("9223372036854775807ns", "2562047h47m16.854775807s"),
        ] {
            let window: Window = text.parse().unwrap();
            assert_eq!(window.to_string(), written);
            assert_eq!(written.parse(), Ok(window));
        }
    }
}
