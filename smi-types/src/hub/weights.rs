//! The rule that turns the weights of one split into integers (SMI-CONV-41 to 44): one factor for all of them, exact.

use std::error::Error;
use std::fmt;

use super::Backend;
use crate::quantity::{Quantity, QuantityError};
use crate::quote::quoted;
use crate::{Version, Weight};

/// Why the weights of a split cannot be read (SMI-VAL-43).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightError {
    /// The backend, counted from zero.
    pub backend: usize,
    /// Its Service as written.
    pub service: String,
    /// Its weight as written.
    pub weight: String,
    /// What is wrong with it.
    pub problem: WeightProblem,
}

/// What can be wrong with a weight.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeightProblem {
    /// It is below zero.
    Negative,
    /// It is a number with a fraction, in a version whose weights are whole (SMI-CONV-44).
    Fraction,
    /// It does not fit a signed 64-bit integer, on its own or after the common factor.
    TooLarge,
    /// It is a string that is no quantity.
    NotAQuantity(QuantityError),
}

impl fmt::Display for WeightError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WeightError { backend, service, weight, problem } = self;
        write!(f, "the weight {} of ", shown(weight))?;
        match service.as_str() {
            "" => write!(f, "backend {backend}")?,
            service => write!(f, "backend {}", quoted(service))?,
        }
        match problem {
            WeightProblem::Negative => f.write_str(" is negative"),
            WeightProblem::Fraction => f.write_str(" is not a whole number"),
            WeightProblem::TooLarge if fits_alone(weight) => {
                f.write_str(" does not fit a signed 64-bit integer in the unit that makes every weight whole")
            }
            WeightProblem::TooLarge => f.write_str(" does not fit a signed 64-bit integer"),
            WeightProblem::NotAQuantity(error) => write!(f, " is not a quantity: {}", error.problem()),
        }
    }
}

/// Whether it is the weights beside it that make a weight too large.
fn fits_alone(weight: &str) -> bool {
    let whole = |quantity: Quantity| quantity.nanos() / Quantity::from(1).nanos();
    Quantity::parse(weight).is_ok_and(|quantity| i64::try_from(whole(quantity)).is_ok())
}

/// Numbers stand in a message as they are, anything else in quotes.
fn shown(weight: &str) -> String {
    match weight.parse::<i64>() {
        Ok(n) => n.to_string(),
        Err(_) => quoted(weight),
    }
}

impl Error for WeightError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.problem {
            WeightProblem::NotAQuantity(error) => Some(error),
            _ => None,
        }
    }
}

/// The integers for the weights of `backends`, in their order.
pub(super) fn integers(version: Version, backends: &[Backend]) -> Result<Vec<i64>, WeightError> {
    let fail = |index: usize, problem| {
        let Backend { service, weight } = &backends[index];
        let weight = weight.as_ref().map(Weight::to_string).unwrap_or_default();
        WeightError { backend: index, service: service.clone(), weight, problem }
    };
    let mut nanos = Vec::with_capacity(backends.len());
    for (index, Backend { service: _, weight }) in backends.iter().enumerate() {
        let exact = weight.as_ref().map_or(Ok(0), |weight| exact_nanos(version, weight));
        match exact {
            Ok(weight) if weight < 0 => return Err(fail(index, WeightProblem::Negative)),
            Ok(weight) => nanos.push(weight),
            Err(problem) => return Err(fail(index, problem)),
        }
    }
    let unit = common_unit(&nanos);
    for weight in &mut nanos {
        *weight /= unit;
    }
    if nanos.iter().any(|weight| i64::try_from(*weight).is_err()) {
        let divisor = nanos.iter().copied().fold(0, gcd);
        for weight in &mut nanos {
            *weight /= divisor;
        }
    }
    let fits = |(index, weight)| i64::try_from(weight).map_err(|_| fail(index, WeightProblem::TooLarge));
    nanos.into_iter().enumerate().map(fits).collect()
}

/// One weight, in nano units.
fn exact_nanos(version: Version, weight: &Weight) -> Result<i128, WeightProblem> {
    let text = match weight {
        Weight::Integer(n) => return Ok(Quantity::from(*n).nanos()),
        Weight::Decimal(text) if version != Version::V1Alpha1 => return Err(outside_v1alpha1(text)),
        Weight::Decimal(text) | Weight::Quantity(text) => text,
    };
    use crate::quantity::QuantityProblem::TooLarge;
    Quantity::parse(text).map(Quantity::nanos).map_err(|error| match error.problem() {
        TooLarge if text.starts_with('-') => WeightProblem::Negative,
        TooLarge => WeightProblem::TooLarge,
        _ => WeightProblem::NotAQuantity(error),
    })
}

/// What is wrong with a number that is no 64-bit integer, in a version that wants integers.
fn outside_v1alpha1(text: &str) -> WeightProblem {
    if text.starts_with('-') {
        WeightProblem::Negative
    } else if text.bytes().all(|b| b.is_ascii_digit()) {
        WeightProblem::TooLarge
    } else {
        WeightProblem::Fraction
    }
}

/// The largest of 1, 1m, 1u and 1n, in nano units, of which every weight is a multiple: the smallest factor that makes all
/// weights whole (SMI-CONV-41).
fn common_unit(nanos: &[i128]) -> i128 {
    let divides_all = |unit: &i128| nanos.iter().all(|weight| weight % unit == 0);
    [1_000_000_000, 1_000_000, 1_000].into_iter().find(divides_all).unwrap_or(1)
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;
    use Version::{V1Alpha1, V1Alpha2, V1Alpha4};

    fn backends(json: &str) -> Vec<Backend> {
        let weights: Vec<Option<Weight>> = serde_json::from_str(json).unwrap();
        let named = |(i, weight)| Backend { service: format!("web-v{i}"), weight };
        weights.into_iter().enumerate().map(named).collect()
    }

    #[test]
    fn the_table_of_section_12_2() {
        for (version, weights, expected) in [
            (V1Alpha1, r#"["10m","100m","1500m"]"#, vec![10, 100, 1500]),
            (V1Alpha1, r#"["1","500m"]"#, vec![1000, 500]),
            (V1Alpha1, r#"["1","0m"]"#, vec![1, 0]),
            (V1Alpha1, r#"["100m","900m"]"#, vec![100, 900]),
            (V1Alpha1, r#"["0.0001","1"]"#, vec![100, 1_000_000]),
            (V1Alpha1, r#"["1k","1"]"#, vec![1000, 1]),
            (V1Alpha1, r#"["1e3","1Ki"]"#, vec![1000, 1024]),
            (V1Alpha1, r#"["1.5","500m"]"#, vec![1500, 500]),
            (V1Alpha1, "[0.5,1]", vec![500, 1000]),
            (V1Alpha2, "[1000,500]", vec![1000, 500]),
            (V1Alpha2, "[75,25]", vec![75, 25]),
            (V1Alpha2, "[null,100]", vec![0, 100]),
            (V1Alpha2, "[50.0,50]", vec![50, 50]),
            // Servers without conversion return a quantity under a later version.
            (V1Alpha2, r#"["500m",1]"#, vec![500, 1000]),
            (V1Alpha4, r#"["0.5","1"]"#, vec![500, 1000]),
            (V1Alpha4, "[0,0]", vec![0, 0]),
            (V1Alpha4, "[5]", vec![5]),
            (V1Alpha4, "[10,20,30]", vec![10, 20, 30]),
            (V1Alpha4, "[]", vec![]),
        ] {
            assert_eq!(integers(version, &backends(weights)).unwrap(), expected, "{version} {weights}");
        }
    }

    #[test]
    fn beyond_64_bits_the_common_divisor_helps_or_nothing_does() {
        assert_eq!(integers(V1Alpha1, &backends(r#"["10E","20E"]"#)).unwrap(), [1, 2]);
        assert_eq!(integers(V1Alpha1, &backends(r#"["10E","0"]"#)).unwrap(), [1, 0]);
        assert_eq!(integers(V1Alpha1, &backends("[18446744073709551614,2]")).unwrap(), [i64::MAX, 1]);
        assert_eq!(
            integers(V1Alpha1, &backends(r#"["1E","1n"]"#)).unwrap_err().problem,
            WeightProblem::TooLarge
        );
        assert_eq!(integers(V1Alpha4, &backends("[9223372036854775807]")).unwrap(), [i64::MAX]);
    }

    #[test]
    fn errors_name_the_backend_and_the_reason() {
        for (version, weights, message) in [
            (V1Alpha1, r#"["-1"]"#, r#"the weight -1 of backend "web-v0" is negative"#),
            (V1Alpha2, "[1,-5]", r#"the weight -5 of backend "web-v1" is negative"#),
            (V1Alpha2, "[0.5]", r#"the weight "0.5" of backend "web-v0" is not a whole number"#),
            (V1Alpha4, "[-0.5]", r#"the weight "-0.5" of backend "web-v0" is negative"#),
            (
                V1Alpha4,
                "[9223372036854775808]",
                r#"the weight "9223372036854775808" of backend "web-v0" does not fit a signed 64-bit integer"#,
            ),
            (
                V1Alpha1,
                r#"["1e400"]"#,
                r#"the weight "1e400" of backend "web-v0" does not fit a signed 64-bit integer"#,
            ),
            (
                V1Alpha1,
                r#"["1n","10G"]"#,
                r#"the weight "10G" of backend "web-v1" does not fit a signed 64-bit integer in the unit that makes every weight whole"#,
            ),
            (
                V1Alpha1,
                r#"["ten"]"#,
                r#"the weight "ten" of backend "web-v0" is not a quantity: it does not start with a number"#,
            ),
        ] {
            let error = integers(version, &backends(weights)).unwrap_err();
            assert_eq!(error.to_string(), message, "{version} {weights}");
        }
    }
}
