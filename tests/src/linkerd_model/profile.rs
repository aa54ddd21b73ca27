//! Weights of ServiceProfiles: Kubernetes quantities in, what the control plane sends to proxies out.

/// The weight of an override as proxies get it: thousandths times ten, in 32 bits (6.3). What does not fit wraps around.
pub(super) fn decimilli(quantity: &str) -> Result<u32, String> {
    let thousandths = thousandths(quantity).ok_or_else(|| format!("{quantity:?} is no quantity"))?;
    // As the control plane does it: a 64-bit product, of which 32 bits are kept.
    Ok(u32::try_from((thousandths * 10).rem_euclid(1 << 32)).expect("a remainder fits"))
}

/// The number of thousandths, rounded up.
fn thousandths(quantity: &str) -> Option<i128> {
    let (negative, rest) = match quantity.strip_prefix(['+', '-']) {
        Some(rest) => (quantity.starts_with('-'), rest),
        None => (false, quantity),
    };
    let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
    let (number, suffix) = rest.split_at(digits);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let mantissa: i128 = format!("{whole}{fraction}").parse().ok()?;
    let (multiplier, exponent) = scale(suffix)?;
    // mantissa × multiplier × 10^exponent, in thousandths.
    let power = exponent + 3 - i32::try_from(fraction.len()).ok()?;
    let product = mantissa.checked_mul(multiplier)?;
    let scaled = match u32::try_from(power) {
        Ok(power) => product.checked_mul(10i128.checked_pow(power)?)?,
        Err(_) => {
            let divisor = 10i128.checked_pow(power.unsigned_abs())?;
            let rounds_up = i128::from(product % divisor != 0 && !negative);
            product / divisor + rounds_up
        }
    };
    Some(if negative { -scaled } else { scaled })
}

/// What a suffix multiplies with: a number, and a power of ten.
fn scale(suffix: &str) -> Option<(i128, i32)> {
    const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    if let Some(index) = BINARY.iter().position(|known| *known == suffix) {
        return Some((1i128 << (10 * (index + 1)), 0));
    }
    let exponent = match suffix {
        "" => 0,
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        "T" => 12,
        "P" => 15,
        "E" => 18,
        _ => suffix.strip_prefix(['e', 'E'])?.parse().ok()?,
    };
    Some((1, exponent))
}

#[cfg(test)]
mod tests {
    use super::decimilli;

    #[test]
    fn weights_are_sent_in_ten_thousandths() {
        let table = [
            ("0", 0),
            ("0m", 0),
            ("500m", 5_000),
            ("900m", 9_000),
            ("1", 10_000),
            ("+1", 10_000),
            ("1.5", 15_000),
            (".5", 5_000),
            ("50", 500_000),
            ("1k", 10_000_000),
            ("1e3", 10_000_000),
            ("1Ki", 10_240_000),
            // Finer than a thousandth: rounded up.
            ("1n", 10),
            ("1500u", 20),
            ("0.0001", 10),
            ("429496", 4_294_960_000),
            // Wraps around.
            ("429497", 2_704),
            ("-1", 4_294_957_296),
        ];
        for (quantity, weight) in table {
            assert_eq!(decimilli(quantity), Ok(weight), "{quantity}");
        }
        for wrong in ["", ".", "abc", "1KiB", "1 ", "1.2.3", "--1"] {
            assert!(decimilli(wrong).is_err(), "{wrong}");
        }
    }
}
