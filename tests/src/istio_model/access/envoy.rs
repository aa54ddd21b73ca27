//! EnvoyFilters of the one shape of section 12: shadow rules of an RBAC filter, first in the inbound connection manager, which decide
//! nothing and write metadata. Any other shape is refused.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::re2::Re2;
use super::{Scope, Seen};

#[derive(Clone, Debug)]
pub(super) struct MetadataFilter {
    pub(super) scope: Scope,
    shadows: Vec<Shadow>,
}

/// One filter: it writes whether any of its policies accepts the request.
#[derive(Clone, Debug)]
struct Shadow {
    prefix: String,
    policies: Vec<ShadowPolicy>,
}

#[derive(Clone, Debug)]
struct ShadowPolicy {
    permissions: Vec<Permission>,
}

#[derive(Clone, Debug)]
enum Permission {
    Any,
    And(Vec<Permission>),
    Or(Vec<Permission>),
    Not(Box<Permission>),
    Port(u16),
    Path(Comparison),
    /// Present, where there is no comparison.
    Header(String, Option<Comparison>, bool),
}

#[derive(Clone, Debug)]
enum Comparison {
    Exact(String, bool),
    Prefix(String, bool),
    Suffix(String, bool),
    Contains(String, bool),
    Regex(Re2),
}

impl MetadataFilter {
    /// What the filters write about a request.
    pub(super) fn written(&self, seen: &Seen<'_>) -> Vec<(String, &'static str)> {
        let one = |shadow: &Shadow| {
            let accepts = |policy: &ShadowPolicy| policy.permissions.iter().any(|one| one.accepts(seen));
            let result = if shadow.policies.iter().any(accepts) { "allowed" } else { "denied" };
            (format!("{}shadow_engine_result", shadow.prefix), result)
        };
        self.shadows.iter().map(one).collect()
    }
}

impl Permission {
    fn accepts(&self, seen: &Seen<'_>) -> bool {
        match self {
            Permission::Any => true,
            Permission::And(all) => all.iter().all(|one| one.accepts(seen)),
            Permission::Or(any) => any.iter().any(|one| one.accepts(seen)),
            Permission::Not(inner) => !inner.accepts(seen),
            Permission::Port(port) => seen.port == *port,
            Permission::Path(path) => seen.http.as_ref().is_some_and(|http| path.accepts(&http.path)),
            Permission::Header(name, test, inverted) => seen.http.as_ref().is_some_and(|http| {
                let method = [http.method];
                let lines: Vec<&str> =
                    if name == ":method" { method.to_vec() } else { http.lines(name).collect() };
                // A header that is missing matches nothing, inverted or not.
                let found = lines.iter().any(|line| test.as_ref().is_none_or(|test| test.accepts(line)));
                match test {
                    Some(_) => !lines.is_empty() && found != *inverted,
                    None => found != *inverted,
                }
            }),
        }
    }
}

impl Comparison {
    fn accepts(&self, value: &str) -> bool {
        let fold =
            |text: &str, ignore: bool| if ignore { text.to_ascii_lowercase() } else { text.to_owned() };
        match self {
            Comparison::Exact(text, ignore) => fold(value, *ignore) == fold(text, *ignore),
            Comparison::Prefix(text, ignore) => fold(value, *ignore).starts_with(&fold(text, *ignore)),
            Comparison::Suffix(text, ignore) => fold(value, *ignore).ends_with(&fold(text, *ignore)),
            Comparison::Contains(text, ignore) => fold(value, *ignore).contains(&fold(text, *ignore)),
            Comparison::Regex(regex) => regex.matches_all_of(value),
        }
    }
}

/// Reads an object.
pub(super) fn read(object: &Value) -> Result<MetadataFilter, String> {
    let top = Fields::of(object, &["apiVersion", "kind", "metadata", "spec"])?;
    if top.get("apiVersion") != "networking.istio.io/v1alpha3" {
        return Err(format!("EnvoyFilter of {} is not served", top.get("apiVersion")));
    }
    let namespace = object["metadata"]["namespace"].as_str().ok_or("no namespace")?.to_owned();
    let spec = Fields::of(top.get("spec"), &["workloadSelector", "configPatches", "priority"])?;
    let labels = match spec.get("workloadSelector") {
        Value::Null => BTreeMap::new(),
        selector => {
            let selector = Fields::of(selector, &["labels"])?;
            let labels = selector.get("labels").as_object().ok_or("a selector without labels")?;
            let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("a label that is no string");
            labels
                .iter()
                .map(|(key, value)| Ok((key.clone(), text(value)?)))
                .collect::<Result<_, String>>()?
        }
    };
    let patches =
        spec.get("configPatches").as_array().filter(|list| !list.is_empty()).ok_or("no configPatches")?;
    let shadows: Vec<Shadow> = patches.iter().map(shadow).collect::<Result<_, _>>()?;
    let mut prefixes: Vec<&str> = shadows.iter().map(|shadow| shadow.prefix.as_str()).collect();
    prefixes.sort_unstable();
    if prefixes.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err("two filters write under one prefix".to_owned());
    }
    Ok(MetadataFilter { shadows, scope: Scope { namespace, labels, elsewhere: false } })
}

fn shadow(patch: &Value) -> Result<Shadow, String> {
    let patch = Fields::of(patch, &["applyTo", "match", "patch"])?;
    let place = json!({
        "context": "SIDECAR_INBOUND",
        "listener": {"filterChain": {"filter": {"name": "envoy.filters.network.http_connection_manager"}}},
    });
    if patch.get("applyTo") != "HTTP_FILTER" || *patch.get("match") != place {
        return Err(format!("a patch of {} at {} is not modelled", patch.get("applyTo"), patch.get("match")));
    }
    let change = Fields::of(patch.get("patch"), &["operation", "value"])?;
    if change.get("operation") != "INSERT_FIRST" {
        return Err(format!("operation {} is not modelled", change.get("operation")));
    }
    let filter = Fields::of(change.get("value"), &["name", "typed_config"])?;
    if filter.get("name").as_str().is_none_or(str::is_empty) {
        return Err("a filter without a name".to_owned());
    }
    let config =
        Fields::of(filter.get("typed_config"), &["@type", "shadow_rules", "shadow_rules_stat_prefix"])?;
    if config.get("@type") != "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC" {
        return Err(format!("filter type {}", config.get("@type")));
    }
    let prefix = config.get("shadow_rules_stat_prefix").as_str().unwrap_or_default().to_owned();
    // Without a prefix of its own it would write where others write.
    if prefix.is_empty() {
        return Err("no shadow_rules_stat_prefix".to_owned());
    }
    let rules = Fields::of(config.get("shadow_rules"), &["action", "policies"])?;
    if !matches!(rules.get("action"), Value::Null) && rules.get("action") != "ALLOW" {
        return Err(format!("shadow action {}", rules.get("action")));
    }
    let policies = rules.get("policies").as_object().filter(|map| !map.is_empty()).ok_or("no policies")?;
    let policy = |policy: &Value| {
        let policy = Fields::of(policy, &["permissions", "principals"])?;
        if *policy.get("principals") != json!([{"any": true}]) {
            return Err(format!("principals {}", policy.get("principals")));
        }
        Ok(ShadowPolicy { permissions: list(policy.get("permissions"))? })
    };
    Ok(Shadow { prefix, policies: policies.values().map(policy).collect::<Result<_, String>>()? })
}

/// Envoy asks for at least one.
fn list(value: &Value) -> Result<Vec<Permission>, String> {
    let entries = value.as_array().filter(|list| !list.is_empty()).ok_or("an empty list of permissions")?;
    entries.iter().map(permission).collect()
}

fn permission(value: &Value) -> Result<Permission, String> {
    let (name, inner) = only(value)?;
    match name.as_str() {
        "any" if *inner == json!(true) => Ok(Permission::Any),
        "and_rules" => Ok(Permission::And(list(Fields::of(inner, &["rules"])?.get("rules"))?)),
        "or_rules" => Ok(Permission::Or(list(Fields::of(inner, &["rules"])?.get("rules"))?)),
        "not_rule" => Ok(Permission::Not(Box::new(permission(inner)?))),
        "destination_port" => {
            let port = inner.as_u64().and_then(|port| u16::try_from(port).ok());
            Ok(Permission::Port(port.ok_or("a port that is no port")?))
        }
        "url_path" => Ok(Permission::Path(comparison(Fields::of(inner, &["path"])?.get("path"))?)),
        "header" => {
            let fields = Fields::of(inner, &["name", "string_match", "present_match", "invert_match"])?;
            let name = fields.get("name").as_str().unwrap_or_default().to_ascii_lowercase();
            if name.is_empty()
                || name == "host"
                || (name.starts_with(':') && name != ":method" && name != ":authority")
            {
                return Err(format!("header {name:?} is not modelled"));
            }
            let inverted = *fields.get("invert_match") == json!(true);
            match (fields.get("string_match"), fields.get("present_match")) {
                (Value::Null, present) if *present == json!(true) => {
                    Ok(Permission::Header(name, None, inverted))
                }
                (text, Value::Null) if !text.is_null() => {
                    Ok(Permission::Header(name, Some(comparison(text)?), inverted))
                }
                other => Err(format!("header {name} {other:?}")),
            }
        }
        other => Err(format!("permission {other} is not modelled")),
    }
}

fn comparison(value: &Value) -> Result<Comparison, String> {
    let fields = Fields::of(value, &["exact", "prefix", "suffix", "contains", "safe_regex", "ignore_case"])?;
    let ignore = *fields.get("ignore_case") == json!(true);
    let mut rest = fields.0;
    rest.remove("ignore_case");
    let [(name, inner)] = rest.iter().collect::<Vec<_>>()[..] else {
        return Err(format!("not exactly one comparison in {value}"));
    };
    let text = || inner.as_str().map(str::to_owned).ok_or_else(|| format!("{name} is no string"));
    match name.as_str() {
        "exact" => Ok(Comparison::Exact(text()?, ignore)),
        _ if inner.as_str() == Some("") => Err(format!("Envoy refuses an empty {name}")),
        "prefix" => Ok(Comparison::Prefix(text()?, ignore)),
        "suffix" => Ok(Comparison::Suffix(text()?, ignore)),
        "contains" => Ok(Comparison::Contains(text()?, ignore)),
        _ if ignore => Err("ignore_case with a regex".to_owned()),
        _ => {
            let regex = Fields::of(inner, &["regex"])?;
            let pattern =
                regex.get("regex").as_str().filter(|text| !text.is_empty()).ok_or("an empty regex")?;
            Ok(Comparison::Regex(Re2::new(pattern)?))
        }
    }
}

/// The only field of an object.
fn only(value: &Value) -> Result<(String, &Value), String> {
    match value.as_object().map(|fields| fields.iter().collect::<Vec<_>>()).as_deref() {
        Some([(name, inner)]) => Ok((snake(name), inner)),
        _ => Err(format!("not exactly one field in {value}")),
    }
}

/// The fields of an object, all of which are known. Protobuf takes both spellings of a name.
struct Fields(Map<String, Value>);

impl Fields {
    fn of(value: &Value, known: &[&str]) -> Result<Fields, String> {
        let Some(fields) = value.as_object() else { return Err(format!("{value} is no object")) };
        let mut out = Map::new();
        for (name, value) in fields {
            let Some(known) = known.iter().find(|known| *known == name || **known == snake(name)) else {
                return Err(format!("field {name} is unknown or not modelled"));
            };
            if out.insert((*known).to_owned(), value.clone()).is_some() {
                return Err(format!("field {name} twice"));
            }
        }
        Ok(Fields(out))
    }

    fn get(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }
}

fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
