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

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn long_text_is_cut_at_a_character() {
        assert_eq!(quoted("web"), r#""web""#);
        assert_eq!(quoted("a\nb"), r#""a\nb""#);
        let long = quoted(&"ü".repeat(1000));
        assert_eq!(long.chars().count(), 63);
        assert!(long.ends_with("…\""));
    }
}
