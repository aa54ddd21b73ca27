//! Warnings as an API server passes them on: in HTTP headers, each of 256 characters at most.

/// Longest warning, in characters.
const LIMIT: usize = 256;
/// How many are passed on; an API server stops at 4096 characters in all.
const COUNT: usize = 16;

/// A warning without control characters, and not too long.
pub(super) fn shortened(text: &str) -> String {
    let mut text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if let Some((end, _)) = text.char_indices().nth(LIMIT) {
        let last = text[..end].char_indices().next_back().map_or(0, |(start, _)| start);
        text.truncate(last);
        text.push('…');
    }
    text
}

/// As many as are passed on; the last says how many are left out.
pub(super) fn limited(mut warnings: Vec<String>) -> Vec<String> {
    if warnings.len() > COUNT {
        let left_out = warnings.len() - (COUNT - 1);
        warnings.truncate(COUNT - 1);
        warnings.push(format!("and {left_out} more warnings"));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut() {
        assert_eq!(shortened("a\nb\u{7f}"), "a b ");
        let exact = "ü".repeat(LIMIT);
        assert_eq!(shortened(&exact), exact);
        let cut = shortened(&format!("{exact}x"));
        assert_eq!((cut.chars().count(), cut.ends_with('…')), (LIMIT, true));
    }

    #[test]
    fn what_is_too_many_is_counted() {
        let some = |n: usize| vec!["w".to_owned(); n];
        assert_eq!(limited(some(COUNT)), some(COUNT));
        let limited = limited(some(20));
        assert_eq!((limited.len(), limited[COUNT - 1].as_str()), (COUNT, "and 5 more warnings"));
    }
}
