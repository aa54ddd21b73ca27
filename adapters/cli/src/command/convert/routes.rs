//! The TCPRoutes of the whole input: what `--materialize` must know before it writes others.

use std::collections::BTreeMap;

use smi_types::convert::{self, MaterializeError, Materialized};
use smi_types::hub::{Ports, TCPRoute, TrafficTarget};
use smi_types::{Metadata, Version};

/// TCPRoutes by namespace and name.
#[derive(Default)]
pub(super) struct Routes(BTreeMap<(String, String), TCPRoute>);

impl Routes {
    /// Remembers a TCPRoute; `None` where it cannot be read. One with several definitions has no effect, as everywhere.
    pub(super) fn add(&mut self, namespace: &str, name: &str, route: Option<TCPRoute>) {
        let route = route.unwrap_or_else(|| without_ports(namespace, name));
        let says = |route: &TCPRoute| (route.ports.clone(), route.match_name.clone());
        let known = self.0.entry((namespace.to_owned(), name.to_owned())).or_insert_with(|| route.clone());
        if says(known) != says(&route) {
            *known = without_ports(namespace, name);
        }
    }

    pub(super) fn has(&self, namespace: &str, name: &str) -> bool {
        self.0.contains_key(&(namespace.to_owned(), name.to_owned()))
    }

    /// Turns the port of a target into a TCPRoute, which may be one that is known.
    pub(super) fn materialize(
        &self,
        namespace: &str,
        target: &TrafficTarget,
    ) -> Result<Materialized, MaterializeError> {
        // What a namespace is called only matters by its being the same: in the input it may be left out.
        let here = |route: &TCPRoute| {
            let metadata =
                Metadata { namespace: target.metadata.namespace.clone(), ..route.metadata.clone() };
            TCPRoute { metadata, ..route.clone() }
        };
        let named = target.rules.iter().filter_map(|rule| self.get(namespace, &rule.name));
        let routes: Vec<TCPRoute> =
            named.chain(self.beginning(namespace, target.metadata.name())).map(here).collect();
        convert::materialize(target, &routes)
    }

    fn get(&self, namespace: &str, name: &str) -> Option<&TCPRoute> {
        self.0.get(&(namespace.to_owned(), name.to_owned()))
    }

    /// The routes of a namespace whose names begin with that of a target, as the new one's will.
    fn beginning(&self, namespace: &str, name: &str) -> impl Iterator<Item = &TCPRoute> {
        let start = (namespace.to_owned(), name.to_owned());
        let routes = self.0.range(start.clone()..);
        routes.take_while(move |(key, _)| key.0 == start.0 && key.1.starts_with(&start.1)).map(|(_, r)| r)
    }
}

/// Stands for a TCPRoute that is there and means no port at all: its name is taken, and it grants nothing.
fn without_ports(namespace: &str, name: &str) -> TCPRoute {
    TCPRoute {
        metadata: Metadata::named(namespace, name),
        version: Version::V1Alpha4,
        match_name: None,
        ports: Ports::listed(vec![0.into()]),
    }
}
