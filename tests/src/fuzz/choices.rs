//! Bytes as choices: how the input of a fuzzer becomes a structured value. Where the bytes end, every choice is the first one.

use serde_json::{Value, json};

/// The bytes that have not decided anything yet.
#[derive(Clone, Debug)]
pub(super) struct Choices<'d>(&'d [u8]);

impl<'d> Choices<'d> {
    /// All of `data`.
    #[must_use]
    pub(super) fn new(data: &'d [u8]) -> Choices<'d> {
        Choices(data)
    }

    /// One byte.
    pub(super) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `limit`, which is at most 256.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        usize::from(self.byte()) % limit.max(1)
    }

    /// One of these.
    pub(super) fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// One time in `times`.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    /// Up to `most` items.
    pub(super) fn list<T>(&mut self, most: usize, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let count = self.below(most + 1);
        (0..count).map(|_| item(self)).collect()
    }

    /// A few bytes as they are, where they are text.
    pub(super) fn text(&mut self) -> String {
        let length = self.below(24).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    /// A value of any JSON type, of which few fit anywhere.
    pub(super) fn strange(&mut self) -> Value {
        match self.below(14) {
            0 => Value::Null,
            1 => json!(true),
            2 => json!(0),
            3 => json!(-1),
            4 => json!(u64::MAX),
            5 => json!(i64::MIN),
            6 => json!(1.5),
            7 => json!(1e300),
            8 => json!([]),
            9 => json!([null]),
            10 => json!({}),
            11 => json!({"a": {"b": []}}),
            12 => json!(""),
            _ => json!(self.text()),
        }
    }
}
