//! Calls to pods: mostly what some TrafficTarget might allow, and then one thing about it changed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

use super::super::{NAMESPACES, patterns};
use super::targets::{self, FOREIGN};
use super::{ACCOUNTS, AccessCall, AccessWorld, Caller, Labels, PORTS};
use crate::istio_model::Payload;

/// Paths in normal form: Istio compares normalised paths and SMI paths as received, which no rendering can mend.
const PATHS: [&str; 32] = [
    "/",
    "/a",
    "/ab",
    "/a/",
    "/a/b",
    "/a/b/",
    "/a//b",
    "//a",
    "/a/x/b",
    "/a/x/y/b",
    "/a/[1]",
    "/b",
    "/b/a",
    "/c/a",
    "/bc",
    "/A",
    "/a*",
    "/*",
    "/a.b",
    "/v1",
    "/v1/z",
    "/x",
    "/api",
    "/api/x",
    "/apix",
    "/metrics",
    "/a?x",
    "/b?/a",
    "/a#b",
    "/a/b?c=/z",
    "/a=b",
    "/abc",
];

const VALUES: [&str; 11] =
    ["1", "", "11", "a", "ab", "fire", "firefox", "Mozilla Firefox/9", "Firefox", "web", "a,b"];

#[derive(Clone, Debug)]
pub(super) struct Recipe {
    target: Index,
    pod: Index,
    /// Whether the pod, the caller and the port are such as the target names.
    fits: [bool; 3],
    caller: CallerChoice,
    port: u16,
    pick: Index,
    http: bool,
    udp: bool,
    method: &'static str,
    path: String,
    headers: Vec<(&'static str, String)>,
    authority: &'static str,
}

#[derive(Clone, Debug)]
enum CallerChoice {
    /// A pod of the world.
    Pod(Index),
    /// An account that may have no pods.
    Account(&'static str, &'static str),
    Foreign(&'static str),
    Nobody,
}

pub(super) fn recipe() -> impl Strategy<Value = Recipe> {
    let caller = prop_oneof![
        5 => any::<Index>().prop_map(CallerChoice::Pod),
        2 => (select(NAMESPACES.to_vec()), select(ACCOUNTS.to_vec())).prop_map(|(ns, name)| CallerChoice::Account(ns, name)),
        2 => select(FOREIGN.to_vec()).prop_map(CallerChoice::Foreign),
        1 => Just(CallerChoice::Nobody),
    ];
    let port = prop_oneof![8 => select(PORTS.to_vec()), 1 => select(vec![80u16, 5000])];
    let method =
        prop_oneof![6 => select(vec!["GET", "POST"]), 2 => select(vec!["HEAD", "PUT", "get", "DELETE"])];
    let name = select(vec!["x-debug", "X-Debug", "User-Agent", "cookie", "x-other"]);
    let value = prop_oneof![2 => select(VALUES.to_vec()).prop_map(str::to_owned), 1 => patterns::value()];
    let path = prop_oneof![3 => select(PATHS.to_vec()).prop_map(str::to_owned), 1 => patterns::path()];
    let fits = [0.97, 0.92, 0.9].map(prop::bool::weighted);
    let kind = (prop::bool::weighted(0.8), prop::bool::weighted(0.02));
    let request =
        (method, path, vec((name, value), 0..=3), select(vec!["web", "web.shop", "api.shop:8080", "a", "1"]));
    let who = (any::<Index>(), any::<Index>(), fits, caller, port, any::<Index>());
    (who, kind, request).prop_map(
        |((target, pod, fits, caller, port, pick), (http, udp), (method, path, headers, authority))| Recipe {
            target,
            pod,
            fits,
            caller,
            port,
            pick,
            http,
            udp,
            method,
            path,
            headers,
            authority,
        },
    )
}

impl Recipe {
    /// Makes the call in a world.
    pub(super) fn aim(&self, world: &AccessWorld) -> AccessCall {
        let targets: Vec<&Value> =
            world.manifests.iter().filter(|manifest| manifest["kind"] == "TrafficTarget").collect();
        let target = (!targets.is_empty()).then(|| targets[self.target.index(targets.len())]);
        let protected: Vec<usize> = (0..world.workloads.len())
            .filter(|index| target.is_some_and(|t| targets::protects(t, &world.workloads[*index], world)))
            .collect();
        let to = match self.fits[0] && !protected.is_empty() {
            true => protected[self.pod.index(protected.len())],
            false => self.pod.index(world.workloads.len()),
        };
        let own = target.filter(|_| self.fits[1]).and_then(|target| self.source_of(target, world));
        let caller = own.unwrap_or_else(|| self.caller(world));
        let port = target.filter(|_| self.fits[2]).and_then(|target| self.port_of(target, world));
        let payload = match (self.udp, self.http) {
            (true, _) => Payload::Udp,
            (false, false) => Payload::Tcp,
            (false, true) => {
                let own = |(name, value): &(&str, String)| ((*name).to_owned(), value.clone());
                let mut headers: Vec<_> = self.headers.iter().map(own).collect();
                headers.push(("Host".to_owned(), self.authority.to_owned()));
                Payload::Http { method: self.method.to_owned(), target: self.path.clone(), headers }
            }
        };
        AccessCall { caller, to, port: port.unwrap_or(self.port), payload }
    }

    fn port_of(&self, target: &Value, world: &AccessWorld) -> Option<u16> {
        let ports = targets::named_ports(target, world);
        (!ports.is_empty()).then(|| ports[self.pick.index(ports.len())])
    }

    fn caller(&self, world: &AccessWorld) -> Caller {
        match self.caller {
            CallerChoice::Pod(index) => {
                pod(world, index.index(world.workloads.len()), self.pick.index(20) == 0)
            }
            CallerChoice::Account(namespace, account) => account_of(world, namespace, account, self.pick),
            CallerChoice::Foreign(id) => foreign(world, id, self.pick),
            CallerChoice::Nobody => Caller::Nobody,
        }
    }

    /// One that a source of the target might mean.
    fn source_of(&self, target: &Value, world: &AccessWorld) -> Option<Caller> {
        let spec = if target["spec"].is_object() { &target["spec"] } else { target };
        let sources = spec["sources"].as_array().filter(|list| !list.is_empty())?;
        let source = &sources[self.pick.index(sources.len())];
        let own = target["metadata"]["namespace"].as_str()?;
        let namespace = source["namespace"].as_str().filter(|text| !text.is_empty()).unwrap_or(own);
        let name = source["name"].as_str()?;
        if source["kind"] == "ServiceAccount" {
            return Some(account_of(world, namespace, name, self.pick));
        }
        let binding = world.manifests.iter().find(|object| {
            object["kind"] == "IdentityBinding"
                && object["metadata"]["name"] == name
                && object["metadata"]["namespace"] == namespace
        })?;
        let schemes = &binding["spec"]["schemes"];
        let ids: Vec<&str> =
            schemes["spiffeIdentities"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        if !ids.is_empty() && self.pod.index(2) == 0 {
            let id = ids[self.pick.index(ids.len())];
            return Some(foreign(world, id.strip_prefix("spiffe://").unwrap_or(id), self.pick));
        }
        if let Some(account) = schemes["serviceAccount"].as_str() {
            return Some(account_of(world, namespace, account, self.pick));
        }
        let asked = schemes["podLabelSelector"]["matchLabels"].as_object()?;
        let has = |index: &usize| {
            let pod = &world.workloads[*index].pod;
            pod.namespace == namespace
                && asked.iter().all(|(key, value)| pod.labels.get(key).map(String::as_str) == value.as_str())
        };
        let pods: Vec<usize> = (0..world.workloads.len()).filter(has).collect();
        (!pods.is_empty()).then(|| pod(world, pods[self.pick.index(pods.len())], false))
    }
}

/// A pod as a caller.
fn pod(world: &AccessWorld, index: usize, alias: bool) -> Caller {
    let workload = &world.workloads[index];
    let (namespace, account) = (workload.pod.namespace.clone(), workload.account.clone());
    Caller::Account { namespace, account, labels: workload.pod.labels.clone(), alias }
}

/// A pod of an account; one without labels where the account has none.
fn account_of(world: &AccessWorld, namespace: &str, account: &str, pick: Index) -> Caller {
    let own = |index: &usize| {
        let workload = &world.workloads[*index];
        workload.pod.namespace == namespace && workload.account == account
    };
    let pods: Vec<usize> = (0..world.workloads.len()).filter(own).collect();
    match pods.is_empty() {
        true => Caller::Account {
            namespace: namespace.to_owned(),
            account: account.to_owned(),
            labels: Labels::new(),
            alias: false,
        },
        false => pod(world, pods[pick.index(pods.len())], false),
    }
}

/// An identity that may turn out to be that of an account of the mesh.
fn foreign(world: &AccessWorld, id: &str, pick: Index) -> Caller {
    match id.split('/').collect::<Vec<_>>()[..] {
        [domain, "ns", namespace, "sa", name] if domain == world.trust_domain => {
            account_of(world, namespace, name, pick)
        }
        _ => Caller::Spiffe(id.to_owned()),
    }
}
