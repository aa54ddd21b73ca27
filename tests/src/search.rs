//! How generated worlds are searched: `SMI_WORLDS` and `SMI_SEED`.

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestRunner};

/// A number that an environment variable sets.
#[must_use]
pub fn number(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text}")),
        Err(_) => default,
    }
}

/// A runner of this many cases, which are the same in each run.
#[must_use]
pub fn runner(worlds: u64) -> TestRunner {
    TestRunner::new(Config {
        cases: u32::try_from(worlds).expect("a number of worlds that can be waited for"),
        rng_seed: RngSeed::Fixed(number("SMI_SEED", 0)),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::default()
    })
}

/// Values of a strategy without a test around them.
pub fn values<S: Strategy>(strategy: S, number: u64) -> impl Iterator<Item = S::Value> {
    let mut runner = runner(number);
    (0..number).map(move |_| strategy.new_tree(&mut runner).expect("worlds can be generated").current())
}
