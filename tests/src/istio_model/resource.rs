//! VirtualServices as far as the model knows them. Any other field is refused: what is not modelled must not be guessed.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::admission::Refusal;
use super::matching::Text;
use super::{hosts, re2::Re2};

/// A VirtualService, its hosts completed and its patterns compiled.
#[derive(Clone, Debug)]
pub(super) struct VirtualService {
    pub(super) namespace: String,
    pub(super) name: String,
    /// `creationTimestamp`; an object that has none comes first.
    pub(super) created: Option<String>,
    pub(super) hosts: Vec<String>,
    pub(super) gateways: Option<Vec<String>>,
    pub(super) export_to: Option<Vec<String>>,
    pub(super) http: Vec<HttpRoute>,
    pub(super) tcp: Vec<TcpRoute>,
}

#[derive(Clone, Debug)]
pub(super) struct HttpRoute {
    pub(super) matches: Vec<HttpMatch>,
    pub(super) route: Option<Vec<Destination>>,
    pub(super) direct_response: Option<DirectResponse>,
}

#[derive(Clone, Debug)]
pub(super) struct HttpMatch {
    pub(super) uri: Option<Text>,
    pub(super) method: Option<Text>,
    pub(super) authority: Option<Text>,
    pub(super) headers: BTreeMap<String, Text>,
    pub(super) port: Option<u16>,
    pub(super) gateways: Vec<String>,
    pub(super) source_namespace: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct TcpRoute {
    pub(super) matches: Vec<TcpMatch>,
    pub(super) route: Vec<Destination>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct TcpMatch {
    pub(super) port: Option<u16>,
    #[serde(default)]
    pub(super) gateways: Vec<String>,
    pub(super) source_namespace: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DirectResponse {
    pub(super) status: u16,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Destination {
    destination: Place,
    /// As written; a float or a number beyond 32 bits fails the CRD.
    #[serde(default)]
    pub(super) weight: i32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    host: String,
    port: Option<PlacePort>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlacePort {
    number: u16,
}

impl Destination {
    pub(super) fn host(&self) -> &str {
        &self.destination.host
    }

    pub(super) fn port(&self) -> Option<u16> {
        self.destination.port.as_ref().map(|port| port.number)
    }

    /// The weight of an admitted object.
    pub(super) fn weight(&self) -> u64 {
        u64::try_from(self.weight).unwrap_or_default()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMetadata {
    namespace: String,
    name: String,
    creation_timestamp: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawSpec {
    #[serde(default)]
    hosts: Vec<String>,
    gateways: Option<Vec<String>>,
    export_to: Option<Vec<String>>,
    #[serde(default)]
    http: Vec<RawHttpRoute>,
    #[serde(default)]
    tcp: Vec<RawTcpRoute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawHttpRoute {
    #[serde(rename = "name")]
    _name: Option<String>,
    #[serde(default)]
    r#match: Vec<RawHttpMatch>,
    route: Option<Vec<Destination>>,
    direct_response: Option<DirectResponse>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawHttpMatch {
    #[serde(rename = "name")]
    _name: Option<String>,
    uri: Option<RawText>,
    method: Option<RawText>,
    authority: Option<RawText>,
    #[serde(default)]
    headers: BTreeMap<String, RawText>,
    port: Option<u16>,
    #[serde(default)]
    gateways: Vec<String>,
    source_namespace: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTcpRoute {
    #[serde(default)]
    r#match: Vec<TcpMatch>,
    #[serde(default)]
    route: Vec<Destination>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawText {
    exact: Option<String>,
    prefix: Option<String>,
    regex: Option<String>,
}

/// Reads one object of the networking group.
pub(super) fn read(object: &Value) -> Result<VirtualService, Refusal> {
    let refuse = |message: String| Refusal::new(object, message);
    if object["kind"] != "VirtualService" {
        return Err(refuse(format!("kind {} is not modelled", object["kind"])));
    }
    let metadata =
        RawMetadata::deserialize(&object["metadata"]).map_err(|error| refuse(error.to_string()))?;
    let spec = RawSpec::deserialize(&object["spec"]).map_err(|error| refuse(error.to_string()))?;
    let complete = |host: &str| hosts::complete(host, &metadata.namespace);
    let completed = |mut destination: Destination| {
        destination.destination.host = complete(&destination.destination.host);
        destination
    };
    let http = spec.http.into_iter().map(|route| {
        Ok(HttpRoute {
            matches: route.r#match.into_iter().map(http_match).collect::<Result<_, _>>()?,
            route: route.route.map(|route| route.into_iter().map(completed).collect()),
            direct_response: route.direct_response,
        })
    });
    let tcp = spec.tcp.into_iter().map(|route| TcpRoute {
        matches: route.r#match,
        route: route.route.into_iter().map(completed).collect(),
    });
    Ok(VirtualService {
        http: http.collect::<Result<_, String>>().map_err(refuse)?,
        tcp: tcp.collect(),
        hosts: spec.hosts.iter().map(|host| complete(host)).collect(),
        gateways: spec.gateways,
        export_to: spec.export_to,
        namespace: metadata.namespace,
        name: metadata.name,
        created: metadata.creation_timestamp,
    })
}

fn http_match(raw: RawHttpMatch) -> Result<HttpMatch, String> {
    // A header regex `*` would mean "present"; the webhook refuses it (2.2), and so does the regex engine here.
    let headers = raw.headers.into_iter().map(|(name, value)| Ok((name, text(value)?)));
    let place = |raw: Option<RawText>, field| match raw.map(text).transpose()? {
        Some(Text::Present) => Err(format!("an empty {field} is not modelled")),
        text => Ok(text),
    };
    Ok(HttpMatch {
        headers: headers.collect::<Result<_, String>>()?,
        uri: place(raw.uri, "uri")?,
        method: place(raw.method, "method")?,
        authority: place(raw.authority, "authority")?,
        port: raw.port,
        gateways: raw.gateways,
        source_namespace: raw.source_namespace,
    })
}

fn text(raw: RawText) -> Result<Text, String> {
    match raw {
        RawText { exact: None, prefix: None, regex: None } => Ok(Text::Present),
        RawText { exact: Some(text), prefix: None, regex: None } => Ok(Text::Exact(text)),
        RawText { exact: None, prefix: Some(text), regex: None } => Ok(Text::Prefix(text)),
        RawText { exact: None, prefix: None, regex: Some(pattern) } => match pattern.len() {
            0 => Err("7.2 (6): empty regex".to_owned()),
            1..=1024 => Re2::new(&pattern).map(Text::Regex).map_err(|error| format!("7.2 (6): {error}")),
            _ => Err("7.2 (6): regex longer than 1024 bytes".to_owned()),
        },
        _ => Err("a StringMatch is at most one of exact, prefix and regex".to_owned()),
    }
}
