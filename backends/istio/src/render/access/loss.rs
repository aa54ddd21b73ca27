//! What of a match has no words in AuthorizationPolicy, and what there is to say about it.

use smi_translate::diagnostic::{Code, Diagnostic, Severity, quoted};
use smi_translate::intent::{AccessIntent, Grant, HeaderName, HttpMatch};
use smi_translate::pattern::Pattern;

use super::traffic::SaidMatch;
use super::words::Missing;

const METHOD: Code = Code("ISTIO-METHOD-1");
const PATH: Code = Code("ISTIO-PATH-2");
const HEADER: Code = Code("ISTIO-HEADER-2");
const REMOVED: Code = Code("ISTIO-HEADER-4");

/// A part of a match that cannot be said, or not wholly.
#[derive(Debug)]
pub(super) enum Part {
    /// A method that Istio would take for a wildcard.
    Method(String),
    Path(Pattern, Missing),
    Header(HeaderName, Pattern, Missing),
    /// A header that proxies take off before any condition is compared, or write themselves.
    Removed(HeaderName),
}

impl Part {
    fn code(&self) -> Code {
        match self {
            Part::Method(_) => METHOD,
            Part::Path(..) => PATH,
            Part::Header(..) => HEADER,
            Part::Removed(_) => REMOVED,
        }
    }
}

/// Which losses a grant accepts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Losses {
    method: bool,
    path: bool,
    header: bool,
}

impl Losses {
    pub(super) fn accepted_by(intent: &AccessIntent, grant: &Grant) -> Losses {
        let accepts = |code| intent.allows(grant, code);
        Losses { method: accepts(METHOD), path: accepts(PATH), header: accepts(HEADER) }
    }

    pub(super) fn has(self, part: &Part) -> bool {
        match part {
            Part::Method(_) => self.method,
            Part::Path(..) => self.path,
            Part::Header(..) => self.header,
            // No request has it by then, and nothing of the match can be said.
            Part::Removed(_) => true,
        }
    }
}

/// Says for every part of a match that is missing what that means for a grant.
pub(super) fn diagnostics<'a>(
    grant: &'a Grant,
    said: &'a SaidMatch,
    accepted: Losses,
    ambient: bool,
) -> impl Iterator<Item = Diagnostic> + 'a {
    let rendered = said.missing.iter().all(|part| accepted.has(part));
    let effect = match (rendered, said.is_satisfiable) {
        (true, true) => "only the part of the match that can be said is granted",
        (true, false) => "nothing of the match can be said, so that what no other match admits is denied",
        (false, _) => "the match is left out: what no other match admits is denied",
    };
    let narrower = match said.is_satisfiable {
        true => "accepting the loss grants the part that can be said",
        false => "without it nothing of the match can be said",
    };
    // What no condition sees is enforced by nothing, whatever is done about the other parts.
    let is_exact_of_use = !ambient && !said.asks_for_removed();
    let help = move |part: &Part| match (part, said.is_satisfiable) {
        (Part::Removed(_), _) => "use a header of your own".to_owned(),
        _ if is_exact_of_use => {
            format!("`--istio-exact` enforces the match exactly, by an EnvoyFilter; {narrower}")
        }
        (_, true) => narrower.to_owned(),
        (_, false) => "write the condition as exact texts, prefixes or suffixes".to_owned(),
    };
    said.missing.iter().map(move |part| {
        Diagnostic::new(part.code(), Severity::Loss, message(&said.source, part), effect)
            .on(&grant.target)
            .at(grant.rule_path(&said.source))
            .help(help(part))
    })
}

fn message(source: &HttpMatch, part: &Part) -> String {
    let what = match part {
        Part::Method(method) => {
            format!("asks for the method {method:?}, in which Istio takes the star for a wildcard")
        }
        Part::Path(pattern, missing) => {
            format!("has a path pattern that AuthorizationPolicy cannot say, {}", unsaid(pattern, missing))
        }
        Part::Header(name, pattern, missing) => {
            let unsaid = unsaid(pattern, missing);
            format!("has a pattern for the header {name} that AuthorizationPolicy cannot say, {unsaid}")
        }
        Part::Removed(name) => {
            format!(
                "asks for the header {name}, which no condition sees as it was sent: Istio's proxies remove it or write it themselves"
            )
        }
    };
    format!("match {:?} of {} {what}", source.name, source.group)
}

fn unsaid(pattern: &Pattern, missing: &Missing) -> String {
    let source = quoted(pattern.source());
    match &missing.example {
        Some(text) => format!("{source}: for example {} is accepted by SMI and denied here", quoted(text)),
        None => source,
    }
}

/// Says that a path is none that Istio compares: it percent-encodes some characters first, and cuts the query.
pub(super) fn no_such_path(grant: &Grant, source: &HttpMatch) -> Diagnostic {
    let pattern = source.path.as_ref().map(|path| quoted(path.source())).unwrap_or_default();
    Diagnostic::new(
        Code("ISTIO-PATH-3"),
        Severity::Warning,
        format!(
            "match {:?} of {} has a path pattern that no path satisfies once Istio has normalised it, {pattern}",
            source.name, source.group
        ),
        "the match admits nothing: braces and the like are percent-encoded by then, and the query is cut off",
    )
    .on(&grant.target)
    .at(grant.rule_path(source))
    .help("write the path as clients send it, percent-encoded and without the query")
}
