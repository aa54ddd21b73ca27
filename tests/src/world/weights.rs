//! Weights in every form a version allows, and now and then one it does not.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// A weight as v1alpha1 writes it: a quantity, mostly as a string.
pub(super) fn quantity() -> impl Strategy<Value = Option<Value>> {
    let text = select(vec![
        "1", "500m", "0", "0m", "10m", "100m", "1500m", "1.5", "0.0001", "100u", "1k", "1Ki", "1e3", "2E2",
        "25", "75", "1M", "3n", "+5", "0.5", "1G", "1Ei", "5E",
    ]);
    prop_oneof![
        24 => text.prop_map(|text| Some(json!(text))),
        8 => (0u32..=100).prop_map(|n| Some(json!(n))),
        2 => select(vec![0.5, 1.25, 50.0]).prop_map(|n| Some(json!(n))),
        1 => Just(None),
        1 => select(vec!["-1", "abc", "", "1KiB", "-500m"]).prop_map(|text| Some(json!(text))),
    ]
}

/// A weight as later versions write it: an integer.
pub(super) fn integer() -> impl Strategy<Value = Option<Value>> {
    prop_oneof![
        30 => (0u32..=100).prop_map(|n| Some(json!(n))),
        3 => Just(Some(json!(0))),
        2 => select(vec![i64::from(i32::MAX), 1 << 31, 1 << 32, i64::MAX, 1_000_000_007, 3 << 40]).prop_map(|n| Some(json!(n))),
        1 => select(vec![50.0, 1.0]).prop_map(|n| Some(json!(n))),
        1 => Just(None),
        1 => select(vec![json!(-1), json!(0.5), json!("500m"), json!("10")]).prop_map(Some),
    ]
}
