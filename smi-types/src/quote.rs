//! How text from the input is shown in messages: quoted, escaped, and never longer than a line.

/// Characters of the input that a message shows at most.
const LIMIT: usize = 60;

/// The text in quotes; a long one is cut and ends in an ellipsis.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{:?}", format!("{}…", &text[..end])),
        None => format!("{text:?}"),
    }
}

/// Bytes of a message at most: room for every text of ours with the names it quotes.
const CLAUSE: usize = 1000;

/// A message that may hold text of the input as it is: without control characters, which could write over a terminal or a log, and cut
/// where it is longer than anybody reads.
pub(crate) fn clause(text: String) -> String {
    if text.len() <= CLAUSE && !text.contains(char::is_control) {
        return text;
    }
    let mut clause = String::new();
    for c in text.chars() {
        if clause.len() >= CLAUSE {
            return clause + "…";
        }
        if c.is_control() { clause.extend(c.escape_default()) } else { clause.push(c) }
    }
    clause
}

#[cfg(test)]
mod tests {
    use super::{CLAUSE, clause, quoted};

    #[test]
    fn a_message_neither_writes_over_the_terminal_nor_fills_it() {
        assert_eq!(clause("no field ü".to_owned()), "no field ü");
        assert_eq!(clause("no field \u{1b}[2J\t".to_owned()), "no field \\u{1b}[2J\\t");
        let long = clause("ü".repeat(100_000));
        assert!(long.len() <= CLAUSE + 4 && long.ends_with("ü…"), "{}", long.len());
    }

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(quoted("web"), r#""web""#);
        assert_eq!(quoted("a\nb"), r#""a\nb""#);
        let long = quoted(&"ü".repeat(1000));
        assert_eq!(long.chars().count(), 63);
        assert!(long.ends_with("…\""));
    }
}
