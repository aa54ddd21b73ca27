//! Comparisons of AuthorizationPolicies: exact, `abc*`, `*abc`, `*`, and path templates (4.5).

use regex::bytes::Regex;

/// One value of a list of texts.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Exact(String),
    Prefix(String),
    Suffix(String),
    /// `*`
    Any,
}

impl Text {
    /// Any other star than one at an end is a literal one; one at the beginning counts first.
    pub(super) fn new(value: &str) -> Text {
        match (value, value.strip_prefix('*'), value.strip_suffix('*')) {
            ("*", _, _) => Text::Any,
            (_, Some(suffix), _) => Text::Suffix(suffix.to_owned()),
            (_, None, Some(prefix)) => Text::Prefix(prefix.to_owned()),
            (exact, None, None) => Text::Exact(exact.to_owned()),
        }
    }

    /// Whether it accepts a text that `*` accepts only where it is not empty.
    pub(super) fn accepts(&self, value: &str) -> bool {
        match self {
            Text::Any => !value.is_empty(),
            other => other.accepts_line(value),
        }
    }

    /// The same for a line of a header, of which `*` asks only that it is there.
    pub(super) fn accepts_line(&self, value: &str) -> bool {
        match self {
            Text::Exact(text) => value == text,
            Text::Prefix(text) => value.starts_with(text),
            Text::Suffix(text) => value.ends_with(text),
            Text::Any => true,
        }
    }

    /// The same without regard to case, as hosts are compared.
    pub(super) fn accepts_host(&self, value: &str) -> bool {
        let value = value.to_ascii_lowercase();
        match self {
            Text::Exact(text) => value == text.to_ascii_lowercase(),
            Text::Prefix(text) => value.starts_with(&text.to_ascii_lowercase()),
            Text::Suffix(text) => value.ends_with(&text.to_ascii_lowercase()),
            Text::Any => true,
        }
    }
}

/// One value of `paths`.
#[derive(Clone, Debug)]
pub(super) enum Path {
    Text(Text),
    Template(Regex),
}

/// What a segment of a path template may hold.
const SEGMENT: &str = r"[A-Za-z0-9\-._~%!$&'()*+,;:@=]";
const LITERAL: &[u8] = b"-._~%!$&'()+,;:@=";

impl Path {
    /// Reads a value.
    ///
    /// # Errors
    ///
    /// What the webhook refuses, and what it lets through though Envoy aborts on it.
    pub(super) fn new(value: &str) -> Result<Path, String> {
        if !value.contains("{*}") && !value.contains("{**}") {
            return match value.contains(['{', '}']) {
                true => Err(format!("7.2 (6): a brace outside of a template in {value:?}")),
                false => Ok(Path::Text(Text::new(value))),
            };
        }
        let Some(rest) = value.strip_prefix('/') else {
            return Err(format!("Envoy aborts on the template {value:?}: it does not begin with a slash"));
        };
        let segments: Vec<&str> = rest.split('/').collect();
        let mut regex = String::from(r"\A(?s-u:");
        let mut open = true;
        for (index, segment) in segments.iter().enumerate() {
            regex.push('/');
            match *segment {
                "" if index + 1 == segments.len() && index > 0 => {}
                "" => return Err(format!("Envoy aborts on the template {value:?}: an empty segment")),
                "{*}" | "{**}" if !open => {
                    return Err(format!("7.2 (6): an operator after {{**}} in {value:?}"));
                }
                "{*}" => regex.push_str(&format!("{SEGMENT}+")),
                "{**}" => {
                    open = false;
                    regex.push_str(&format!("(?:{SEGMENT}|/)*"));
                }
                literal if literal.bytes().all(|b| b.is_ascii_alphanumeric() || LITERAL.contains(&b)) => {
                    regex.push_str(&regex::escape(literal));
                }
                _ => return Err(format!("7.2 (6): segment {segment:?} of the template {value:?}")),
            }
        }
        regex.push_str(r")\z");
        Regex::new(&regex).map(Path::Template).map_err(|error| error.to_string())
    }

    pub(super) fn accepts(&self, path: &str) -> bool {
        match self {
            Path::Text(text) => text.accepts(path),
            Path::Template(regex) => regex.is_match(path.as_bytes()),
        }
    }
}
