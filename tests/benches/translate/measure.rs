//! Two pieces of work that take turns, timed.

use std::fs;
use std::time::{Duration, Instant};

/// How long a comparison may take, and how many rounds it has at most.
const BUDGET: Duration = Duration::from_secs(3);
const ROUNDS: usize = 15;

/// The medians of two pieces of work.
pub(super) struct Comparison {
    pub(super) first: Duration,
    pub(super) second: Duration,
}

impl Comparison {
    pub(super) fn new(mut first: Vec<Duration>, mut second: Vec<Duration>) -> Self {
        Comparison { first: median(&mut first), second: median(&mut second) }
    }

    /// The second in units of the first, with two decimals.
    pub(super) fn ratio(&self) -> String {
        let hundredths = self.second.as_nanos() * 100 / self.first.as_nanos().max(1);
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

/// Runs both in turns: once to warm up, then for as many rounds as the budget allows, three at least.
pub(super) fn compare(mut first: impl FnMut(), mut second: impl FnMut()) -> Comparison {
    first();
    second();
    let begin = Instant::now();
    let (mut firsts, mut seconds) = (Vec::new(), Vec::new());
    while firsts.len() < 3 || (firsts.len() < ROUNDS && begin.elapsed() < BUDGET) {
        firsts.push(timed(&mut first));
        seconds.push(timed(&mut second));
    }
    Comparison::new(firsts, seconds)
}

pub(super) fn timed(work: &mut impl FnMut()) -> Duration {
    let wall = Instant::now();
    let before = cpu_time();
    work();
    match (before, cpu_time()) {
        (Some(before), Some(after)) => after - before,
        _ => wall.elapsed(),
    }
}

/// The CPU time of this thread, where the system tells it (Linux).
fn cpu_time() -> Option<Duration> {
    // The count is brought up to date when the scheduler looks at the thread.
    std::thread::yield_now();
    let counts = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    counts.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// A duration in milliseconds with one decimal.
pub(super) fn milliseconds(time: Duration) -> String {
    format!("{}.{}", time.as_micros() / 1000, time.as_micros() / 100 % 10)
}

/// Microseconds for each of `count`, with one decimal.
pub(super) fn per_object(time: Duration, count: usize) -> String {
    let tenths = time.as_nanos() / 100 / count as u128;
    format!("{}.{}", tenths / 10, tenths % 10)
}
