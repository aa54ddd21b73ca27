//! What the model of a mesh is asked, whichever mesh it is.

use std::collections::BTreeMap;

use serde_json::Value;
use smi_translate::Options;
use smi_translate::manifest::UNIT_LABEL;

use crate::fixture::FixtureOptions;
use crate::istio_model::{Call, Payload, Service};

/// A cluster as a mesh finds it.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// What is rendered.
    pub rendered: &'a [Value],
    /// What users wrote: Services, workloads, and objects of the mesh.
    pub written: &'a [Value],
    /// The Services there are, written or not.
    pub services: &'a [Service],
    /// How SMI is read.
    pub options: &'a Options,
    /// How the mesh is set up.
    pub sections: &'a FixtureOptions,
}

/// A request or connection to the pods of a workload.
#[derive(Clone, Debug)]
pub struct Knock {
    /// The identity of the sender as a certificate has it, without its scheme; `None` where there is no certificate.
    pub principal: Option<String>,
    /// Namespace of the workload.
    pub namespace: String,
    /// Its service account.
    pub account: String,
    /// Labels of the pod; without them every workload of the service account is asked.
    pub labels: Option<BTreeMap<String, String>>,
    /// The port the workload listens on.
    pub port: u16,
    /// What is sent.
    pub payload: Payload,
}

/// The model of a mesh, with the objects of a scene.
pub trait Model {
    /// Where a call goes, in words: `1/2 shop/web-v1:80, 1/2 shop/web-v2:80`. `None` where the mesh does not define it.
    fn route(&self, call: &Call) -> Option<String>;

    /// Whether every pod that is meant lets a request in. `None` where no proxy sees it, or where the port would not take it whatever the
    /// policies say: UDP, and bytes that are not HTTP on a port that is declared as HTTP.
    fn admits(&self, knock: &Knock) -> Option<bool>;

    /// Whether what is rendered guards every pod that is meant, on that port.
    fn guards(&self, knock: &Knock) -> bool;
}

impl<'a> Scene<'a> {
    /// The objects of the mesh that users wrote. What an earlier translation wrote is replaced or removed.
    pub fn own_objects(&self, groups: &[&str]) -> impl Iterator<Item = &'a Value> {
        let is_own = move |object: &&Value| {
            let version = object["apiVersion"].as_str().unwrap_or_default();
            let group = version.split_once('/').map_or("", |(group, _)| group);
            groups.contains(&group) && object["metadata"]["labels"][UNIT_LABEL].is_null()
        };
        self.written.iter().filter(is_own)
    }
}
