//! Quantities: what is read is exact, what is written is canonical, and the weights of a split keep their proportions.
//!
//! The judge is arithmetic on digits ([`Natural`]), in which nothing overflows and nothing is rounded but what Kubernetes rounds.

use smi_types::hub::{Backend, TrafficSplit};
use smi_types::quantity::{Quantity, QuantityProblem};
use smi_types::{Metadata, Version, Weight};

use super::natural::Natural;

/// The text of one quantity a word; together they are the weights of a split, too.
pub fn quantity(data: &[u8]) {
    // What is longer says nothing that is new, and the judge takes quadratic time.
    let data = &data[..data.len().min(2048)];
    let Ok(text) = std::str::from_utf8(data) else { return };
    let words: Vec<&str> = text.split(' ').collect();
    let read: Vec<Quantity> = words.iter().filter_map(|word| one(word)).collect();
    for pair in read.windows(2) {
        order(pair[0], pair[1]);
    }
    weights(&words);
}

/// What a text means by the grammar of Kubernetes: sign, digits, power of ten, power of two.
struct Meant {
    negative: bool,
    digits: Natural,
    ten: i64,
    two: u32,
}

impl Meant {
    /// `None` where the text is no quantity.
    fn by(text: &str) -> Option<Meant> {
        let (negative, rest) = match text.split_at_checked(1) {
            Some(("-", rest)) => (true, rest),
            Some(("+", rest)) => (false, rest),
            _ => (false, text),
        };
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let (ten, two) = match "n u m k M G T P E".split(' ').position(|one| one == suffix) {
            // Between `m` and `k` stands the unit itself, which has no suffix.
            Some(place) if place < 3 => (3 * i64::try_from(place).ok()? - 9, 0),
            Some(place) => (3 * i64::try_from(place).ok()? - 6, 0),
            None if suffix.is_empty() => (0, 0),
            None => match "Ki Mi Gi Ti Pi Ei".split(' ').position(|one| one == suffix) {
                Some(place) => (0, 10 * (u32::try_from(place).ok()? + 1)),
                None => (exponent(suffix)?, 0),
            },
        };
        let digits = Natural::read(&format!("{whole}{fraction}"));
        Some(Meant { negative, digits, ten: ten - i64::try_from(fraction.len()).ok()?, two })
    }

    /// In nano units, away from zero; `None` where no machine can hold it.
    fn nanos(&self) -> Option<Natural> {
        let power = self.ten + 9;
        if self.digits.is_zero() || power > 10_000 {
            return self.digits.is_zero().then_some(Natural::of(0));
        }
        let doubled = self.digits.times(&Natural::of(1 << self.two));
        match usize::try_from(power) {
            Ok(zeros) => Some(doubled.shifted(zeros)),
            Err(_) => {
                let cut = usize::try_from(power.unsigned_abs()).unwrap_or(usize::MAX);
                let (whole, left) = doubled.cut(cut);
                Some(if left { whole.successor() } else { whole })
            }
        }
    }
}

/// `e3`, `E-3`; far beyond all that matters it stands still.
fn exponent(suffix: &str) -> Option<i64> {
    let text = suffix.strip_prefix(['e', 'E'])?;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude = Natural::read(digits).min(Natural::of(1_000_000)).to_string().parse::<i64>().ok()?;
    Some(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// One word as a quantity, where it is one.
fn one(text: &str) -> Option<Quantity> {
    let read = Quantity::parse(text);
    let Some(meant) = Meant::by(text) else {
        let problem = read.expect_err(text).problem();
        assert_ne!(problem, QuantityProblem::TooLarge, "{text:?} is no quantity at all");
        return None;
    };
    let nanos = meant.nanos().filter(|nanos| *nanos <= Natural::of(i128::MAX.unsigned_abs()));
    let Some(nanos) = nanos else {
        assert_eq!(read.expect_err(text).problem(), QuantityProblem::TooLarge, "{text:?}");
        return None;
    };
    let read = read.unwrap_or_else(|error| panic!("{text:?} is {nanos} n: {error}"));
    let is_below = meant.negative && !nanos.is_zero();
    let shown = if is_below { format!("-{nanos}") } else { nanos.to_string() };
    assert_eq!(read.nanos().to_string(), shown, "{text:?} in nano units");
    assert_eq!(read.to_string(), canonical(&nanos, is_below), "the canonical form of {text:?}");
    assert_eq!(Quantity::parse(&read.to_string()).as_ref(), Ok(&read), "{text:?}, written and read");
    let json = serde_json::to_value(read).expect("a quantity is a JSON string");
    assert_eq!(json, read.to_string());
    assert_eq!(serde_json::from_value::<Quantity>(text.into()).ok(), Some(read), "{text:?} in JSON");
    rounded(read);
    Some(read)
}

/// The largest suffix that leaves a whole number.
fn canonical(nanos: &Natural, negative: bool) -> String {
    if nanos.is_zero() {
        return "0".to_owned();
    }
    let suffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    let thousands = (nanos.trailing_zeros() / 3).min(suffixes.len() - 1);
    let (mantissa, _) = nanos.cut(3 * thousands);
    format!("{}{mantissa}{}", if negative { "-" } else { "" }, suffixes[thousands])
}

fn rounded(quantity: Quantity) {
    for step in [1, 1_000_000, 7, i128::MAX] {
        let rounded = quantity.rounded_to(Quantity::from_nanos(step)).nanos();
        let off = rounded.abs_diff(quantity.nanos());
        assert!(rounded == quantity.nanos() || rounded % step == 0, "{quantity} to {step} n");
        assert!(off <= step.unsigned_abs().div_ceil(2), "{quantity} to {step} n is off by {off}");
    }
    assert_eq!(quantity.rounded_to(Quantity::from_nanos(0)), quantity);
}

/// Quantities are in the order of their values, written or not.
fn order(a: Quantity, b: Quantity) {
    assert_eq!(a.cmp(&b), a.nanos().cmp(&b.nanos()));
    assert_eq!(a == b, a.to_string() == b.to_string(), "{a} and {b}");
}

/// SMI-CONV-41: one factor for all weights, and it is a power of a thousand unless only the common divisor helps.
fn weights(words: &[&str]) {
    let backend = |word: &&str| Backend { service: "a".into(), weight: Some(Weight::from(*word)) };
    let split = TrafficSplit {
        metadata: Metadata::default(),
        version: Version::V1Alpha1,
        service: "web".into(),
        backends: words.iter().take(16).map(backend).collect(),
        matches: None,
    };
    let meant: Option<Vec<Natural>> = words.iter().take(16).map(|word| weight(word)).collect();
    let whole = meant.as_deref().map(whole);
    let fits = |number: &Natural| *number <= Natural::of(i64::MAX.unsigned_abs().into());
    let whole = whole.filter(|whole| whole.iter().all(fits));
    let (integers, meant) = match (split.weights(), meant) {
        (Ok(integers), Some(meant)) => (integers, meant),
        (Ok(integers), None) => panic!("{words:?} have the weights {integers:?}"),
        (Err(error), _) => {
            assert_eq!(whole, None, "{words:?}: {error}");
            assert!(error.to_string().len() < 500, "{error}");
            return;
        }
    };
    let integers: Vec<Natural> = integers
        .iter()
        .map(|integer| Natural::of(u128::try_from(*integer).expect("a weight is not negative")))
        .collect();
    for ((a, exact_a), (b, exact_b)) in integers.iter().zip(&meant).zip(integers.iter().zip(&meant).skip(1)) {
        assert_eq!(a.times(exact_b), b.times(exact_a), "{words:?} became {integers:?}");
    }
    let is_zero = |number: &Natural| number.is_zero();
    assert!(integers.iter().map(is_zero).eq(meant.iter().map(is_zero)), "{words:?} became {integers:?}");
    if let Some(whole) = whole {
        assert_eq!(integers, whole, "{words:?}");
    }
}

/// All weights times the least of 1, 1000, … that makes them whole.
fn whole(nanos: &[Natural]) -> Vec<Natural> {
    let scaled = [9, 6, 3, 0].map(|zeros| nanos.iter().map(|nanos| nanos.cut(zeros)).collect::<Vec<_>>());
    let whole = scaled.into_iter().find(|scaled| scaled.iter().all(|(_, left)| !left));
    whole.expect("nano units are whole").into_iter().map(|(scaled, _)| scaled).collect()
}

/// A weight in nano units; `None` for what is none.
fn weight(word: &str) -> Option<Natural> {
    let meant = Meant::by(word)?;
    let nanos = meant.nanos()?;
    (!meant.negative || nanos.is_zero()).then_some(nanos)
}
