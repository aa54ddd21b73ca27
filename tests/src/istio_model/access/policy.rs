//! AuthorizationPolicies: what a rule asks for, and whether a request has it (2.3).

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::strings::{Path, Text};
use super::{Scope, Seen};

/// Metadata that a filter of section 12 has written.
const METADATA: &str = "experimental.envoy.filters.http.rbac";

#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub(super) scope: Scope,
    pub(super) action: Action,
    rules: Vec<Rule>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Allow,
    Deny,
}

/// One `from` AND one `to` AND all `when`; an empty list asks for nothing.
#[derive(Clone, Debug)]
struct Rule {
    from: Vec<Vec<Test>>,
    to: Vec<Vec<Test>>,
    when: Vec<Test>,
}

/// A list of values or of negated values.
#[derive(Clone, Debug)]
struct Test {
    of: Attribute,
    negated: bool,
}

#[derive(Clone, Debug)]
enum Attribute {
    Principals(Vec<String>),
    ServiceAccounts(Vec<Regex>),
    Namespaces(Vec<String>),
    Ports(Vec<u16>),
    Methods(Vec<Text>),
    Hosts(Vec<Text>),
    Paths(Vec<Path>),
    Header(String, Vec<Text>),
    Metadata(String, Vec<Text>),
}

impl Policy {
    pub(super) fn matches(&self, seen: &Seen<'_>, trust_domains: &[String]) -> bool {
        self.rules.iter().any(|rule| rule.matches(self.action, seen, trust_domains))
    }
}

impl Rule {
    fn matches(&self, action: Action, seen: &Seen<'_>, trust_domains: &[String]) -> bool {
        let is_tcp = seen.http.is_none();
        let mut tests = self.from.iter().chain(&self.to).flatten().chain(&self.when);
        // On TCP, a rule that asks for anything of HTTP is left out; of a DENY rule only that part is.
        if is_tcp && action == Action::Allow && tests.any(|test| test.of.is_http()) {
            return false;
        }
        let holds = |test: &Test| (is_tcp && test.of.is_http()) || test.holds(seen, trust_domains);
        let one = |list: &[Vec<Test>]| list.is_empty() || list.iter().any(|entry| entry.iter().all(holds));
        one(&self.from) && one(&self.to) && self.when.iter().all(holds)
    }
}

impl Test {
    fn holds(&self, seen: &Seen<'_>, trust_domains: &[String]) -> bool {
        self.of.has(seen, trust_domains) != self.negated
    }
}

impl Attribute {
    fn is_http(&self) -> bool {
        match self {
            Attribute::Methods(_) | Attribute::Hosts(_) | Attribute::Paths(_) | Attribute::Header(..) => true,
            Attribute::Principals(_)
            | Attribute::ServiceAccounts(_)
            | Attribute::Namespaces(_)
            | Attribute::Ports(_)
            | Attribute::Metadata(..) => false,
        }
    }

    fn has(&self, seen: &Seen<'_>, trust_domains: &[String]) -> bool {
        let source = |test: &dyn Fn(&str) -> bool| seen.source.is_some_and(test);
        let http = seen.http.as_ref();
        match self {
            Attribute::Principals(values) => source(&|id| {
                // `spiffe://` is put in front of the value, so that one that has it already means nobody (9.11).
                let id = format!("spiffe://{id}");
                let mut own = values.iter().flat_map(|value| expanded(value, trust_domains));
                own.any(|value| match Text::new(&value) {
                    Text::Any => true,
                    Text::Suffix(suffix) => {
                        id.strip_prefix("spiffe://").is_some_and(|id| id.ends_with(&suffix))
                    }
                    Text::Prefix(prefix) => id.starts_with(&format!("spiffe://{prefix}")),
                    Text::Exact(exact) => id == format!("spiffe://{exact}"),
                })
            }),
            Attribute::ServiceAccounts(values) => {
                source(&|id| values.iter().any(|value| value.is_match(&format!("spiffe://{id}"))))
            }
            Attribute::Namespaces(values) => {
                source(&|id| values.iter().any(|value| id.contains(&format!("/ns/{value}/"))))
            }
            Attribute::Ports(values) => values.contains(&seen.port),
            Attribute::Methods(values) => {
                http.is_some_and(|http| values.iter().any(|value| value.accepts_line(http.method)))
            }
            Attribute::Hosts(values) => http.is_some_and(|http| {
                http.lines(":authority").any(|host| values.iter().any(|value| value.accepts_host(host)))
            }),
            Attribute::Paths(values) => {
                http.is_some_and(|http| values.iter().any(|value| value.accepts(&http.path)))
            }
            Attribute::Header(name, values) => http.is_some_and(|http| {
                http.lines(name).any(|line| values.iter().any(|value| value.accepts_line(line)))
            }),
            Attribute::Metadata(key, values) => {
                seen.metadata.get(key).is_some_and(|found| values.iter().any(|value| value.accepts(found)))
            }
        }
    }
}

/// A principal of the usual form means all trust domains of the mesh where it names one of them, or `cluster.local`.
fn expanded(principal: &str, trust_domains: &[String]) -> Vec<String> {
    let parts: Vec<&str> = principal.split('/').collect();
    let [own, rest @ ..] = parts.as_slice() else { return vec![principal.to_owned()] };
    let is_own = *own == "cluster.local" || trust_domains.iter().any(|domain| domain == own);
    match rest.len() == 4 && is_own {
        true => trust_domains.iter().map(|domain| format!("{domain}/{}", rest.join("/"))).collect(),
        false => vec![principal.to_owned()],
    }
}

#[derive(Deserialize)]
struct RawMetadata {
    namespace: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawSpec {
    selector: Option<RawSelector>,
    target_refs: Option<Value>,
    action: Option<String>,
    #[serde(default)]
    rules: Vec<RawRule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawSelector {
    #[serde(default)]
    match_labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    #[serde(default)]
    from: Vec<RawFrom>,
    #[serde(default)]
    to: Vec<RawTo>,
    #[serde(default)]
    when: Vec<RawCondition>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFrom {
    source: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTo {
    operation: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawCondition {
    key: String,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    not_values: Vec<String>,
}

/// Reads an object whose form was checked.
pub(super) fn read(object: &Value) -> Result<Policy, String> {
    let text = |error: serde_json::Error| error.to_string();
    let RawMetadata { namespace } = RawMetadata::deserialize(&object["metadata"]).map_err(text)?;
    let spec = match object.get("spec") {
        Some(spec) => RawSpec::deserialize(spec).map_err(text)?,
        None => RawSpec::default(),
    };
    let action = match spec.action.as_deref() {
        None | Some("ALLOW") => Action::Allow,
        Some("DENY") if spec.rules.is_empty() => return Err("7.2 (2): DENY without rules".to_owned()),
        Some("DENY") => Action::Deny,
        Some(other) => return Err(format!("action {other} is not modelled")),
    };
    let rules = spec.rules.into_iter().map(|raw| {
        Ok(Rule {
            from: raw
                .from
                .into_iter()
                .map(|from| entry(from.source, &namespace))
                .collect::<Result<_, String>>()?,
            to: raw
                .to
                .into_iter()
                .map(|to| entry(to.operation, &namespace))
                .collect::<Result<_, String>>()?,
            when: conditions(raw.when, &namespace)?,
        })
    });
    Ok(Policy {
        rules: rules.collect::<Result<_, String>>()?,
        action,
        scope: Scope {
            labels: spec.selector.map(|selector| selector.match_labels).unwrap_or_default(),
            elsewhere: spec.target_refs.is_some(),
            namespace,
        },
    })
}

fn entry(fields: BTreeMap<String, Vec<String>>, namespace: &str) -> Result<Vec<Test>, String> {
    fields.into_iter().map(|(name, values)| field(&name, &values, namespace)).collect()
}

fn field(name: &str, values: &[String], namespace: &str) -> Result<Test, String> {
    let (negated, name) =
        match name.strip_prefix("not").and_then(|rest| rest.chars().next().map(|first| (first, rest))) {
            Some((first, rest)) if first.is_ascii_uppercase() => {
                (true, format!("{}{}", first.to_ascii_lowercase(), &rest[1..]))
            }
            _ => (false, name.to_owned()),
        };
    let texts = || values.iter().map(|value| Text::new(value)).collect();
    let of = match name.as_str() {
        "principals" => Attribute::Principals(values.to_vec()),
        "serviceAccounts" => Attribute::ServiceAccounts(accounts(values, namespace)?),
        "namespaces" => Attribute::Namespaces(plain(values)?),
        "ports" => Attribute::Ports(ports(values)?),
        "methods" => Attribute::Methods(texts()),
        "hosts" => Attribute::Hosts(texts()),
        "paths" => Attribute::Paths(values.iter().map(|value| Path::new(value)).collect::<Result<_, _>>()?),
        other => return Err(format!("{other} is unknown or not modelled")),
    };
    Ok(Test { of, negated })
}

fn conditions(raw: Vec<RawCondition>, namespace: &str) -> Result<Vec<Test>, String> {
    let mut tests = Vec::new();
    for RawCondition { key, values, not_values } in raw {
        for (values, negated) in [(values, false), (not_values, true)] {
            if !values.is_empty() {
                tests.push(Test { of: attribute(&key, &values, namespace)?, negated });
            }
        }
    }
    Ok(tests)
}

fn attribute(key: &str, values: &[String], namespace: &str) -> Result<Attribute, String> {
    let bracketed = |prefix: &str| key.strip_prefix(prefix)?.strip_prefix('[')?.strip_suffix(']');
    let texts = || values.iter().map(|value| Text::new(value)).collect();
    if let Some(name) = bracketed("request.headers") {
        // Envoy knows the Host header as `:authority` only; that `:method` is a header to it is not relied on.
        if name.is_empty()
            || name.eq_ignore_ascii_case("host")
            || (name.starts_with(':') && name != ":authority")
        {
            return Err(format!("7.2 (7): header {name:?}, or one that is not modelled"));
        }
        return Ok(Attribute::Header(name.to_owned(), texts()));
    }
    if let Some(name) = bracketed(METADATA) {
        return match name.is_empty() || values.iter().any(|value| value.starts_with('[')) {
            true => Err(format!("7.2 (7): metadata {name:?} {values:?}")),
            false => Ok(Attribute::Metadata(name.to_owned(), texts())),
        };
    }
    match key {
        "source.principal" => Ok(Attribute::Principals(values.to_vec())),
        "source.namespace" => Ok(Attribute::Namespaces(plain(values)?)),
        "source.serviceAccount" => Ok(Attribute::ServiceAccounts(accounts(values, namespace)?)),
        "destination.port" => Ok(Attribute::Ports(ports(values)?)),
        _ => Err(format!("7.2 (7): key {key:?} is unknown or not modelled")),
    }
}

fn ports(values: &[String]) -> Result<Vec<u16>, String> {
    let number = |value: &String| {
        let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        value.parse().ok().filter(|_| digits).ok_or_else(|| format!("7.2 (5): port {value:?}"))
    };
    values.iter().map(number).collect()
}

fn plain(values: &[String]) -> Result<Vec<String>, String> {
    match values.iter().find(|value| value.contains('*')) {
        Some(value) => Err(format!("the wildcard {value:?} is not modelled")),
        None => Ok(values.to_vec()),
    }
}

/// `spiffe://.+/ns/<ns>/(.+/|)sa/<sa>(/.+)?`, whatever the trust domain (8.1).
fn accounts(values: &[String], namespace: &str) -> Result<Vec<Regex>, String> {
    let one = |value: &String| {
        let (namespace, name) = value.split_once('/').unwrap_or((namespace, value));
        let (namespace, name) = (regex::escape(namespace), regex::escape(name));
        let regex = format!(r"\Aspiffe://.+/ns/{namespace}/(.+/|)sa/{name}(/.+)?\z");
        Regex::new(&regex).map_err(|error| error.to_string())
    };
    values.iter().map(one).collect()
}
