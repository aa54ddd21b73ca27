//! The scenarios of `fixtures/`: manifests, and what must become of requests to them.
//!
//! Each is a folder with two files. `input.yaml` begins with a line that says what the scenario shows. `expect.yaml` is written by hand
//! from the meaning of SMI:
//!
//! ```yaml
//! requests:
//! - name: firefox goes to v2                  # optional
//!   host: shop/website                        # namespace/service, or a host outside the cluster
//!   protocol: http                            # http (default), tcp or udp
//!   port: 80                                  # default 80
//!   method: GET                               # default GET
//!   path: /                                   # default /
//!   headers: {user-agent: Mozilla Firefox}    # a list of values is a header on several lines
//!   shares: {website-v2: 1/1}                 # exact fractions
//!   by: TrafficSplit shop/ab-test             # null: the root, as without a split
//!   mesh: {istio: {website: 1/1}}             # only where a mesh does something else, and a diagnostic says so
//! - name: the website may read               # a request to a workload has `to` instead of `host`
//!   from: shop/website                        # namespace/serviceaccount or a SPIFFE ID; left out or null: nobody the mesh knows
//!   fromLabels: {app: website}                # labels of the pod that sends, where the mesh knows them
//!   to: shop/api                              # namespace/serviceaccount of the workload that receives
//!   toLabels: {app: api}                      # labels of its pod; left out: every workload of the service account must allow
//!   port: 8080                                # the port the workload listens on; default 8080
//!   path: /api                                # protocol, method, path and headers as above
//!   decision: allow                           # allow or deny, whatever scope the installation has (SMI-ACCESS-26)
//!   by: TrafficTarget shop/api                # the first by name of those that allow it; left out where it is denied
//!   rule: SMI-ACCESS-3                        # optional: the rule that decides
//!   mesh: {istio: deny}                       # only where a mesh does something else, and a diagnostic says so
//! diagnostics: [SMI-VAL-45]                   # codes of warnings, losses and errors; sorted, repeated ones repeated
//! options: {pathAnchoring: full}              # optional; see `FixtureOptions`
//! rendered: false                             # nothing is rendered; default true
//! ```

mod access;
mod istio;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use smi_translate::read::{Input, ReadOptions, Reader};
use smi_translate::yaml::{self, Limits};
use smi_translate::{
    AccessScope, HeaderMatching, HttpRequest, MissingServices, Options, PathAnchoring, Profile, Request,
    Traffic,
};

pub use access::{Answer, ExpectedAccess};

use crate::istio_model::{Fraction, Payload};

/// One scenario.
#[derive(Debug)]
pub struct Fixture {
    /// Name of its folder.
    pub name: String,
    /// What it shows: the first line of the input.
    pub shows: String,
    /// The manifests.
    pub input: String,
    /// What must become of them.
    pub expect: Expect,
}

/// `expect.yaml`.
#[derive(Debug)]
pub struct Expect {
    /// Requests to Services, and where they go.
    pub requests: Vec<Expected>,
    /// Requests to workloads, and whether they are allowed.
    pub access: Vec<ExpectedAccess>,
    /// Codes of severity warning and above.
    pub diagnostics: Vec<String>,
    /// How the input is read and rendered.
    pub options: FixtureOptions,
    /// Whether there are any objects.
    pub rendered: bool,
}

/// The same as it is written, with both kinds of requests in one list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    requests: Vec<Value>,
    diagnostics: Vec<String>,
    #[serde(default)]
    options: FixtureOptions,
    #[serde(default = "yes")]
    rendered: bool,
}

impl Expect {
    fn of(value: Value) -> Result<Expect, String> {
        let written: Written = serde_json::from_value(value).map_err(|error| error.to_string())?;
        let Written { requests: all, diagnostics, options, rendered } = written;
        let (mut requests, mut access) = (Vec::new(), Vec::new());
        for (index, request) in all.into_iter().enumerate() {
            let error = |error: serde_json::Error| format!("requests[{index}]: {error}");
            match request.get("to") {
                Some(_) => access.push(serde_json::from_value(request).map_err(error)?),
                None => requests.push(serde_json::from_value(request).map_err(error)?),
            }
        }
        Ok(Expect { requests, access, diagnostics, options, rendered })
    }
}

/// Options that differ from the default.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct FixtureOptions {
    /// `exclude`: the input is the whole cluster.
    missing_services: Option<String>,
    /// Whether hosts may be roots; follows from `istioGateways`.
    host_roots: bool,
    /// Gateways that the operator opens to splits, as `namespace/name`.
    pub istio_gateways: Vec<String>,
    /// Whether the operator opens hosts outside the cluster to splits for clients inside the mesh.
    pub istio_mesh_hosts: bool,
    /// `full`: as Open Service Mesh.
    path_anchoring: Option<String>,
    /// `search`: as Traefik Mesh.
    header_matching: Option<String>,
    /// Losses the user accepts.
    allow: Vec<String>,
    /// DNS domain of the cluster.
    pub cluster_domain: Option<String>,
    /// Whose reading of SMI the other options follow: `osm`, `fsm`, `traefik`, `nginx`, `linkerd`.
    profile: Option<String>,
    /// Trust domain of the mesh.
    trust_domain: Option<String>,
    /// `destinations`, `namespaces` or `off`.
    access_scope: Option<String>,
    /// Whether a TrafficTarget may protect a workload of another namespace.
    foreign_destinations: bool,
    /// Label that says the service account of every pod.
    service_account_label: Option<String>,
    /// Whether conditions that Istio's policies cannot say are enforced by other means.
    pub istio_exact: bool,
    /// How Istio's policies name callers: `principals` or `serviceAccounts`.
    pub istio_identities: Option<String>,
    /// Further trust domains that Istio takes for the mesh's own.
    pub istio_trust_domain_aliases: Vec<String>,
    /// Whether the workloads are in ambient mode; follows from `istioWaypoint`.
    pub istio_ambient: bool,
    /// Name of the waypoint.
    pub istio_waypoint: Option<String>,
}

impl FixtureOptions {
    /// Whether the workloads are in ambient mode.
    #[must_use]
    pub fn in_ambient_mode(&self) -> bool {
        self.istio_ambient || self.istio_waypoint.is_some()
    }
}

/// One request and where it goes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    name: Option<String>,
    /// `namespace/service`, or a host outside the cluster.
    pub host: String,
    /// What is sent.
    #[serde(default)]
    pub protocol: Protocol,
    /// The port dialled.
    #[serde(default = "port_80")]
    pub port: u16,
    #[serde(default = "get")]
    method: String,
    #[serde(default = "slash")]
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, Lines>,
    /// Service to share, as an exact fraction.
    pub shares: BTreeMap<String, String>,
    /// The split that decides.
    pub by: Option<String>,
    /// By mesh: the shares there, where it does something else and says so.
    #[serde(default)]
    pub mesh: BTreeMap<String, BTreeMap<String, String>>,
}

/// What is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// An HTTP request.
    #[default]
    Http,
    /// A connection that is not HTTP.
    Tcp,
    /// Datagrams.
    Udp,
}

/// The values of a header: one line, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Lines {
    One(String),
    Several(Vec<String>),
}

fn yes() -> bool {
    true
}

fn port_80() -> u16 {
    80
}

fn get() -> String {
    "GET".to_owned()
}

fn slash() -> String {
    "/".to_owned()
}

/// The folder with the scenarios.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

impl Fixture {
    /// Every scenario, by name.
    #[must_use]
    pub fn all() -> Vec<Fixture> {
        let folders = fs::read_dir(folder()).expect("the workspace has fixtures");
        let mut names: Vec<String> = folders
            .map(|folder| folder.expect("a folder that was opened can be listed").file_name())
            .map(|name| name.into_string().expect("names of scenarios are plain"))
            .collect();
        names.sort();
        names.iter().map(|name| Fixture::read(name)).collect()
    }

    /// One scenario.
    ///
    /// # Panics
    ///
    /// When a file is missing or is not what the head of this module says.
    #[must_use]
    pub fn read(name: &str) -> Fixture {
        let text = |file: &str| {
            let path = folder().join(name).join(file);
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let input = text("input.yaml");
        let shows = input.lines().next().and_then(|line| line.strip_prefix("# ")).map(str::to_owned);
        let shows = shows.unwrap_or_else(|| panic!("{name}: input.yaml does not begin with what it shows"));
        let expect = documents(&text("expect.yaml")).into_iter().next().unwrap_or_default();
        let expect = Expect::of(expect).unwrap_or_else(|error| panic!("{name}: expect.yaml: {error}"));
        let mut sorted = expect.diagnostics.clone();
        sorted.sort();
        assert_eq!(expect.diagnostics, sorted, "{name}: diagnostics are not sorted");
        Fixture { name: name.to_owned(), shows, input, expect }
    }

    /// How the scenario is read.
    ///
    /// # Panics
    ///
    /// When an option has a value that is not known.
    #[must_use]
    pub fn options(&self) -> Options {
        let FixtureOptions {
            missing_services,
            host_roots,
            istio_gateways,
            istio_mesh_hosts: _,
            path_anchoring,
            header_matching,
            allow,
            cluster_domain,
            profile,
            trust_domain,
            access_scope,
            foreign_destinations,
            service_account_label,
            istio_exact: _,
            istio_identities: _,
            istio_trust_domain_aliases: _,
            istio_ambient: _,
            istio_waypoint: _,
        } = &self.expect.options;
        let profile = profile.as_ref().map_or(Profile::Spec, |profile| {
            profile.parse().unwrap_or_else(|error| panic!("{}: {error}", self.name))
        });
        let mut options = Options {
            host_roots: *host_roots || !istio_gateways.is_empty(),
            allow: allow.iter().cloned().collect(),
            foreign_destinations: *foreign_destinations,
            service_account_label: service_account_label.clone(),
            ..Options::for_profile(profile)
        };
        match access_scope.as_deref() {
            None | Some("destinations") => {}
            Some("namespaces") => options.access_scope = AccessScope::Namespaces,
            Some("off") => options.access_scope = AccessScope::Off,
            Some(other) => panic!("{}: accessScope: {other}", self.name),
        }
        if let Some(domain) = trust_domain {
            options.trust_domain.clone_from(domain);
        }
        match missing_services.as_deref() {
            None => {}
            Some("exclude") => options.missing_services = MissingServices::Exclude,
            Some(other) => panic!("{}: missingServices: {other}", self.name),
        }
        match path_anchoring.as_deref() {
            None => {}
            Some("full") => options.path_anchoring = PathAnchoring::Full,
            Some(other) => panic!("{}: pathAnchoring: {other}", self.name),
        }
        match header_matching.as_deref() {
            None => {}
            Some("search") => options.header_matching = HeaderMatching::Search,
            Some(other) => panic!("{}: headerMatching: {other}", self.name),
        }
        if let Some(domain) = cluster_domain {
            options.cluster_domain.clone_from(domain);
        }
        options
    }

    /// Reads the manifests; `foreign_kinds` as the backend has them.
    #[must_use]
    pub fn inventory(&self, foreign_kinds: &'static [(&'static str, &'static str)]) -> Input {
        let mut reader = Reader::new(ReadOptions { foreign_kinds, ..ReadOptions::default() });
        reader.add("input.yaml", self.input.as_bytes());
        reader.finish(self.options())
    }
}

impl Expected {
    /// Namespace and name of the Service called; `None` for a host outside the cluster.
    #[must_use]
    pub fn service(&self) -> Option<(&str, &str)> {
        self.host.split_once('/')
    }

    /// The request as `decide` takes it.
    #[must_use]
    pub fn request(&self) -> Request {
        let traffic = match self.protocol {
            Protocol::Http => Traffic::Http(HttpRequest {
                method: self.method.clone(),
                path: self.path.clone(),
                headers: self.header_lines(),
            }),
            Protocol::Tcp => Traffic::Tcp,
            Protocol::Udp => Traffic::Udp,
        };
        Request { port: Some(self.port), traffic }
    }

    /// The request as the mesh model takes it.
    #[must_use]
    pub fn payload(&self) -> Payload {
        match self.protocol {
            Protocol::Http => Payload::Http {
                method: self.method.clone(),
                target: self.path.clone(),
                headers: self.header_lines(),
            },
            Protocol::Tcp => Payload::Tcp,
            Protocol::Udp => Payload::Udp,
        }
    }

    fn header_lines(&self) -> Vec<(String, String)> {
        lines_of(&self.headers)
    }
}

fn lines_of(headers: &BTreeMap<String, Lines>) -> Vec<(String, String)> {
    let lines = |(name, lines): (&String, &Lines)| match lines {
        Lines::One(value) => vec![(name.clone(), value.clone())],
        Lines::Several(values) => values.iter().map(|value| (name.clone(), value.clone())).collect(),
    };
    headers.iter().flat_map(lines).collect()
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = &self.name {
            write!(f, "{name}: ")?;
        }
        write!(f, "{} {} on port {}, {} {}", self.host, self.protocol, self.port, self.method, self.path)?;
        self.header_lines().iter().try_for_each(|(name, value)| write!(f, ", {name}: {value}"))
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Protocol::Http => "http",
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        })
    }
}

/// An exact share, `n/d`.
///
/// # Panics
///
/// When the text is something else.
#[must_use]
pub fn fraction(text: &str) -> Fraction {
    let parts = text.split_once('/').and_then(|(n, d)| Some((n.parse().ok()?, d.parse().ok()?)));
    let (numerator, denominator) = parts.unwrap_or_else(|| panic!("{text:?} is no fraction"));
    Fraction::new(numerator, denominator)
}

/// The documents of a YAML text that can be read, items of lists included.
#[must_use]
pub fn documents(text: &str) -> Vec<Value> {
    let readable = yaml::read(text, &Limits::default()).filter_map(|document| document.content.ok());
    let items = |document: Value| match document["items"].as_array() {
        Some(items) => items.clone(),
        None => vec![document],
    };
    readable.map(|node| node.to_json()).flat_map(items).collect()
}
