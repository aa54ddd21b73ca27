//! Conditions of routes: which routes exist for a client and port, and which of them a request satisfies.

use super::Call;
use super::re2::Re2;
use super::resource::{HttpMatch, HttpRoute, TcpMatch, TcpRoute, VirtualService};

/// The name by which gateway lists mean all sidecars.
const MESH: &str = "mesh";

/// A compiled StringMatch. Everything but a prefix compares the whole value (2.2).
#[derive(Clone, Debug)]
pub(super) enum Text {
    /// `{}`: the header is there.
    Present,
    /// `exact`
    Exact(String),
    /// `prefix`
    Prefix(String),
    /// `regex`
    Regex(Re2),
}

impl Text {
    fn accepts(&self, value: &str) -> bool {
        match self {
            Text::Present => true,
            Text::Exact(text) => value == text,
            Text::Prefix(text) => value.starts_with(text),
            Text::Regex(regex) => regex.matches_all_of(value),
        }
    }
}

impl VirtualService {
    /// Whether sidecars look at it at all: `gateways` omitted, or with `mesh` among them.
    pub(super) fn on_mesh(&self) -> bool {
        self.gateways.as_ref().is_none_or(|gateways| gateways.iter().any(|gateway| gateway == MESH))
    }

    /// Whether a client in `namespace` sees it.
    pub(super) fn is_exported_to(&self, namespace: &str) -> bool {
        self.export_to.as_ref().is_none_or(|to| {
            to.iter().any(|to| to == "*" || to == namespace || (to == "." && self.namespace == namespace))
        })
    }

    /// Private ones are looked at first, then those exported to named namespaces, then public ones (2.2).
    pub(super) fn visibility(&self) -> u8 {
        match self.export_to.as_deref() {
            Some([only]) if only == "." => 0,
            Some(to) if !to.iter().any(|to| to == "*") => 1,
            _ => 2,
        }
    }
}

/// `match.port` is the port dialled; a list of gateways replaces the source conditions.
fn selects(call: &Call, port: Option<u16>, gateways: &[String], source: Option<&str>) -> bool {
    port.is_none_or(|port| port == call.port)
        && if gateways.is_empty() {
            source.is_none_or(|source| source == call.caller_namespace)
        } else {
            gateways.iter().any(|gateway| gateway == MESH)
        }
}

impl HttpMatch {
    fn is_for(&self, call: &Call) -> bool {
        selects(call, self.port, &self.gateways, self.source_namespace.as_deref())
    }

    fn accepts(&self, call: &Call) -> bool {
        let accepted =
            |text: &Option<Text>, value: &str| text.as_ref().is_none_or(|text| text.accepts(value));
        accepted(&self.uri, &call.path())
            && accepted(&self.method, call.method())
            && accepted(&self.authority, &call.authority())
            // One line of the header has to match; a missing header never does.
            && self.headers.iter().all(|(name, text)| call.lines(name).any(|value| text.accepts(value)))
    }
}

impl HttpRoute {
    /// Whether the route exists in the route table of this client and port.
    pub(super) fn is_for(&self, call: &Call) -> bool {
        self.matches.is_empty() || self.matches.iter().any(|condition| condition.is_for(call))
    }

    /// Whether the request satisfies it, given that it exists.
    pub(super) fn accepts(&self, call: &Call) -> bool {
        self.matches.is_empty()
            || self.matches.iter().any(|condition| condition.is_for(call) && condition.accepts(call))
    }
}

impl TcpRoute {
    /// Whether the route exists for this client and port; if so, it takes every connection.
    pub(super) fn is_for(&self, call: &Call) -> bool {
        let exists = |m: &TcpMatch| selects(call, m.port, &m.gateways, m.source_namespace.as_deref());
        self.matches.is_empty() || self.matches.iter().any(exists)
    }
}
