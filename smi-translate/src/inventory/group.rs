//! An HTTPRouteGroup in the inventory: its matches compiled once, however many splits refer to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use smi_types::validate::{self, Finding};
use smi_types::{FieldPath, Layout, Segment, Version, hub};

use crate::diagnostic::{Code, Diagnostic, Severity, quoted};
use crate::intent::{HeaderCondition, HeaderName, HttpMatch, Methods};
use crate::options::{HeaderMatching, Options, PathAnchoring};
use crate::pattern::{Pattern, PatternError, Scope, Shape};
use crate::reference::ObjectRef;

/// An HTTPRouteGroup and its compiled matches.
#[derive(Clone, Debug)]
pub struct Group {
    /// Names the object.
    pub reference: ObjectRef,
    /// The object.
    pub object: Arc<hub::HTTPRouteGroup>,
    /// The matches that can match, in written order, with their index in the object. Broken ones are left out: they match
    /// nothing (SMI-VAL-31, SMI-VAL-37, A-39).
    pub matches: Vec<(usize, Arc<HttpMatch>)>,
    findings: Vec<Diagnostic>,
}

impl Group {
    /// Compiles a group; `broken` are the indices of matches that could not be read.
    pub(super) fn new(group: hub::HTTPRouteGroup, broken: &BTreeSet<usize>, options: &Options) -> Group {
        let reference = ObjectRef::new("HTTPRouteGroup", group.metadata.namespace(), group.metadata.name());
        let mut broken = broken.clone();
        let mut findings = Vec::new();
        for finding in validate::http_route_group(&group, &options.validation()) {
            let index = match_index(&finding.path);
            if index.is_some_and(|i| broken.contains(&i)) {
                continue;
            }
            match finding.code {
                _ if finding.severity != validate::Severity::Error => {}
                "SMI-VAL-37" => broken.extend(index),
                "SMI-VAL-2" => broken.extend(0..group.matches.len()),
                _ => {}
            }
            findings.push(from_finding(finding, &reference));
        }
        let mut matches = Vec::new();
        for (index, source) in group.matches.iter().enumerate().filter(|(i, _)| !broken.contains(i)) {
            match compile(source, &reference, options) {
                Ok(compiled) => matches.push((index, Arc::new(compiled))),
                Err((field, error)) => {
                    let path = field
                        .iter()
                        .fold(match_path(group.version, index), |path, key| path.key(key.clone()));
                    findings.push(bad_pattern(&reference, path, &error));
                }
            }
        }
        Group { reference, object: Arc::new(group), matches, findings }
    }

    /// What the group says about itself.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut findings = self.findings.clone();
        for (index, compiled) in &self.matches {
            let path = match_path(self.object.version, *index);
            if let Some(pattern) = compiled.path.as_ref().filter(|pattern| pattern.ends_inside_segment()) {
                findings.push(prefix_surprise(&self.reference, path.clone().key("pathRegex"), pattern));
            }
            for header in &compiled.headers {
                if let Some(witness) = header.pattern.differs_from_search() {
                    findings.push(full_match_surprise(
                        &self.reference,
                        path.clone().key("headers"),
                        header,
                        &witness,
                    ));
                }
            }
        }
        findings
    }
}

/// Where the match with this index stands in a group of this version.
pub(crate) fn match_path(version: Version, index: usize) -> FieldPath {
    let root = match layout(version) {
        Layout::Root => FieldPath::root(),
        Layout::Spec => FieldPath::of("spec"),
    };
    root.key("matches").index(index)
}

/// Where the fields of an HTTPRouteGroup of this version stand.
pub(crate) const fn layout(version: Version) -> Layout {
    match version {
        Version::V1Alpha1 | Version::V1Alpha2 => Layout::Root,
        Version::V1Alpha3 | Version::V1Alpha4 => Layout::Spec,
    }
}

fn match_index(path: &FieldPath) -> Option<usize> {
    path.segments().iter().find_map(|segment| match segment {
        Segment::Index(index) => Some(*index),
        Segment::Key(_) => None,
    })
}

/// Compiles one match, or says which field holds a pattern that cannot be read.
fn compile(
    source: &hub::HTTPMatch,
    group: &ObjectRef,
    options: &Options,
) -> Result<HttpMatch, (Vec<String>, PatternError)> {
    let path_scope = match options.path_anchoring {
        PathAnchoring::Start => Scope::Start,
        PathAnchoring::Full => Scope::Full,
    };
    let header_scope = match options.header_matching {
        HeaderMatching::Full => Scope::Full,
        HeaderMatching::Search => Scope::Anywhere,
    };
    let path = match source.path_regex.as_deref() {
        None | Some("") => None,
        Some(regex) => Some(Pattern::new(regex, path_scope).map_err(|e| (vec!["pathRegex".to_owned()], e))?),
    };
    let mut headers = Vec::new();
    for (name, regex) in source.headers.iter().flat_map(|headers| &headers.entries) {
        let pattern =
            Pattern::new(regex, header_scope).map_err(|e| (vec!["headers".to_owned(), name.clone()], e))?;
        let condition = HeaderCondition { name: HeaderName::new(name), pattern };
        if !headers
            .iter()
            .any(|h: &HeaderCondition| h.name == condition.name && h.pattern == condition.pattern)
        {
            headers.push(condition);
        }
    }
    Ok(HttpMatch {
        group: group.clone(),
        name: source.name.clone(),
        path,
        methods: Methods::new(source.methods.as_deref().unwrap_or_default()),
        headers,
    })
}

/// Turns a finding of validation into a diagnostic.
pub(crate) fn from_finding(finding: Finding, object: &ObjectRef) -> Diagnostic {
    let Finding { code, severity, path, message, effect, help } = finding;
    let severity = match severity {
        validate::Severity::Error => Severity::Error,
        validate::Severity::Warning => Severity::Warning,
        validate::Severity::Info => Severity::Info,
    };
    Diagnostic {
        help: help.map(Into::into),
        ..Diagnostic::new(Code(code), severity, message, effect).on(object).at(path)
    }
}

fn bad_pattern(group: &ObjectRef, path: FieldPath, error: &PatternError) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code("SMI-VAL-31"),
        Severity::Error,
        format!("this is not a regular expression that meshes can run: {}", error.message),
        "this match matches nothing; the other matches of the group are not affected",
    );
    Diagnostic { help: error.help.clone().map(Into::into), ..diagnostic.on(group).at(path) }
}

fn prefix_surprise(group: &ObjectRef, path: FieldPath, pattern: &Pattern) -> Diagnostic {
    let source = pattern.source();
    let is_literal = matches!(pattern.shape(), Shape::Prefix(text) if text == source);
    let is_short = quoted(source) == format!("{source:?}");
    let shown = if is_short { source } else { "…" };
    let (example, group_of) = match is_literal {
        true if is_short => (format!(", such as {:?}", format!("{source}x")), shown.to_owned()),
        true => (String::new(), shown.to_owned()),
        false => (String::new(), format!("(?:{shown})")),
    };
    Diagnostic::new(
        Code("SMI-VAL-36"),
        Severity::Warning,
        format!("the path pattern {} ends inside a path segment", quoted(source)),
        format!("it is anchored at the start only, so it also accepts paths that go on in the same segment{example}"),
    )
    .on(group)
    .at(path)
    .help(format!("write {:?} for whole segments, or {:?} for that path alone", format!("{group_of}(/.*)?$"), format!("{group_of}$")))
}

fn full_match_surprise(
    group: &ObjectRef,
    path: FieldPath,
    header: &HeaderCondition,
    witness: &str,
) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-35"),
        Severity::Warning,
        format!(
            "the pattern {} of header {} must match the whole value",
            quoted(header.pattern.source()),
            header.name
        ),
        format!("a value such as {} contains it but is not accepted", quoted(witness)),
    )
    .on(group)
    .at(path)
    .help("write \".*\" before and after the pattern if a part of the value is meant")
}
