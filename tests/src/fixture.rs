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
//!   mesh: {istio: {website: 1/1}}             # only where a mesh does something else, and a diagnostic says so; `every` for all
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
//!   mesh: {istio: deny}                       # only where a mesh does something else, and a diagnostic says so; `every` for all
//! diagnostics: [SMI-VAL-45]                   # codes of warnings, losses and errors for every mesh; sorted, repeated ones repeated
//! rendered: false                             # nothing is rendered; default true
//! mesh:                                       # only where a mesh differs
//!   linkerd:
//!     diagnostics: [LINKERD-PORT-4]           # what is said for it besides
//!     rendered: true
//! options:                                    # optional; see `FixtureOptions`
//!   pathAnchoring: full
//!   linkerd: {routing: http-route}            # those of the mesh's backend
//! ```

mod access;
mod expect;
mod istio;
mod linkerd;
mod options;
mod routing;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use smi_translate::read::{Input, ReadOptions, Reader};
use smi_translate::yaml::{self, Limits};
use smi_translate::{Backend, HttpRequest, Inventory, Severity, Traffic, Translation, translate};

pub use access::{Answer, ExpectedAccess};
pub use expect::{ByMesh, Expect};
pub use istio::IstioSection;
pub use linkerd::LinkerdSection;
pub use options::FixtureOptions;
pub use routing::Expected;

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

impl Protocol {
    /// What `decide` is told is sent.
    fn traffic(self, method: &str, path: &str, headers: Vec<(String, String)>) -> Traffic {
        match self {
            Protocol::Http => {
                Traffic::Http(HttpRequest { method: method.to_owned(), path: path.to_owned(), headers })
            }
            Protocol::Tcp => Traffic::Tcp,
            Protocol::Udp => Traffic::Udp,
        }
    }

    /// What the model of Istio is told is sent.
    fn payload(self, method: &str, path: &str, headers: Vec<(String, String)>) -> Payload {
        match self {
            Protocol::Http => Payload::Http { method: method.to_owned(), target: path.to_owned(), headers },
            Protocol::Tcp => Payload::Tcp,
            Protocol::Udp => Payload::Udp,
        }
    }
}

/// The values of a header: one line, or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Lines {
    One(String),
    Several(Vec<String>),
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
        let expect = expect::read(expect).unwrap_or_else(|error| panic!("{name}: expect.yaml: {error}"));
        Fixture { name: name.to_owned(), shows, input, expect }
    }

    /// Reads the manifests; `foreign_kinds` as the backend has them.
    #[must_use]
    pub fn inventory(&self, foreign_kinds: &'static [(&'static str, &'static str)]) -> Input {
        let mut reader = Reader::new(ReadOptions { foreign_kinds, ..ReadOptions::default() });
        reader.add("input.yaml", self.input.as_bytes());
        reader.finish(self.options())
    }

    /// Reads and translates the manifests.
    #[must_use]
    pub fn translated(&self, backend: &dyn Backend) -> Translated {
        let Input { inventory, mut diagnostics, .. } = self.inventory(backend.foreign_kinds());
        let mut translation = translate(&inventory, backend);
        diagnostics.append(&mut translation.diagnostics);
        translation.diagnostics = diagnostics;
        Translated { inventory, translation }
    }
}

/// A scenario, translated.
pub struct Translated {
    /// What was read.
    pub inventory: Inventory,
    /// What became of it; the diagnostics are those of reading too.
    pub translation: Translation,
}

impl Translated {
    /// The rendered objects as JSON.
    ///
    /// # Panics
    ///
    /// When an object is none, which no object of ours is known to do.
    #[must_use]
    pub fn objects(&self) -> Vec<Value> {
        let value = |manifest| serde_json::to_value(manifest).expect("a rendered object is JSON");
        self.translation.manifests.iter().map(value).collect()
    }

    /// The codes of warnings, losses and errors; sorted.
    #[must_use]
    pub fn codes(&self) -> Vec<&'static str> {
        let diagnostics = self.translation.diagnostics.iter();
        let serious = diagnostics.filter(|diagnostic| diagnostic.severity >= Severity::Warning);
        let mut codes: Vec<&str> = serious.map(|diagnostic| diagnostic.code.0).collect();
        codes.sort_unstable();
        codes
    }
}

fn lines_of(headers: &BTreeMap<String, Lines>) -> Vec<(String, String)> {
    let lines = |(name, lines): (&String, &Lines)| match lines {
        Lines::One(value) => vec![(name.clone(), value.clone())],
        Lines::Several(values) => values.iter().map(|value| (name.clone(), value.clone())).collect(),
    };
    headers.iter().flat_map(lines).collect()
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
