//! Conditions on requests as Linkerd's routes have them: of an SMI match, one clause per method (`linkerd.md` 5.1).

mod said;

use smi_translate::intent::{HeaderName, HttpMatch, Methods};
use smi_translate::pattern::{Inclusion, Overlap, Pattern, Shape};

use said::is_exact;
pub(crate) use said::{Unsayable, is_header_name, is_plain_path, is_plain_value, say};

/// The methods that a route can name.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// A path, headers and a method that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Clause {
    /// `None` accepts every path, and so does no pattern that stands here as far as that can be proved.
    pub(crate) path: Option<Pattern>,
    /// Lower-case names. Some line of the header must match.
    pub(crate) headers: Vec<(String, Pattern)>,
    pub(crate) method: Option<&'static str>,
}

/// The clauses of a match, and what of it Linkerd has no words for.
#[derive(Debug, Default)]
pub(crate) struct Clauses {
    pub(crate) clauses: Vec<Clause>,
    pub(crate) missing: Vec<Unsayable>,
}

impl Clauses {
    /// Takes a match apart. Where a condition cannot be said nothing is left of it; a method that cannot be said leaves the others.
    ///
    /// All nine methods are no "any method": others exist, and would be let through.
    pub(crate) fn of(source: &HttpMatch) -> Clauses {
        let mut all = Clauses::default();
        let path = source.path.as_ref().filter(|path| *path.shape() != Shape::Any).cloned();
        let mut headers: Vec<(String, Pattern)> = Vec::new();
        for header in &source.headers {
            match &header.name {
                // A route compares host names without the port, and differently for HTTP/1 and HTTP/2.
                HeaderName::Authority => all.missing.push(Unsayable::Authority),
                HeaderName::Named(name) => {
                    let condition = (name.clone(), header.pattern.clone());
                    if !headers.contains(&condition) {
                        headers.push(condition);
                    }
                }
            }
        }
        let is_unsayable = !all.missing.is_empty();
        let methods: Vec<Option<&'static str>> = match &source.methods {
            Methods::Any => vec![None],
            Methods::OneOf(methods) => methods
                .iter()
                .filter_map(|method| {
                    let known = METHODS.into_iter().find(|known| known == method);
                    if known.is_none() {
                        all.missing.push(Unsayable::Method(method.clone()));
                    }
                    known.map(Some)
                })
                .collect(),
        };
        let is_nothing = |pattern: &Pattern| *pattern.shape() == Shape::Nothing;
        let never = path.as_ref().is_some_and(is_nothing) || headers.iter().any(|(_, p)| is_nothing(p));
        if !is_unsayable && !never {
            all.clauses = methods
                .into_iter()
                .map(|method| Clause { path: path.clone(), headers: headers.clone(), method })
                .collect();
        }
        all
    }
}

impl Clause {
    /// Whether it accepts every request.
    pub(crate) fn is_unconditional(&self) -> bool {
        *self == Clause::default()
    }

    /// All its patterns.
    pub(crate) fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        self.path.iter().chain(self.headers.iter().map(|(_, pattern)| pattern))
    }

    /// Whether no request satisfies both, as far as that can be proved. Headers prove nothing: a request may have several lines of one.
    pub(crate) fn is_disjoint(&self, other: &Clause) -> bool {
        let methods = matches!((self.method, other.method), (Some(own), Some(other)) if own != other);
        methods
            || matches!((&self.path, &other.path), (Some(own), Some(other)) if own.overlaps(other) == Overlap::Disjoint)
    }

    /// Whether every request that satisfies this one satisfies `other`, as far as that can be proved.
    pub(crate) fn is_within(&self, other: &Clause) -> bool {
        let is_subset =
            |own: &Pattern, other: &Pattern| own == other || own.inclusion(other) == Inclusion::Subset;
        let header = |(name, pattern): &(String, Pattern)| {
            self.headers.iter().any(|(own, narrower)| own == name && is_subset(narrower, pattern))
        };
        // Automata are asked last.
        (other.method.is_none() || other.method == self.method)
            && other.headers.iter().all(header)
            && match (&self.path, &other.path) {
                (_, None) => true,
                (None, Some(_)) => false,
                (Some(own), Some(other)) => is_subset(own, other),
            }
    }

    /// The clause that requests satisfying both satisfy; `None` where no single path condition says so.
    pub(crate) fn and(&self, other: &Clause) -> Option<Clause> {
        let path = match (&self.path, &other.path) {
            (None, path) | (path, None) => path.clone(),
            (Some(own), Some(other)) if own == other => Some(own.clone()),
            (Some(own), Some(other)) => match (own.inclusion(other), other.inclusion(own)) {
                (Inclusion::Subset, _) => Some(own.clone()),
                (_, Inclusion::Subset) => Some(other.clone()),
                _ => return None,
            },
        };
        let more = other.headers.iter().filter(|header| !self.headers.contains(header));
        let headers = self.headers.iter().chain(more).cloned().collect();
        Some(Clause { path, headers, method: self.method.or(other.method) })
    }

    /// Whether Linkerd never prefers `other` to this one where both paths are equally long: proxies compare the number of headers and
    /// whether there is a method, older ones in this order and newer ones in the other,
    /// which look first whether the path is exact.
    pub(crate) fn is_as_specific_as(&self, other: &Clause) -> bool {
        self.headers.len() >= other.headers.len()
            && self.method.is_some() >= other.method.is_some()
            && self.has_exact_path() >= other.has_exact_path()
    }

    /// Whether Linkerd always prefers this one where both paths are equally long. Older proxies do not see that a path is exact.
    pub(crate) fn is_more_specific_than(&self, other: &Clause) -> bool {
        let is_more =
            self.headers.len() > other.headers.len() || self.method.is_some() && other.method.is_none();
        self.is_as_specific_as(other) && is_more
    }

    /// Whether its path is written as it is, and not as a regular expression.
    fn has_exact_path(&self) -> bool {
        self.path.as_ref().is_some_and(is_exact)
    }

    /// Whether its path is longer to Linkerd than none: a pattern counts the whole path, and no path counts as one character.
    pub(crate) fn refuses_shortest_paths(&self) -> bool {
        self.path
            .as_ref()
            .is_some_and(|path| !["", "/", "*"].into_iter().any(|shortest| path.is_match(shortest)))
    }
}
