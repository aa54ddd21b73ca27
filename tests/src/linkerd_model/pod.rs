//! Pods as the proxy inside of them sees them.

use std::collections::{BTreeMap, BTreeSet};

/// What a port without a Server lets in: `config.linkerd.io/default-inbound-policy` when the pod was created.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DefaultPolicy {
    /// Everybody.
    #[default]
    AllUnauthenticated,
    /// Everybody with an identity.
    AllAuthenticated,
    /// Nobody.
    Deny,
}

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Service account.
    pub account: String,
    /// Labels, those of the injector too.
    pub labels: BTreeMap<String, String>,
    /// TCP ports that its containers declare with a name.
    pub named_ports: Vec<(String, u16)>,
    /// What ports without a Server let in.
    pub default_policy: DefaultPolicy,
    /// Whether there is a proxy in it.
    pub meshed: bool,
    /// Ports past the proxy.
    pub skipped_ports: BTreeSet<u16>,
    /// Ports with a path that the kubelet probes by GET.
    pub probes: Vec<(u16, String)>,
}

impl Pod {
    /// A pod with a proxy.
    #[must_use]
    pub fn new(namespace: &str, name: &str, account: &str, labels: &[(&str, &str)]) -> Pod {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        Pod {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            account: account.to_owned(),
            labels: labels.iter().map(own).collect(),
            named_ports: Vec::new(),
            default_policy: DefaultPolicy::default(),
            meshed: true,
            skipped_ports: BTreeSet::new(),
            probes: Vec::new(),
        }
    }

    /// The same pod with the labels that the injector adds to those of a workload (3.9): `kind` in lower case.
    #[must_use]
    pub fn owned_by(mut self, kind: &str, name: &str) -> Pod {
        self.labels.insert(format!("linkerd.io/proxy-{kind}"), name.to_owned());
        self.labels.insert("linkerd.io/workload-ns".to_owned(), self.namespace.clone());
        self.labels.insert("linkerd.io/control-plane-ns".to_owned(), "linkerd".to_owned());
        self
    }

    /// The same pod with a named port.
    #[must_use]
    pub fn naming(mut self, name: &str, number: u16) -> Pod {
        self.named_ports.push((name.to_owned(), number));
        self
    }

    /// The same pod with a probe.
    #[must_use]
    pub fn probed(mut self, port: u16, path: &str) -> Pod {
        self.probes.push((port, path.to_owned()));
        self
    }

    /// The same pod with a port past the proxy: `config.linkerd.io/skip-inbound-ports`.
    #[must_use]
    pub fn skipping(mut self, port: u16) -> Pod {
        self.skipped_ports.insert(port);
        self
    }

    /// The same pod with another default.
    #[must_use]
    pub fn defaulting_to(mut self, policy: DefaultPolicy) -> Pod {
        self.default_policy = policy;
        self
    }

    /// The same pod without a proxy.
    #[must_use]
    pub fn without_proxy(mut self) -> Pod {
        self.meshed = false;
        self
    }
}
