//! Typed model of the [Service Mesh Interface](https://smi-spec.io) (SMI): every kind in every version, with exact conversion and
//! validation.
//!
//! SMI is a set of Kubernetes APIs with which one says what a service mesh should do, without naming the mesh. Its specification was
//! archived in 2023 and will not change again; its objects are alive. Argo Rollouts, Flagger and linkerd-failover write them, and
//! whoever ran Open Service Mesh, Traefik Mesh or NGINX Service Mesh owns them. This crate reads all of them, says exactly what they
//! say, and writes any version.
//!
//! It has no Kubernetes client, no floating point, no `unsafe`, and without features no dependency but serde and serde_json.
//!
//! # SMI in ten minutes
//!
//! | group | kind | what it says |
//! | --- | --- | --- |
//! | [`split`] | TrafficSplit | which shares of the traffic to a root Service go to which backend Services |
//! | [`access`] | TrafficTarget | who may send which traffic to a workload; everything else is denied |
//! | [`access`] | IdentityBinding | other names for a workload than its ServiceAccount |
//! | [`specs`] | HTTPRouteGroup | a set of HTTP requests, by path, method and headers |
//! | [`specs`] | TCPRoute, UDPRoute | a set of ports |
//! | [`metrics`] | TrafficMetrics | latencies and counts of a resource, served by an API server of its own |
//!
//! Routes do nothing by themselves: TrafficTargets and TrafficSplits refer to them. A canary that serves a tenth of the traffic
//! of Service `web`, but only to Firefox, and a grant that lets the ingress call it:
//!
//! ```yaml
//! apiVersion: specs.smi-spec.io/v1alpha4
//! kind: HTTPRouteGroup
//! metadata: {name: firefox, namespace: shop}
//! spec:
//!   matches:
//!   - name: firefox
//!     headers: {user-agent: ".*Firefox.*"}    # a regular expression of the whole value
//! ---
//! apiVersion: split.smi-spec.io/v1alpha4
//! kind: TrafficSplit
//! metadata: {name: web-canary, namespace: shop}
//! spec:
//!   service: web                              # what clients call
//!   matches:
//!   - {kind: HTTPRouteGroup, name: firefox}   # other requests go to the endpoints of `web` itself
//!   backends:
//!   - {service: web-v1, weight: 90}           # weights are relative, and need not add up to 100
//!   - {service: web-v2, weight: 10}
//! ---
//! apiVersion: access.smi-spec.io/v1alpha4
//! kind: TrafficTarget
//! metadata: {name: web, namespace: shop}
//! spec:
//!   destination: {kind: ServiceAccount, name: web}   # pods by their service account, in the same namespace
//!   rules:
//!   - {kind: HTTPRouteGroup, name: firefox}
//!   sources:
//!   - {kind: ServiceAccount, name: ingress, namespace: edge}
//! ```
//!
//! A split decides where a request goes, a target whether it may: they are independent, and a request that a split sends to a workload
//! which does not admit it is denied.
//!
//! # From JSON to meaning
//!
//! [`convert::read`] takes any SMI object and gives it without its version; [`validate::object`] says what is wrong with it.
//!
//! ```
//! use smi_types::validate::{self, Contexts};
//! use smi_types::{convert, hub};
//!
//! let object = serde_json::json!({
//!     "apiVersion": "split.smi-spec.io/v1alpha1", "kind": "TrafficSplit",
//!     "metadata": {"name": "web", "namespace": "shop"},
//!     "spec": {"service": "web", "backends": [{"service": "web-v1", "weight": "1"}, {"service": "web-v2", "weight": "500m"}]},
//! });
//! let hub::Object::TrafficSplit(split) = convert::read(&object)?.object else { panic!("another kind") };
//! assert_eq!(split.weights()?, [1000, 500]); // exact: two thirds and one third
//!
//! let findings = validate::object(&object, &Contexts::default());
//! assert_eq!(findings[0].code, "SMI-VAL-4");
//! assert_eq!(findings[0].to_string(), "apiVersion: v1alpha1 of TrafficSplit is deprecated");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! There are two forms of every kind:
//!
//! * The **wire** types, one module for each version, hold what the JSON holds and nothing else. [`Object`] puts `apiVersion`, `kind`
//!   and metadata around them: `Object<split::v1alpha4::TrafficSplitSpec>` is a TrafficSplit v1alpha4. They read whatever an API server
//!   might have stored, `null`s of Go clients included, and ignore what they do not know.
//! * The [`hub`] types hold what an object means, whatever its version. Tools work on these. Weights are integers, and a list of
//!   ports in which none is valid never means all ports.
//!
//! # From version to version
//!
//! [`convert::object`] writes any object in any version that its kind has. What a version cannot say travels in one annotation, so
//! that converting back restores it; every such loss is reported, by how bad it is.
//!
//! ```
//! use smi_types::Version;
//! use smi_types::convert::{self, ConvertOptions};
//!
//! # let object = serde_json::json!({
//! #     "apiVersion": "split.smi-spec.io/v1alpha1", "kind": "TrafficSplit", "metadata": {"name": "web", "namespace": "shop"},
//! #     "spec": {"service": "web", "backends": [{"service": "web-v1", "weight": "1"}, {"service": "web-v2", "weight": "500m"}]},
//! # });
//! let new = convert::object(&object, Version::V1Alpha4, &ConvertOptions::default())?;
//! assert_eq!(new.object["spec"]["backends"][1]["weight"], 500);
//! assert!(new.losses[0].carried); // that it was "500m"
//! assert_eq!(convert::object(&new.object, Version::V1Alpha1, &ConvertOptions::default())?.object, object);
//! # Ok::<(), convert::ObjectError>(())
//! ```
//!
//! | kind | versions | what the newest brought | write |
//! | --- | --- | --- | --- |
//! | TrafficSplit | v1alpha1 to v1alpha4 | v1alpha2 whole weights, v1alpha3 `matches`; v1alpha4 is the same | v1alpha4 |
//! | TrafficTarget | v1alpha1 to v1alpha4 | v1alpha2 `spec`, v1alpha3 no port, v1alpha4 IdentityBinding | v1alpha4, or v1alpha3 for meshes that stopped there |
//! | HTTPRouteGroup | v1alpha1 to v1alpha4 | v1alpha2 `headers`, v1alpha3 `spec`; v1alpha4 is the same | v1alpha4 |
//! | TCPRoute | v1alpha1 to v1alpha4 | v1alpha4 ports | v1alpha4: to older readers every route is all ports |
//! | UDPRoute, IdentityBinding | v1alpha4 | | v1alpha4 |
//! | TrafficMetrics | v1alpha1, v1alpha2 | v1alpha2 is the Go SDK's | v1alpha1, which is in the prose |
//!
//! The page of each group tells its history.
//!
//! # In a cluster
//!
//! * [`crd`] holds the CustomResourceDefinitions of the kinds, and says what other definitions lack.
//! * [`review`] answers the conversion and the admission webhook, as pure functions.
//! * [`status`] is what controllers say about an object, with their conditions and reasons by name.
//! * With the feature `kube` each kind is a [`kube`](https://docs.rs/kube) resource, ready for `kube::Api`, watches and stores.
#![cfg_attr(feature = "kube", doc = "  How they are used is in [`_client`].")]
//!
//! # Small parts
//!
//! [`ApiVersion`] tells which objects are SMI's at all; [`Kind`] and [`Version`] are read from text, and stand in configurations of your
//! own, as Kubernetes spells them. [`service_name`] tells what the name of a Service means, [`quantity`] reads Kubernetes
//! quantities exactly, [`Port`] a port number, [`spiffe`] the IDs of an IdentityBinding.
//!
//! Ids such as SMI-CONV-41 or SMI-VAL-43 name rules of the project's SMI reference; what they say stands beside them.
//!
//! # Features
//!
//! All are off by default, and only add.
//!
//! | feature | brings | crates |
//! | --- | --- | --- |
//! | none | all types, conversion, validation, definitions, webhooks | 12, with this one |
//! | `schemars` | [`schemars::JsonSchema`](https://docs.rs/schemars) of the wire types, as liberal as the upstream schemas | 18 |
//! | `kube` | a resource beside each `…Spec`, such as `split::v1alpha4::TrafficSplit`, with its [`status`], and conversions to and from [`Object`] | 45 |
//!
//! With `kube`, the final program chooses the Kubernetes version: a `v1_*` feature of `k8s-openapi` 0.29, the lowest version that it
//! supports. To build this crate alone, set `K8S_OPENAPI_ENABLED_VERSION=1.33`.
//!
//! # What to rely on
//!
//! * **Rust version**: 1.89, with any set of features. Raising it is a minor release, never a patch.
//! * **Semantic versions**: before 1.0 a minor release may break what compiles; patches do not. SMI itself does not change, so that wire
//!   types, [`hub`] types and [`Kind`] are exhaustive: match on them, and construct them, without a rest. So are, on purpose, what is
//!   handed in and out as plain data, contexts, [`ConvertOptions`](convert::ConvertOptions), [`Finding`](validate::Finding) and
//!   [`Loss`](convert::Loss): another field in one of them is a breaking change, because whoever takes it apart should decide about it.
//!   What may grow in a patch is `#[non_exhaustive]`: what can be wrong with a text (`…Problem`, [`UnknownName`]), the types and reasons
//!   of conditions in [`status`], the answers of webhooks, [`AdmissionOptions`](review::AdmissionOptions), and what can be measured
//!   ([`ResourceKind`](metrics::ResourceKind)).
//!   With `kube`, a new major version of `kube` or `k8s-openapi` is a breaking change of this crate.
//! * **What is written**: the JSON, the annotation `adapters.smi-spec.io/smi-conversion` and the codes of findings are stable; what one
//!   release writes every later one reads. The texts of messages are not.
//! * **No panics**: nothing that is read from outside makes this crate panic or take more than linear time.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    feature = "kube",
    allow(unreachable_pub, reason = "KubeSchema makes a hidden copy of each type, as public as the type")
)]

#[cfg(feature = "kube")]
pub mod _client;
pub mod access;
pub mod convert;
pub mod crd;
pub mod hub;
pub mod metrics;
pub mod quantity;
pub mod review;
pub mod service_name;
pub mod specs;
pub mod spiffe;
pub mod split;
pub mod status;
pub mod validate;

mod api_version;
mod headers;
mod metadata;
mod missing_body;
mod null;
mod number;
mod object;
mod path;
mod port;
mod quote;
#[cfg(feature = "kube")]
mod resource;
#[cfg(feature = "schemars")]
mod schema;
mod unknown_name;
mod version;
mod weight;

pub use api_version::{ApiVersion, Kind};
pub use headers::{HeaderStyle, Headers};
pub use metadata::Metadata;
pub use object::{Body, Layout, Object};
pub use path::{FieldPath, Segment};
pub use port::{InvalidPort, Port};
pub use unknown_name::UnknownName;
pub use version::{ACCESS_GROUP, METRICS_GROUP, SPECS_GROUP, SPLIT_GROUP, Version};
pub use weight::Weight;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
