//! Bytes of a file as text.

use std::borrow::Cow;

/// What stands for a byte that is not text. One byte, so that offsets survive; a control character, so that no manifest has it
/// on purpose and the reader refuses the document.
pub(super) const INVALID: char = '\u{1A}';

/// The text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<'b> {
    /// The text: without a byte order mark, UTF-16 converted. Bytes that are not valid are replaced one for one by the control
    /// character U+001A; the reader refuses exactly the documents that contain one.
    pub text: Cow<'b, str>,
    /// Offsets in `text` of the bytes replaced; at most the first 1,000.
    pub invalid: Vec<usize>,
}

const REPORTED: usize = 1_000;

/// Turns the bytes of a file into text: UTF-8 with or without a byte order mark, or UTF-16 with one. Never fails, see [`Text`].
#[must_use]
pub fn decode_text(bytes: &[u8]) -> Text<'_> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Text<'_> {
    if let Ok(text) = str::from_utf8(bytes) {
        return Text { text: Cow::Borrowed(text), invalid: Vec::new() };
    }
    let mut text = String::with_capacity(bytes.len());
    let mut invalid = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for _ in chunk.invalid() {
            replace(&mut text, &mut invalid);
        }
    }
    Text { text: Cow::Owned(text), invalid }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Text<'static> {
    let mut text = String::with_capacity(bytes.len());
    let mut invalid = Vec::new();
    let pairs = bytes.chunks_exact(2);
    let odd = !pairs.remainder().is_empty();
    for decoded in char::decode_utf16(pairs.map(|pair| unit([pair[0], pair[1]]))) {
        match decoded {
            Ok(character) => text.push(character),
            Err(_) => replace(&mut text, &mut invalid),
        }
    }
    if odd {
        replace(&mut text, &mut invalid);
    }
    Text { text: Cow::Owned(text), invalid }
}

fn replace(text: &mut String, invalid: &mut Vec<usize>) {
    if invalid.len() < REPORTED {
        invalid.push(text.len());
    }
    text.push(INVALID);
}
