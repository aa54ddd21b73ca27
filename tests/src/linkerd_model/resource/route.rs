//! HTTPRoutes of both groups, and TCPRoutes (3.3, 3.4).

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::{GATEWAY, Metadata, POLICY, is_kind, parts};

#[derive(Clone, Debug)]
pub(in super::super) struct HttpRoute {
    pub(in super::super) metadata: Metadata,
    pub(in super::super) parents: Vec<Parent>,
    pub(in super::super) hostnames: Vec<String>,
    pub(in super::super) rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
pub(in super::super) struct TcpRoute {
    pub(in super::super) metadata: Metadata,
    pub(in super::super) parents: Vec<Parent>,
    pub(in super::super) rules: Vec<Vec<Backend>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Parent {
    pub(in super::super) group: String,
    pub(in super::super) kind: String,
    pub(in super::super) namespace: Option<String>,
    pub(in super::super) name: String,
    pub(in super::super) port: Option<u16>,
    pub(in super::super) section_name: Option<String>,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Rule {
    /// None is any request.
    pub(in super::super) matches: Vec<Match>,
    pub(in super::super) backends: Vec<Backend>,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Backend {
    pub(in super::super) group: String,
    pub(in super::super) kind: String,
    pub(in super::super) namespace: Option<String>,
    pub(in super::super) name: String,
    pub(in super::super) port: Option<u16>,
    pub(in super::super) weight: i64,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Match {
    pub(in super::super) path: Path,
    pub(in super::super) headers: Vec<(String, Text)>,
    pub(in super::super) queries: Vec<(String, Text)>,
    pub(in super::super) method: Option<String>,
}

#[derive(Clone, Debug)]
pub(in super::super) enum Path {
    Exact(String),
    Prefix(String),
    Regex(Regex),
}

/// A comparison with the value of a header or of a query parameter.
#[derive(Clone, Debug)]
pub(in super::super) enum Text {
    Exact(String),
    Regex(Regex),
}

impl Parent {
    pub(in super::super) fn is(&self, group: &str, kind: &str) -> bool {
        is_kind(&self.group, &self.kind, group, kind)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawHttpSpec {
    #[serde(default)]
    parent_refs: Vec<RawParent>,
    #[serde(default)]
    hostnames: Vec<String>,
    rules: Option<Vec<RawRule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawTcpSpec {
    #[serde(default)]
    parent_refs: Vec<RawParent>,
    rules: Vec<RawTcpRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawTcpRule {
    backend_refs: Vec<RawBackend>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawParent {
    group: Option<String>,
    kind: Option<String>,
    namespace: Option<String>,
    name: String,
    port: Option<u16>,
    section_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawRule {
    #[serde(default)]
    matches: Vec<RawMatch>,
    #[serde(default)]
    backend_refs: Vec<RawBackend>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBackend {
    #[serde(default)]
    group: String,
    kind: Option<String>,
    namespace: Option<String>,
    name: String,
    port: Option<u16>,
    weight: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawMatch {
    path: Option<RawPath>,
    #[serde(default)]
    headers: Vec<RawText>,
    #[serde(default)]
    query_params: Vec<RawText>,
    method: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPath {
    r#type: Option<String>,
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawText {
    name: String,
    r#type: Option<String>,
    value: String,
}

pub(super) fn read_http(object: &Value, metadata: Metadata) -> Result<HttpRoute, String> {
    let (metadata, spec): (_, RawHttpSpec) = parts(object, metadata)?;
    // What the API server writes where nothing is said: one rule for everything.
    let everything = || vec![RawRule { matches: Vec::new(), backend_refs: Vec::new() }];
    let rules = spec.rules.unwrap_or_else(everything).into_iter().map(|rule| {
        Ok(Rule {
            matches: rule.matches.into_iter().map(read_match).collect::<Result<_, _>>()?,
            backends: rule.backend_refs.into_iter().map(Backend::from).collect(),
        })
    });
    Ok(HttpRoute {
        rules: rules.collect::<Result<_, String>>()?,
        parents: parents(spec.parent_refs, &metadata),
        hostnames: spec.hostnames,
        metadata,
    })
}

pub(super) fn read_tcp(object: &Value, metadata: Metadata) -> Result<TcpRoute, String> {
    let (metadata, spec): (_, RawTcpSpec) = parts(object, metadata)?;
    let backends = |rule: RawTcpRule| rule.backend_refs.into_iter().map(Backend::from).collect();
    Ok(TcpRoute {
        rules: spec.rules.into_iter().map(backends).collect(),
        parents: parents(spec.parent_refs, &metadata),
        metadata,
    })
}

/// Each group of routes has its own default for the group of a parent (3.3).
fn parents(raw: Vec<RawParent>, route: &Metadata) -> Vec<Parent> {
    let group = if route.group == POLICY { POLICY } else { GATEWAY };
    let parent = |raw: RawParent| Parent {
        group: raw.group.unwrap_or_else(|| group.to_owned()),
        kind: raw.kind.unwrap_or_else(|| "Gateway".to_owned()),
        namespace: raw.namespace,
        name: raw.name,
        port: raw.port,
        section_name: raw.section_name,
    };
    raw.into_iter().map(parent).collect()
}

impl From<RawBackend> for Backend {
    fn from(raw: RawBackend) -> Backend {
        Backend {
            group: raw.group,
            kind: raw.kind.unwrap_or_else(|| "Service".to_owned()),
            namespace: raw.namespace,
            name: raw.name,
            port: raw.port,
            weight: raw.weight.unwrap_or(1),
        }
    }
}

fn read_match(raw: RawMatch) -> Result<Match, String> {
    let path = match raw.path {
        None => Path::Prefix("/".to_owned()),
        Some(RawPath { r#type, value }) => {
            let value = value.unwrap_or_else(|| "/".to_owned());
            match r#type.as_deref() {
                Some("Exact") => Path::Exact(value),
                None | Some("PathPrefix") => Path::Prefix(value),
                Some("RegularExpression") => Path::Regex(regex(&value, 1024)?),
                Some(other) => return Err(format!("path type {other}")),
            }
        }
    };
    let texts = |list: Vec<RawText>| -> Result<Vec<_>, String> { list.into_iter().map(read_text).collect() };
    Ok(Match { path, headers: texts(raw.headers)?, queries: texts(raw.query_params)?, method: raw.method })
}

fn read_text(raw: RawText) -> Result<(String, Text), String> {
    let text = match raw.r#type.as_deref() {
        None | Some("Exact") => Text::Exact(raw.value),
        Some("RegularExpression") => Text::Regex(regex(&raw.value, 4096)?),
        Some(other) => return Err(format!("match type {other}")),
    };
    Ok((raw.name, text))
}

/// The dialect is that of the crate which the proxies use (5).
fn regex(pattern: &str, longest: usize) -> Result<Regex, String> {
    if pattern.is_empty() || pattern.len() > longest {
        return Err(format!("a regular expression of {} bytes", pattern.len()));
    }
    Regex::new(pattern).map_err(|error| error.to_string())
}
