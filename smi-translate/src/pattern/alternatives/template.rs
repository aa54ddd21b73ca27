//! Templates of paths, as Envoy's URI templates have them.

use std::fmt;
use std::str::FromStr;

/// A template of whole paths: `/a/{*}/b`.
///
/// Segments are separated by `/`. `{*}` stands for one or more, `{**}` for any number of the characters
/// `A-Za-z0-9._~%!$&'()*+,;:@=-`, and `{**}` for slashes too. Versions of Envoy before 2025 lack `*` and `=` among them;
/// [`PathTemplate::accepts`] has them.
///
/// Envoy 1.40 aborts when it loads a template with an empty segment or without a slash at its start, so there is no value of this
/// type for such a text: [`PathTemplate::new`] and `parse` are the only ways to one.
///
/// ```
/// use smi_translate::pattern::PathTemplate;
///
/// let template: PathTemplate = "/users/{*}/orders".parse()?;
/// assert!(template.accepts("/users/7/orders"));
/// assert!(!template.accepts("/users//orders"));
/// assert_eq!(template.to_string(), "/users/{*}/orders");
///
/// assert!("/a//{*}".parse::<PathTemplate>().is_err());
/// # Ok::<(), smi_translate::pattern::TemplateError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PathTemplate {
    segments: Vec<TemplateSegment>,
    trailing_slash: bool,
}

/// What a template says of one segment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TemplateSegment {
    /// This text.
    Literal(String),
    /// `{*}`: any segment that is not empty.
    One,
    /// `{**}`: any number of segments.
    Many,
}

/// Why a text is no [`PathTemplate`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TemplateError {
    /// It does not begin with `/`.
    NoLeadingSlash,
    /// Two slashes follow each other, or there is no segment at all.
    EmptySegment,
    /// This segment has characters that a literal of a template cannot have, such as braces.
    BadLiteral(String),
    /// An operator follows `{**}`.
    AfterMany,
    /// Neither `{*}` nor `{**}`: a literal path is none.
    NoOperator,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TemplateError::NoLeadingSlash => f.write_str("a path template begins with \"/\""),
            TemplateError::EmptySegment => f.write_str("a path template has no empty segment"),
            TemplateError::BadLiteral(literal) => {
                write!(f, "\"{literal}\" is no segment of a path template")
            }
            TemplateError::AfterMany => f.write_str("nothing but literal segments can follow \"{**}\""),
            TemplateError::NoOperator => f.write_str("a path template has \"{*}\" or \"{**}\" in it"),
        }
    }
}

impl std::error::Error for TemplateError {}

impl PathTemplate {
    /// The template of these segments, with a slash behind the last one if so said.
    ///
    /// # Errors
    ///
    /// If there is no operator among the segments, one behind [`TemplateSegment::Many`], or a literal that is empty or has other
    /// characters than `A-Za-z0-9._~%!$&'()+,;:@=-`.
    pub fn new(segments: Vec<TemplateSegment>, trailing_slash: bool) -> Result<PathTemplate, TemplateError> {
        let mut operators = 0;
        let mut many = false;
        for segment in &segments {
            match segment {
                TemplateSegment::Literal(text) if text.is_empty() => return Err(TemplateError::EmptySegment),
                TemplateSegment::Literal(text) if !text.bytes().all(in_literal) => {
                    return Err(TemplateError::BadLiteral(text.clone()));
                }
                TemplateSegment::Literal(_) => {}
                TemplateSegment::One | TemplateSegment::Many if many => return Err(TemplateError::AfterMany),
                operator => {
                    operators += 1;
                    many = *operator == TemplateSegment::Many;
                }
            }
        }
        match (segments.is_empty(), operators) {
            (true, _) => Err(TemplateError::EmptySegment),
            (_, 0) => Err(TemplateError::NoOperator),
            _ => Ok(PathTemplate { segments, trailing_slash }),
        }
    }

    /// What stands between the slashes, in order; never empty.
    #[must_use]
    pub fn segments(&self) -> &[TemplateSegment] {
        &self.segments
    }

    /// Whether a slash follows the last segment.
    #[must_use]
    pub fn trailing_slash(&self) -> bool {
        self.trailing_slash
    }

    /// Whether the template accepts `path` as a whole.
    #[must_use]
    pub fn accepts(&self, path: &str) -> bool {
        let mut rest = path;
        for (index, segment) in self.segments.iter().enumerate() {
            let Some(behind) = rest.strip_prefix('/') else { return false };
            let (found, next) = behind.split_at(behind.find('/').unwrap_or(behind.len()));
            let fits = match segment {
                TemplateSegment::Literal(text) => found == text,
                TemplateSegment::One => !found.is_empty() && found.bytes().all(in_operator),
                TemplateSegment::Many => {
                    let end = self.render(index + 1);
                    return behind
                        .strip_suffix(end.as_str())
                        .is_some_and(|inside| inside.bytes().all(|byte| byte == b'/' || in_operator(byte)));
                }
            };
            if !fits {
                return false;
            }
            rest = next;
        }
        rest == if self.trailing_slash { "/" } else { "" }
    }

    /// The text from the segment with this index on.
    fn render(&self, from: usize) -> String {
        let mut text = String::new();
        for segment in &self.segments[from..] {
            text.push('/');
            text.push_str(match segment {
                TemplateSegment::Literal(literal) => literal,
                TemplateSegment::One => "{*}",
                TemplateSegment::Many => "{**}",
            });
        }
        if self.trailing_slash {
            text.push('/');
        }
        text
    }
}

impl fmt::Display for PathTemplate {
    /// As Istio and Envoy spell it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(0))
    }
}

impl FromStr for PathTemplate {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<PathTemplate, TemplateError> {
        let inner = text.strip_prefix('/').ok_or(TemplateError::NoLeadingSlash)?;
        let (inner, trailing_slash) =
            inner.strip_suffix('/').map_or((inner, false), |without| (without, true));
        let segments = inner.split('/').map(|segment| match segment {
            "{*}" => TemplateSegment::One,
            "{**}" => TemplateSegment::Many,
            literal => TemplateSegment::Literal(literal.to_owned()),
        });
        PathTemplate::new(segments.collect(), trailing_slash)
    }
}

/// Whether an operator takes this byte, in every version of Envoy.
pub(super) fn in_every_operator(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._~%!$&'()+,;:@-".contains(&byte)
}

/// Whether an operator takes this byte, in some version of Envoy.
pub(super) fn in_operator(byte: u8) -> bool {
    in_every_operator(byte) || matches!(byte, b'*' | b'=')
}

/// Whether a literal segment can hold this byte.
fn in_literal(byte: u8) -> bool {
    in_operator(byte) && byte != b'*'
}
