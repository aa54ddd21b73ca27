//! Typed model of the [Service Mesh Interface](https://smi-spec.io) (SMI): its configuration kinds in every version.
//!
//! * [`split`], [`access`] and [`specs`] hold the types of each version, exactly as they stand on the wire. [`Object`] puts
//!   metadata around them.
//! * [`hub`] holds the same kinds without a version. Tools work on these.
//! * [`convert`] goes from any version to the hub and back, and reports what a version cannot say.
//! * [`validate`] says what is wrong with one object, by stable code.
//! * [`crd`] holds the CustomResourceDefinitions of the kinds, and says what other definitions lack.
//! * [`ApiVersion`] tells which objects are SMI's at all, [`service_name`] what a Service name means, [`quantity`] reads the
//!   weights of v1alpha1, [`Port`] a port number, [`spiffe`] the IDs of an IdentityBinding.
//!
//! ```
//! use smi_types::convert::{self, ConvertOptions};
//! use smi_types::{ApiVersion, Version, validate};
//!
//! let object = serde_json::json!({
//!     "apiVersion": "split.smi-spec.io/v1alpha1", "kind": "TrafficSplit",
//!     "metadata": {"name": "web", "namespace": "shop"},
//!     "spec": {"service": "web", "backends": [{"service": "web-v1", "weight": "1"}, {"service": "web-v2", "weight": "500m"}]},
//! });
//! let api = ApiVersion::parse(object["apiVersion"].as_str().unwrap(), "TrafficSplit")?.expect("an SMI group");
//! let split = convert::read_traffic_split(api.version, object)?.object;
//! assert_eq!(split.weights()?, [1000, 500]);
//! assert_eq!(validate::traffic_split(&split, &validate::Context::default())[0].code, "SMI-VAL-4"); // v1alpha1 is deprecated
//! let new = convert::traffic_split(&split, Version::V1Alpha4, &ConvertOptions::default())?;
//! assert_eq!(new.object["spec"]["backends"][1]["weight"], 500);
//! assert!(new.losses[0].carried); // "500m" is kept in an annotation
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Ids such as SMI-CONV-41 or SMI-VAL-43 name the rules of the project's SMI reference.
//!
//! # Features
//!
//! All are off by default, and only add. Without them the crate depends on serde and serde_json alone.
//!
//! * `schemars`: JSON schemas of the types in [`split`], [`access`] and [`specs`], as liberal as the upstream ones.
//! * `kube`: a `kube` resource beside each `…Spec`, such as `split::v1alpha4::TrafficSplit`, with conversions to and from
//!   [`Object`]. The final program chooses the Kubernetes version (a `v1_*` feature of `k8s-openapi`).
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    feature = "kube",
    allow(unreachable_pub, reason = "KubeSchema makes a hidden copy of each type, as public as the type")
)]

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
pub mod validate;

mod api_version;
mod headers;
mod metadata;
mod null;
mod object;
mod path;
mod port;
mod quote;
#[cfg(feature = "kube")]
mod resource;
#[cfg(feature = "schemars")]
mod schema;
mod version;
mod weight;

pub use api_version::{ApiVersion, Kind};
pub use headers::{HeaderStyle, Headers};
pub use metadata::Metadata;
pub use object::{Body, Layout, Object};
pub use path::{FieldPath, Segment};
pub use port::{InvalidPort, Port};
pub use version::{ACCESS_GROUP, METRICS_GROUP, SPECS_GROUP, SPLIT_GROUP, Version};
pub use weight::Weight;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
