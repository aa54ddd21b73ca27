//! Kubernetes quantities (`500m`, `1.5`, `1Ki`, `1e3`), read exactly.
//!
//! A quantity is a whole number of nano units, because 1n is the resolution of Kubernetes; what is finer rounds away from zero,
//! as Kubernetes rounds it. No floating point is involved, and reading takes time linear in the length of the text whatever it
//! says.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::number;
use crate::quote::quoted;

/// Nano units in one unit.
const NANOS: i128 = 1_000_000_000;

/// An exact decimal number with a resolution of 10⁻⁹.
///
/// Printing gives the canonical form: the largest suffix that leaves an integer (reference, section 2.5).
///
/// ```
/// use smi_types::quantity::Quantity;
///
/// let half: Quantity = "0.5".parse().unwrap();
/// assert_eq!(half.nanos(), 500_000_000);
/// assert_eq!(half.to_string(), "500m");
/// assert_eq!(Quantity::from(1000).to_string(), "1k");
/// assert_eq!(Quantity::from(1500).to_string(), "1500");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i128);

impl Quantity {
    /// The quantity of so many nano units.
    #[must_use]
    pub const fn from_nanos(nanos: i128) -> Self {
        Quantity(nanos)
    }

    /// The value in nano units.
    #[must_use]
    pub const fn nanos(self) -> i128 {
        self.0
    }

    /// Reads a quantity: an optional sign, a decimal number, and an optional suffix. Suffixes are `n u m k M G T P E`,
    /// `Ki Mi Gi Ti Pi Ei`, or an exponent such as `e3`.
    ///
    /// # Errors
    ///
    /// When the text does not follow the grammar, or the value is beyond ±10²⁹.
    pub fn parse(text: &str) -> Result<Quantity, QuantityError> {
        read(text).map(Quantity).map_err(|problem| QuantityError { text: quoted(text), problem })
    }
}

impl Quantity {
    /// The nearest multiple of a positive step; what is half-way goes away from zero. Any other step changes nothing.
    ///
    /// ```
    /// use smi_types::quantity::Quantity;
    ///
    /// let rounded = |text: &str, step: &str| {
    ///     let [value, step]: [Quantity; 2] = [text, step].map(|text| text.parse().unwrap());
    ///     value.rounded_to(step).to_string()
    /// };
    /// assert_eq!(rounded("10.123456", "1m"), "10123m");
    /// assert_eq!(rounded("2.5", "1"), "3");
    /// assert_eq!(rounded("-2.5", "1"), "-3");
    /// ```
    #[must_use]
    pub fn rounded_to(self, step: Quantity) -> Self {
        let Quantity(step) = step;
        if step <= 0 {
            return self;
        }
        let rest = self.0 % step;
        // Compared this way, because twice the rest may not fit.
        let away = if rest.abs() >= step - rest.abs() { step * rest.signum() } else { 0 };
        Quantity((self.0 - rest).checked_add(away).unwrap_or(self.0))
    }
}

impl From<i64> for Quantity {
    fn from(units: i64) -> Self {
        Quantity(i128::from(units) * NANOS)
    }
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Quantity, QuantityError> {
        Quantity::parse(text)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SUFFIXES: [&str; 10] = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
        let mut mantissa = self.0;
        if mantissa == 0 {
            return f.write_str("0");
        }
        let mut suffix = 0;
        while mantissa % 1000 == 0 && suffix + 1 < SUFFIXES.len() {
            mantissa /= 1000;
            suffix += 1;
        }
        write!(f, "{mantissa}{}", SUFFIXES[suffix])
    }
}

/// Written as a string in canonical form, as Kubernetes writes it.
impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Read from a string or a number, as Kubernetes reads it.
impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct QuantityVisitor;
        impl<'de> Visitor<'de> for QuantityVisitor {
            type Value = Quantity;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a quantity such as \"500m\"")
            }

            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Quantity, E> {
                Ok(Quantity::from(n))
            }

            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Quantity, E> {
                Ok(Quantity(i128::from(n) * NANOS))
            }

            fn visit_i128<E: de::Error>(self, n: i128) -> Result<Quantity, E> {
                number::integer(self, n)
            }

            fn visit_u128<E: de::Error>(self, n: u128) -> Result<Quantity, E> {
                number::integer(self, n)
            }

            fn visit_f64<E: de::Error>(self, n: f64) -> Result<Quantity, E> {
                // `{}` prints the shortest decimal that reads back as `n`: the digits the author wrote, up to 15 of them.
                self.visit_str(&number::exact::<E>(n)?.to_string())
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Quantity, E> {
                Quantity::parse(text).map_err(E::custom)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Quantity, A::Error> {
                number::visit(self, map)
            }
        }
        deserializer.deserialize_any(QuantityVisitor)
    }
}

/// Why a text is not a quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuantityError {
    text: String,
    problem: QuantityProblem,
}

impl QuantityError {
    /// What is wrong, without the text.
    #[must_use]
    pub fn problem(&self) -> QuantityProblem {
        self.problem
    }
}

/// What can be wrong with a quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum QuantityProblem {
    /// The text is empty.
    Empty,
    /// There is no digit where the number should stand.
    NoNumber,
    /// What follows the number is not a suffix.
    UnknownSuffix,
    /// The exponent is not a whole number.
    BadExponent,
    /// The value is too large to be held exactly.
    TooLarge,
}

impl fmt::Display for QuantityProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            QuantityProblem::Empty => "it is empty",
            QuantityProblem::NoNumber => "it does not start with a number",
            QuantityProblem::UnknownSuffix => {
                "its suffix is none of n u m k M G T P E, Ki Mi Gi Ti Pi Ei, or an exponent such as e3"
            }
            QuantityProblem::BadExponent => "its exponent is not a whole number",
            QuantityProblem::TooLarge => "it is too large",
        })
    }
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problem {
            QuantityProblem::TooLarge => write!(f, "the quantity {} is too large", self.text),
            problem => write!(f, "{} is not a quantity: {problem}", self.text),
        }
    }
}

impl Error for QuantityError {}

/// What follows the number.
enum Scale {
    /// Times ten to this power.
    Ten(i64),
    /// Times two to this power.
    Two(u32),
}

fn read(text: &str) -> Result<i128, QuantityProblem> {
    if text.is_empty() {
        return Err(QuantityProblem::Empty);
    }
    let (negative, unsigned) = match text.as_bytes()[0] {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (whole, rest) = split_digits(unsigned);
    let (fraction, suffix) = match rest.strip_prefix('.') {
        Some(rest) => split_digits(rest),
        None => ("", rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return Err(QuantityProblem::NoNumber);
    }
    let magnitude = match read_suffix(suffix)? {
        Scale::Ten(exponent) => times_ten(whole, fraction, exponent),
        Scale::Two(exponent) => times_two(whole, fraction, exponent),
    };
    let magnitude = magnitude.ok_or(QuantityProblem::TooLarge)?;
    Ok(if negative { -magnitude } else { magnitude })
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}

fn read_suffix(suffix: &str) -> Result<Scale, QuantityProblem> {
    Ok(match suffix {
        "n" => Scale::Ten(-9),
        "u" => Scale::Ten(-6),
        "m" => Scale::Ten(-3),
        "" => Scale::Ten(0),
        "k" => Scale::Ten(3),
        "M" => Scale::Ten(6),
        "G" => Scale::Ten(9),
        "T" => Scale::Ten(12),
        "P" => Scale::Ten(15),
        "E" => Scale::Ten(18),
        "Ki" => Scale::Two(10),
        "Mi" => Scale::Two(20),
        "Gi" => Scale::Two(30),
        "Ti" => Scale::Two(40),
        "Pi" => Scale::Two(50),
        "Ei" => Scale::Two(60),
        _ => match suffix.strip_prefix(['e', 'E']) {
            Some(exponent) => Scale::Ten(read_exponent(exponent).ok_or(QuantityProblem::BadExponent)?),
            None => return Err(QuantityProblem::UnknownSuffix),
        },
    })
}

/// A signed whole number. Beyond every exponent that matters it saturates: the value is then too large, or rounds to 1n.
fn read_exponent(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (digits, rest) = split_digits(digits);
    if digits.is_empty() || !rest.is_empty() {
        return None;
    }
    // A tenth of the range, so that adding the length of a text cannot overflow.
    let magnitude = digits.bytes().fold(0_i64, |n, digit| {
        n.saturating_mul(10).saturating_add(i64::from(digit - b'0')).min(i64::MAX / 10)
    });
    Some(if negative { -magnitude } else { magnitude })
}

/// `whole.fraction × 10^exponent` in nano units, rounded up; `None` when it does not fit.
fn times_ten(whole: &str, fraction: &str, exponent: i64) -> Option<i128> {
    let digits = || whole.bytes().chain(fraction.bytes()).map(|digit| digit - b'0');
    let leading_zeros = digits().take_while(|digit| *digit == 0).count();
    let mut significant = digits().skip(leading_zeros);
    let Some(first) = significant.next() else { return Some(0) };
    let point = i64::try_from(whole.len()).ok()? - i64::try_from(leading_zeros).ok()?;
    // Digits left of the point, once the value counts nano units.
    let left = point + exponent + 9;
    if left <= 0 {
        return Some(1);
    }
    let mut nanos = i128::from(first);
    // Ends by overflow after 38 rounds at most, however large `left` is, because `first` is not zero.
    for _ in 1..left {
        let digit = i128::from(significant.next().unwrap_or(0));
        nanos = nanos.checked_mul(10)?.checked_add(digit)?;
    }
    let rounds_up = significant.any(|digit| digit != 0);
    nanos.checked_add(i128::from(rounds_up))
}

/// `whole.fraction × 2^exponent` in nano units, rounded up; `None` when it does not fit.
fn times_two(whole: &str, fraction: &str, exponent: u32) -> Option<i128> {
    // At most 2⁶⁰ × 10⁹ < 2⁹⁰, so ten times it fits with room to spare.
    let factor = (1_i128 << exponent) * NANOS;
    // Long multiplication from the right: what is carried out of the fraction is the whole part of fraction × factor.
    let mut carry = 0_i128;
    let mut rounds_up = false;
    for digit in fraction.bytes().rev() {
        let product = i128::from(digit - b'0') * factor + carry;
        rounds_up |= product % 10 != 0;
        carry = product / 10;
    }
    let mut units = 0_i128;
    for digit in whole.bytes() {
        units = units.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
    }
    units.checked_mul(factor)?.checked_add(carry)?.checked_add(i128::from(rounds_up))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nanos(text: &str) -> i128 {
        Quantity::parse(text).unwrap().nanos()
    }

    fn problem(text: &str) -> QuantityProblem {
        Quantity::parse(text).unwrap_err().problem()
    }

    #[test]
    fn reads_the_grammar() {
        for (text, expected) in [
            ("0", 0),
            ("0m", 0),
            ("-0", 0),
            ("1", 1_000_000_000),
            ("+1", 1_000_000_000),
            ("-1", -1_000_000_000),
            ("1.", 1_000_000_000),
            (".5", 500_000_000),
            ("0.5", 500_000_000),
            ("500m", 500_000_000),
            ("1.5", 1_500_000_000),
            ("0.0001", 100_000),
            ("1n", 1),
            ("1u", 1_000),
            ("1k", 1_000 * NANOS),
            ("1M", 1_000_000 * NANOS),
            ("1G", 1_000_000_000 * NANOS),
            ("1T", 1_000_000_000_000 * NANOS),
            ("1P", 1_000_000_000_000_000 * NANOS),
            ("1E", 1_000_000_000_000_000_000 * NANOS),
            ("1Ki", 1024 * NANOS),
            ("1.5Ki", 1536 * NANOS),
            ("1Ei", (1 << 60) * NANOS),
            ("1e3", 1_000 * NANOS),
            ("1E3", 1_000 * NANOS),
            ("1e+3", 1_000 * NANOS),
            ("15e-1", 1_500_000_000),
            ("0.000000000000000000000000000000000000000000000000001e51", NANOS),
            ("100000000000000000000000000000000000000000000000000e-50", NANOS),
        ] {
            assert_eq!(nanos(text), expected, "{text}");
        }
    }

    #[test]
    fn finer_digits_round_away_from_zero() {
        assert_eq!(nanos("0.0000000001"), 1);
        assert_eq!(nanos("1.0000000001"), NANOS + 1);
        assert_eq!(nanos("-0.0000000001"), -1);
        assert_eq!(nanos("1e-999999999999999999999999"), 1);
        assert_eq!(nanos("0e-5"), 0);
        assert_eq!(nanos("0.0000000001Ki"), 103); // 102.4
        assert_eq!(nanos("0.00000000000000001Ki"), 1);
    }

    #[test]
    fn hostile_input_is_an_error_in_linear_time() {
        assert_eq!(problem("1e999999999"), QuantityProblem::TooLarge);
        assert_eq!(problem("-1e999999999999999999999999999999"), QuantityProblem::TooLarge);
        let million = "9".repeat(1_000_000);
        assert_eq!(problem(&million), QuantityProblem::TooLarge);
        assert_eq!(problem(&format!("{million}Ei")), QuantityProblem::TooLarge);
        assert_eq!(problem(&format!("{million}x")), QuantityProblem::UnknownSuffix);
        assert_eq!(nanos(&format!("0.{million}Ki")), 1024 * NANOS);
        assert_eq!(nanos(&format!("0.{million}e3")), 1000 * NANOS);
        assert_eq!(nanos(&format!("{}1", "0".repeat(1_000_000))), NANOS);
        assert_eq!(nanos("0e999999999999"), 0);
        assert!(Quantity::parse(&million).unwrap_err().to_string().len() < 200);
    }

    #[test]
    fn what_is_no_quantity() {
        assert_eq!(problem(""), QuantityProblem::Empty);
        for text in ["-", "+", ".", "k", " 1", "--1", "inf", "NaN", "½"] {
            assert_eq!(problem(text), QuantityProblem::NoNumber, "{text}");
        }
        for text in ["1K", "1 ", "1.2.3", "1kk", "1ki", "1%", "0x10"] {
            assert_eq!(problem(text), QuantityProblem::UnknownSuffix, "{text}");
        }
        for text in ["1e", "1e1.5", "1e3k", "1Em", "1e+-3"] {
            assert_eq!(problem(text), QuantityProblem::BadExponent, "{text}");
        }
    }

    #[test]
    fn messages() {
        assert_eq!(Quantity::parse("").unwrap_err().to_string(), r#""" is not a quantity: it is empty"#);
        assert_eq!(
            Quantity::parse("half").unwrap_err().to_string(),
            r#""half" is not a quantity: it does not start with a number"#
        );
        assert_eq!(Quantity::parse("1e99").unwrap_err().to_string(), r#"the quantity "1e99" is too large"#);
    }

    #[test]
    fn prints_the_largest_suffix_that_leaves_an_integer() {
        for (text, canonical) in [
            ("1000", "1k"),
            ("1500", "1500"),
            ("0.5", "500m"),
            ("1e3", "1k"),
            ("1Ki", "1024"),
            ("0", "0"),
            ("-2000", "-2k"),
            ("10.123456m", "10123456n"),
            ("1000E", "1000E"),
        ] {
            let quantity = Quantity::parse(text).unwrap();
            assert_eq!(quantity.to_string(), canonical);
            assert_eq!(Quantity::parse(canonical).unwrap(), quantity);
        }
        assert_eq!(Quantity::from(i64::MIN).to_string(), i64::MIN.to_string());
        assert_eq!(Quantity::from_nanos(i128::MIN).to_string(), "-170141183460469231731687303715884105728n");
    }
}
