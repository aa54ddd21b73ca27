//! What a grant lets through, in Istio's words: clauses, each of which is one entry of `to` with the entries of `when` it needs.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use smi_translate::OneOrMore;
use smi_translate::intent::{HeaderName, HttpMatch, Methods, PortSet};

use super::loss::{Losses, Part};
use super::words::{self, Paths, Said};
use crate::render::proxied_headers;
use crate::resources::authorization::{Operation, When};

/// Requests or connections that are let through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Clause {
    /// Whether it has a field for HTTP. istiod leaves a rule with such a field out of its filters for TCP, all of the rule, so that
    /// clauses of the two kinds must never share one.
    pub(super) http: bool,
    /// What is sent; `None` is everything.
    pub(super) operation: Option<Operation>,
    /// Further conditions; none where empty.
    pub(super) when: Vec<When>,
}

impl Clause {
    /// Everything that reaches these ports.
    pub(super) fn on_ports(ports: &PortSet, when: Vec<When>) -> Clause {
        Clause { http: false, operation: written_ports(ports).map(Operation::on_ports), when }
    }
}

/// Ports as Istio writes them; `None` is every port.
fn written_ports(ports: &PortSet) -> Option<OneOrMore<String>> {
    OneOrMore::new(ports.numbers()?.iter().map(u16::to_string).collect())
}

/// A match in Istio's words.
#[derive(Debug)]
pub(super) struct SaidMatch {
    pub(super) source: Arc<HttpMatch>,
    methods: Option<OneOrMore<String>>,
    paths: Vec<Paths>,
    when: Vec<When>,
    /// Whether there are requests that all of the above accept; then what is missing is missing from those.
    pub(super) is_satisfiable: bool,
    /// What of the match has no words.
    pub(super) missing: Vec<Part>,
    /// Whether no path that Istio compares satisfies it.
    has_no_path: bool,
}

impl SaidMatch {
    fn new(source: &Arc<HttpMatch>) -> SaidMatch {
        let mut said = SaidMatch {
            source: Arc::clone(source),
            methods: None,
            paths: vec![(None, None)],
            when: Vec::new(),
            is_satisfiable: true,
            missing: Vec::new(),
            has_no_path: false,
        };
        let possible = said.add_methods() && said.add_path() && said.add_headers();
        if !possible {
            // No request satisfies it, in SMI as in Istio.
            said.is_satisfiable = false;
            said.missing.clear();
        }
        said
    }

    /// Whether some method can satisfy the match.
    fn add_methods(&mut self) -> bool {
        let source = Arc::clone(&self.source);
        let Methods::OneOf(methods) = &source.methods else { return true };
        let is_plain = |method: &&String| !method.starts_with('*') && !method.ends_with('*');
        let (plain, starred): (Vec<&String>, Vec<&String>) =
            methods.iter().filter(|method| !method.is_empty()).partition(is_plain);
        self.missing.extend(starred.iter().map(|method| Part::Method((*method).clone())));
        self.methods = OneOrMore::new(plain.into_iter().cloned().collect());
        self.is_satisfiable &= self.methods.is_some();
        self.methods.is_some() || !starred.is_empty()
    }

    fn add_path(&mut self) -> bool {
        let source = Arc::clone(&self.source);
        let Some(pattern) = &source.path else { return true };
        let Said { alternatives, missing } = words::paths(pattern);
        let possible = !alternatives.is_empty() || missing.is_some();
        self.has_no_path = !possible;
        self.is_satisfiable &= !alternatives.is_empty();
        self.paths = alternatives;
        self.missing.extend(missing.map(|missing| Part::Path(pattern.clone(), missing)));
        possible
    }

    fn add_headers(&mut self) -> bool {
        let source = Arc::clone(&self.source);
        for header in &source.headers {
            let Some(name) = header_name(&header.name) else { return false };
            if proxied_headers::are_unseen(name) {
                self.missing.push(Part::Removed(header.name.clone()));
                self.is_satisfiable = false;
                continue;
            }
            let Said { alternatives, missing } = words::values(&header.pattern);
            if alternatives.is_empty() && missing.is_none() {
                return false;
            }
            let lost = |missing| Part::Header(header.name.clone(), header.pattern.clone(), missing);
            self.missing.extend(missing.map(lost));
            match OneOrMore::new(alternatives) {
                Some(values) => self.when.push(When { key: format!("request.headers[{name}]"), values }),
                None => self.is_satisfiable = false,
            }
        }
        self.when.sort();
        self.when.dedup();
        true
    }

    /// Whether it asks for a header that no request has any more when conditions are compared.
    pub(super) fn asks_for_removed(&self) -> bool {
        self.missing.iter().any(|part| matches!(part, Part::Removed(_)))
    }

    /// What can be said of the match, on these ports.
    fn clauses(&self, ports: &PortSet) -> Vec<Clause> {
        if !self.is_satisfiable {
            return Vec::new();
        }
        let operation =
            |paths: &Paths| Operation::http(written_ports(ports), self.methods.clone(), paths.clone());
        let clause =
            |paths| Clause { http: true, operation: Some(operation(paths)), when: self.when.clone() };
        self.paths.iter().map(clause).collect()
    }
}

/// The name of a header as Envoy knows it; `None` for what is no name of a header, which no request has. To Envoy the parts of the request
/// line are headers whose names begin with a colon, and SMI has none but the authority.
pub(super) fn header_name(name: &HeaderName) -> Option<&str> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    match name {
        // Unlike `hosts`, this compares case, as SMI does.
        HeaderName::Authority => Some(":authority"),
        HeaderName::Named(name) => (!name.is_empty() && name.bytes().all(is_token)).then_some(name),
    }
}

/// What a set of matches becomes.
#[derive(Debug, Default)]
pub(super) struct Http {
    pub(super) clauses: Vec<Rc<Clause>>,
    /// Matches that lack words for something, whether something of them is rendered or not.
    pub(super) partly: Vec<Rc<SaidMatch>>,
    /// Matches that no path satisfies.
    pub(super) without_path: Vec<Arc<HttpMatch>>,
}

/// Ports, the addresses of the matches, and which losses are accepted.
type Key = (Option<Vec<u16>>, Vec<usize>, Losses);

/// Translates matches, each only once: TrafficTargets share them.
#[derive(Default)]
pub(super) struct Translator {
    matches: HashMap<usize, Rc<SaidMatch>>,
    sets: HashMap<Key, Rc<Http>>,
}

impl Translator {
    /// The clauses of some matches on some ports. Of a match that has no words for something only `accepted` losses leave something.
    pub(super) fn http(&mut self, ports: &PortSet, matches: &[Arc<HttpMatch>], accepted: Losses) -> Rc<Http> {
        let addresses: Vec<usize> = matches.iter().map(|source| Arc::as_ptr(source) as usize).collect();
        let key = (ports.numbers(), addresses, accepted);
        if let Some(known) = self.sets.get(&key) {
            return Rc::clone(known);
        }
        let mut http = Http::default();
        for source in matches {
            let said = self.said(source);
            if said.missing.iter().all(|part| accepted.has(part)) {
                http.clauses.extend(said.clauses(ports).into_iter().map(Rc::new));
            }
            if said.has_no_path {
                http.without_path.push(Arc::clone(source));
            }
            if !said.missing.is_empty() {
                http.partly.push(said);
            }
        }
        let http = Rc::new(http);
        self.sets.insert(key, Rc::clone(&http));
        http
    }

    /// Whether something that was said looks at paths.
    pub(super) fn compares_paths(&self) -> bool {
        self.matches
            .values()
            .any(|said| said.paths.iter().any(|(paths, except)| paths.is_some() || except.is_some()))
    }

    fn said(&mut self, source: &Arc<HttpMatch>) -> Rc<SaidMatch> {
        let known = self.matches.entry(Arc::as_ptr(source) as usize);
        Rc::clone(known.or_insert_with(|| Rc::new(SaidMatch::new(source))))
    }
}
