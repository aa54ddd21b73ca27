//! ServiceProfiles (3.1).

use serde::Deserialize;
use serde_json::Value;

use super::super::profile::decimilli;
use super::{Metadata, parts};

#[derive(Clone, Debug)]
pub(in super::super) struct ServiceProfile {
    pub(in super::super) metadata: Metadata,
    pub(in super::super) overrides: Vec<Override>,
    /// Routes never choose a backend, but make proxies follow the profile.
    pub(in super::super) has_routes: bool,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Override {
    pub(in super::super) host: String,
    pub(in super::super) port: Option<u16>,
    /// As proxies get it.
    pub(in super::super) weight: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawSpec {
    dst_overrides: Option<Vec<RawOverride>>,
    routes: Option<Vec<Value>>,
}

/// The CRD forgets to require anything (3.1).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOverride {
    authority: Option<String>,
    weight: Option<Value>,
}

pub(super) fn read(object: &Value, metadata: Metadata) -> Result<ServiceProfile, String> {
    let (metadata, spec): (_, RawSpec) = parts(object, metadata)?;
    let overrides = spec.dst_overrides.unwrap_or_default().into_iter().map(read_override);
    let has_routes = spec.routes.is_some_and(|routes| !routes.is_empty());
    Ok(ServiceProfile { metadata, overrides: overrides.collect::<Result<_, _>>()?, has_routes })
}

fn read_override(raw: RawOverride) -> Result<Override, String> {
    let weight = match raw.weight {
        None => 0,
        Some(Value::Number(number)) if number.is_i64() || number.is_u64() => decimilli(&number.to_string())?,
        Some(Value::String(text)) => decimilli(&text)?,
        Some(other) => return Err(format!("weight {other} is neither an integer nor a quantity")),
    };
    let authority = raw.authority.unwrap_or_default();
    let (host, port) = match authority.split_once(':') {
        None => (authority.as_str(), None),
        Some((host, port)) => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => return Err(format!("authority {authority} is not modelled")),
        },
    };
    Ok(Override { host: host.to_owned(), port, weight })
}
