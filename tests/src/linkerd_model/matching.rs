//! Which of the attached routes a request takes: the same at the client and at the server (5).

use regex::Regex;

use super::resource::route::{HttpRoute, Match, Path, Rule, Text};
use super::{Payload, Precedence};

/// A request as proxies compare it.
#[derive(Clone, Debug)]
pub(super) struct Request<'a> {
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    /// Without its port.
    host: &'a str,
    /// Names in lower case.
    headers: Vec<(String, &'a str)>,
}

impl<'a> Request<'a> {
    /// Reads a request; `host` is the authority of one that names none. Nothing for what is no HTTP.
    pub(super) fn read(payload: &'a Payload, host: &'a str) -> Option<Request<'a>> {
        let Payload::Http { method, target, headers } = payload else { return None };
        let target = target.split('#').next().unwrap_or_default();
        // Of an absolute form, only what follows the authority.
        let target = match target.split_once("://") {
            Some((_, rest)) if !target.starts_with('/') => rest.find('/').map_or("/", |slash| &rest[slash..]),
            _ => target,
        };
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let headers: Vec<(String, &str)> = headers
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim_matches([' ', '\t'])))
            .collect();
        let host = headers.iter().find(|(name, _)| name == "host").map_or(host, |(_, value)| value);
        Some(Request { method, path, query, host: without_port(host), headers })
    }

    /// The same request with the identity of its client, which the proxy sets; whatever the client says of itself is dropped (7.5).
    pub(super) fn sent_by(mut self, identity: Option<&'a str>) -> Request<'a> {
        const CLIENT: &str = "l5d-client-id";
        self.headers.retain(|(name, _)| name != CLIENT);
        self.headers.extend(identity.map(|identity| (CLIENT.to_owned(), identity)));
        self
    }

    pub(super) fn is_get(&self, path: &str) -> bool {
        self.method == "GET" && self.path == path
    }
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// How specific a match is: the greater, the better. The host is compared first.
type Rank = (Option<HostRank>, [usize; 5]);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum HostRank {
    Suffix(usize),
    Exact(usize),
}

/// The rule that a request takes: that of the most specific match. Of equals the first wins, so that routes come older first.
pub(super) fn winner<'r>(
    routes: &[&'r HttpRoute],
    request: &Request<'_>,
    precedence: Precedence,
) -> Option<(&'r HttpRoute, &'r Rule)> {
    let mut best: Option<(Rank, &HttpRoute, &Rule)> = None;
    for route in routes {
        let host = match route.hostnames.is_empty() {
            true => None,
            false => match route.hostnames.iter().filter_map(|name| rank_host(name, request.host)).max() {
                None => continue,
                rank => rank,
            },
        };
        for rule in &route.rules {
            let ranks = rule.matches.iter().filter_map(|one| one.rank(request, precedence));
            let rank = match rule.matches.is_empty() {
                true => Some(rank_of(1, false, 0, 0, false, precedence)),
                false => ranks.max(),
            };
            let Some(rank) = rank.map(|rank| (host, rank)) else { continue };
            if best.as_ref().is_none_or(|(other, ..)| rank > *other) {
                best = Some((rank, route, rule));
            }
        }
    }
    best.map(|(_, route, rule)| (route, rule))
}

fn rank_host(name: &str, host: &str) -> Option<HostRank> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    match name.strip_prefix('*') {
        // At least one label stands before the suffix.
        Some(suffix) => {
            (host.ends_with(suffix) && host.len() > suffix.len()).then_some(HostRank::Suffix(suffix.len()))
        }
        None => (host == name).then_some(HostRank::Exact(name.len())),
    }
}

fn rank_of(
    length: usize,
    exact: bool,
    headers: usize,
    queries: usize,
    method: bool,
    precedence: Precedence,
) -> [usize; 5] {
    let (exact, method) = (usize::from(exact), usize::from(method));
    match precedence {
        Precedence::HeadersFirst => [length, headers, queries, method, 0],
        Precedence::MethodFirst => [length, exact, method, headers, queries],
    }
}

impl Match {
    fn rank(&self, request: &Request<'_>, precedence: Precedence) -> Option<[usize; 5]> {
        let Match { path, headers, queries, method } = self;
        let length = path.matched(request.path)?;
        let has_method = method.as_ref().is_none_or(|method| method == request.method);
        let has_headers = headers.iter().all(|(name, text)| {
            let mut lines = request.headers.iter().filter(|(own, _)| own.eq_ignore_ascii_case(name));
            lines.any(|(_, value)| is_visible(value) && text.accepts(value))
        });
        let has_queries = queries.iter().all(|(name, text)| {
            let mut parameters = request.query.into_iter().flat_map(|query| query.split('&'));
            parameters.any(|parameter| {
                let (own, value) = parameter.split_once('=').unwrap_or((parameter, ""));
                decoded(own) == *name && text.accepts(&decoded(value))
            })
        });
        let exact = matches!(path, Path::Exact(_));
        (has_method && has_headers && has_queries)
            .then(|| rank_of(length, exact, headers.len(), queries.len(), method.is_some(), precedence))
    }
}

/// Any other value matches nothing.
fn is_visible(value: &str) -> bool {
    value.bytes().all(|b| (b' '..=b'~').contains(&b) || b == b'\t')
}

/// A part of a query, as forms write it.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes().collect::<Vec<_>>().into_iter();
    while let Some(byte) = rest.next() {
        let digits = rest.as_slice().get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match (byte, digits.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(escaped)) => {
                bytes.push(escaped);
                rest.nth(1);
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Path {
    /// How much of a path is matched: all of it, or the prefix without its trailing slashes.
    fn matched(&self, path: &str) -> Option<usize> {
        match self {
            Path::Exact(exact) => (path == exact).then_some(path.len()),
            Path::Regex(regex) => spans(regex, path).then_some(path.len()),
            Path::Prefix(prefix) if prefix == "/" => Some(1),
            Path::Prefix(prefix) => {
                let prefix = prefix.trim_end_matches('/');
                let rest = path.trim_end_matches('/').strip_prefix(prefix)?;
                (rest.is_empty() || rest.starts_with('/')).then_some(prefix.len())
            }
        }
    }
}

impl Text {
    fn accepts(&self, value: &str) -> bool {
        match self {
            Text::Exact(exact) => value == exact,
            Text::Regex(regex) => spans(regex, value),
        }
    }
}

/// Whether the first hit of a leftmost-first search spans the whole value. Another hit might, and counts for nothing.
fn spans(regex: &Regex, value: &str) -> bool {
    regex.find(value).is_some_and(|hit| hit.start() == 0 && hit.end() == value.len())
}
