//! Calls: aimed at the roots and ports of a world, with paths, methods and headers that hit and miss its patterns.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{NAMES, NAMESPACES, World, patterns};
use crate::istio_model::{Call, Payload};

/// Paths, with and without what the patterns of groups ask for. None needs normalising: Istio compares normalised paths and SMI
/// paths as received, which no rendering can mend.
const PATHS: [&str; 26] = [
    "/", "/x", "/xy", "/x/", "/a", "/ab", "/a/b", "/a.b", "/b", "/bc", "/v1", "/v12/z", "/v", "/api",
    "/api/", "/api/x", "/apix", "/API", "/metrics", "//x", "/é", "/x?y=/z", "/api?x", "/yyy", "/q?/x",
    "/b?c",
];

const VALUES: [&str; 11] =
    ["1", "", "11", "a", "ab", "fire", "firefox", "Mozilla Firefox/9", "Firefox", "1\u{e9}", "web"];

/// A call before there is a world to make it in.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    caller: &'static str,
    target: Target,
    port: PortChoice,
    kind: Kind,
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    authority: Option<usize>,
}

#[derive(Clone, Debug)]
enum Target {
    /// The root of one of the splits.
    Root(Index),
    /// Any name.
    Name(usize),
}

#[derive(Clone, Debug)]
enum PortChoice {
    /// One of the ports of the Service.
    Own(Index),
    /// One that may not exist.
    Number(u16),
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Http,
    Tcp,
    Udp,
}

pub(super) fn recipe() -> impl Strategy<Value = Recipe> {
    let target =
        prop_oneof![6 => any::<Index>().prop_map(Target::Root), 1 => (0..NAMES.len()).prop_map(Target::Name)];
    let port = prop_oneof![
        12 => any::<Index>().prop_map(PortChoice::Own),
        1 => select(vec![80u16, 81, 8080, 53]).prop_map(PortChoice::Number),
    ];
    let kind = prop_oneof![8 => Just(Kind::Http), 3 => Just(Kind::Tcp), 1 => Just(Kind::Udp)];
    let method = select(vec!["GET", "HEAD", "POST", "PUT", "get", "DELETE"]);
    let name = select(vec!["x-debug", "X-Debug", "User-Agent", "cookie", "x-other"]);
    let value = prop_oneof![2 => select(VALUES.to_vec()).prop_map(str::to_owned), 1 => patterns::value()];
    let path = prop_oneof![2 => select(PATHS.to_vec()).prop_map(str::to_owned), 1 => patterns::path()];
    let headers = vec((name, value), 0..=3);
    (super::namespace(), target, port, kind, method, path, headers, weighted(0.5, 0usize..6)).prop_map(
        |(caller, target, port, kind, method, path, headers, authority)| Recipe {
            caller,
            target,
            port,
            kind,
            method,
            path,
            headers,
            authority,
        },
    )
}

impl Recipe {
    /// Makes the call in a world.
    pub(super) fn aim(&self, world: &World) -> Call {
        let (namespace, service) = self.service(world);
        let ports = world.cluster.iter().find(|other| other.namespace == namespace && other.name == service);
        let port = match (&self.port, ports.map(|service| service.ports.as_slice())) {
            (PortChoice::Own(index), Some(ports)) if !ports.is_empty() => {
                ports[index.index(ports.len())].number
            }
            (PortChoice::Number(number), _) => *number,
            (PortChoice::Own(_), _) => 80,
        };
        let payload = match self.kind {
            Kind::Tcp => Payload::Tcp,
            Kind::Udp => Payload::Udp,
            Kind::Http => {
                let own = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
                let mut headers: Vec<_> = self.headers.iter().map(own).collect();
                headers.push(("Host".to_owned(), self.authority(&namespace, &service, port)));
                Payload::Http { method: self.method.to_owned(), target: self.path.clone(), headers }
            }
        };
        Call::new(self.caller, &namespace, &service, port, payload)
    }

    /// The root of a split, or any Service.
    fn service(&self, world: &World) -> (String, String) {
        let splits: Vec<_> =
            world.manifests.iter().filter(|manifest| manifest["kind"] == "TrafficSplit").collect();
        match self.target {
            Target::Root(index) if !splits.is_empty() => {
                let split = splits[index.index(splits.len())];
                let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
                let root = text(&split["spec"]["service"]);
                let name = root.split('.').next().unwrap_or_default();
                let name = NAMES.iter().find(|known| **known == name).unwrap_or(&NAMES[0]);
                (text(&split["metadata"]["namespace"]), (*name).to_owned())
            }
            Target::Root(_) => (NAMESPACES[0].to_owned(), NAMES[0].to_owned()),
            Target::Name(name) => (self.caller.to_owned(), NAMES[name].to_owned()),
        }
    }

    /// One of the names that the client may call the Service by.
    fn authority(&self, namespace: &str, service: &str, port: u16) -> String {
        match self.authority {
            Some(0) if self.caller == namespace => service.to_owned(),
            Some(1) if self.caller == namespace => format!("{service}:{port}"),
            Some(0..=2) => format!("{service}.{namespace}"),
            Some(3) => format!("{service}.{namespace}:{port}"),
            Some(4) => format!("{service}.{namespace}.svc:{port}"),
            Some(_) => format!("{service}.{namespace}.svc"),
            None => format!("{service}.{namespace}.svc.{}", crate::istio_model::CLUSTER_DOMAIN),
        }
    }
}
