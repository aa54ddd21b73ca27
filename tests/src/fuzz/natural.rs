//! Natural numbers of any size in decimal digits: slow, obvious, and nothing that the project could share a mistake with.

use std::cmp::Ordering;

/// A natural number: its digits, the least one first, without zeros at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Natural(Vec<u8>);

impl Natural {
    /// Reads decimal digits.
    pub(super) fn read(digits: &str) -> Natural {
        Natural(digits.bytes().rev().map(|digit| digit - b'0').collect()).trimmed()
    }

    pub(super) fn of(number: u128) -> Natural {
        Natural::read(&number.to_string())
    }

    fn trimmed(mut self) -> Natural {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
        self
    }

    pub(super) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn times(&self, other: &Natural) -> Natural {
        let mut digits = vec![0; self.0.len() + other.0.len() + 1];
        for (i, a) in self.0.iter().enumerate() {
            let mut carry = 0;
            for (j, b) in other.0.iter().chain([&0]).enumerate() {
                let sum = digits[i + j] + a * b + carry;
                digits[i + j] = sum % 10;
                carry = sum / 10;
            }
        }
        Natural(digits).trimmed()
    }

    /// Times ten to this power.
    pub(super) fn shifted(&self, zeros: usize) -> Natural {
        Natural(std::iter::repeat_n(0, zeros).chain(self.0.iter().copied()).collect()).trimmed()
    }

    /// Divided by ten to this power, and whether something was left.
    pub(super) fn cut(&self, digits: usize) -> (Natural, bool) {
        let cut = digits.min(self.0.len());
        (Natural(self.0[cut..].to_vec()), self.0[..cut].iter().any(|digit| *digit != 0))
    }

    pub(super) fn successor(&self) -> Natural {
        let mut digits = self.0.clone();
        for digit in &mut digits {
            *digit = (*digit + 1) % 10;
            if *digit != 0 {
                return Natural(digits);
            }
        }
        digits.push(1);
        Natural(digits)
    }

    /// How many zeros it ends in; none for zero itself.
    pub(super) fn trailing_zeros(&self) -> usize {
        self.0.iter().take_while(|digit| **digit == 0).count()
    }
}

impl std::fmt::Display for Natural {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_zero() {
            return f.write_str("0");
        }
        self.0.iter().rev().try_for_each(|digit| write!(f, "{digit}"))
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        let digits = |number: &Self| number.0.iter().rev().copied().collect::<Vec<_>>();
        self.0.len().cmp(&other.0.len()).then_with(|| digits(self).cmp(&digits(other)))
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::Natural;

    #[test]
    fn it_calculates() {
        for (a, b) in [(0, 7), (1, 1), (999, 999), (1024, 1 << 60), (u64::MAX.into(), u64::MAX.into())] {
            let product = Natural::of(a).times(&Natural::of(b));
            assert_eq!(product.to_string(), (a * b).to_string());
            assert_eq!(Natural::of(a).successor(), Natural::of(a + 1));
            assert_eq!(Natural::of(a).cmp(&Natural::of(b)), a.cmp(&b));
        }
        assert_eq!(Natural::of(1200).cut(2), (Natural::of(12), false));
        assert_eq!(Natural::of(1201).cut(2), (Natural::of(12), true));
        assert_eq!(Natural::of(12).shifted(2), Natural::of(1200));
        assert_eq!(Natural::read("00").shifted(2), Natural::of(0));
        assert_eq!(Natural::of(1200).trailing_zeros(), 2);
    }
}
