//! Names of things: which object a message is about, which Service a share goes to.

use std::borrow::Cow;
use std::fmt;

/// A Kubernetes object, as messages and annotations name it: `TrafficSplit shop/website`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectRef {
    /// Kind, in Kubernetes spelling.
    pub kind: Cow<'static, str>,
    /// Namespace; empty for cluster-scoped objects.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl ObjectRef {
    /// Names an object.
    pub fn new(
        kind: impl Into<Cow<'static, str>>,
        namespace: impl Into<String>,
        name: impl Into<String>,
    ) -> Self {
        ObjectRef { kind: kind.into(), namespace: namespace.into(), name: name.into() }
    }

    /// `namespace/name`, or the bare name of a cluster-scoped object.
    #[must_use]
    pub fn namespaced_name(&self) -> String {
        if self.namespace.is_empty() {
            self.name.clone()
        } else {
            format!("{}/{}", self.namespace, self.name)
        }
    }
}

impl fmt::Display for ObjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.kind)?;
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        f.write_str(&self.name)
    }
}

/// A Service, by namespace and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceRef {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl ServiceRef {
    /// Names a Service.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        ServiceRef { namespace: namespace.into(), name: name.into() }
    }

    /// The fully qualified name in a cluster whose DNS domain is `cluster_domain`.
    ///
    /// ```
    /// let service = smi_translate::ServiceRef::new("shop", "website");
    /// assert_eq!(service.fqdn("cluster.local"), "website.shop.svc.cluster.local");
    /// ```
    #[must_use]
    pub fn fqdn(&self, cluster_domain: &str) -> String {
        [&self.name, ".", &self.namespace, ".svc.", cluster_domain].concat()
    }
}

impl fmt::Display for ServiceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
