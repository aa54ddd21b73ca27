//! How to use the kinds with `kube`, as clientset, informer and lister of the Go SDK are used. This module holds no code.
//!
//! Each `…Spec` has a resource beside it: [`split::v1alpha4::TrafficSplitSpec`](crate::split::v1alpha4::TrafficSplitSpec) the resource
//! [`split::v1alpha4::TrafficSplit`](crate::split::v1alpha4::TrafficSplit), and so on for every kind and version. `spec` holds the
//! fields of the kind, also in the early versions that have them at the root on the wire. The crate itself brings no client; in your
//! `Cargo.toml`:
//!
//! ```toml
//! smi-types = { version = "0.1", features = ["kube"] }
//! kube = { version = "5", features = ["runtime"] }
//! k8s-openapi = { version = "0.29", features = ["v1_33"] }   # the lowest Kubernetes version that you support
//! ```
//!
//! # Which version
//!
//! An API server serves the versions that its CustomResourceDefinition names, and converts between them only if a webhook does. Ask in
//! v1alpha4 where it is served; what is not served is a 404. Old installations serve less: linkerd-smi v1alpha1 and v1alpha2 of
//! TrafficSplit, Open Service Mesh v1alpha2 of TrafficSplit, v1alpha3 of TrafficTarget and v1alpha4 of the routes.
//!
//! # List
//!
//! [`DeserializeGuard`](kube::core::DeserializeGuard) keeps one object that cannot be read from hiding all others. API servers store
//! more than one expects (a weight of 1.5, or no `spec` at all): the types here read what is merely wrong, and the guard takes care of the
//! rest.
//!
//! ```no_run
//! use kube::api::ListParams;
//! use kube::core::DeserializeGuard;
//! use kube::{Api, Client};
//! use smi_types::split::v1alpha4::TrafficSplit;
//!
//! # async fn list() -> kube::Result<()> {
//! let api: Api<DeserializeGuard<TrafficSplit>> = Api::namespaced(Client::try_default().await?, "shop");
//! for DeserializeGuard(split) in api.list(&ListParams::default()).await? {
//!     match split {
//!         Ok(split) => println!("{} splits {}", split.metadata.name.unwrap_or_default(), split.spec.service),
//!         Err(unreadable) => eprintln!("{:?}: {unreadable}", unreadable.metadata.name),
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Write
//!
//! Server-side apply creates the object or changes the one that is there, and owns the fields that it names. Ask for strict validation: an
//! API server drops fields that its definition does not have, such as `matches` in an old one, and the object would mean more than you
//! wrote. Strict, it refuses.
//!
//! ```no_run
//! use kube::api::{Patch, PatchParams};
//! use kube::{Api, Client};
//! use smi_types::split::v1alpha4::{TrafficSplit, TrafficSplitBackend, TrafficSplitSpec};
//!
//! # async fn shift() -> kube::Result<()> {
//! let split = TrafficSplit::new("web", TrafficSplitSpec {
//!     service: "web".into(),
//!     matches: None,
//!     backends: Some(vec![TrafficSplitBackend::new("web-v1", 90), TrafficSplitBackend::new("web-v2", 10)]),
//! });
//! let api: Api<TrafficSplit> = Api::namespaced(Client::try_default().await?, "shop");
//! api.patch("web", &PatchParams::apply("my-controller").validation_strict(), &Patch::Apply(&split)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Watch
//!
//! ```no_run
//! use futures::TryStreamExt;
//! use kube::core::DeserializeGuard;
//! use kube::runtime::{WatchStreamExt, watcher};
//! use kube::{Api, Client};
//! use smi_types::access::v1alpha4::TrafficTarget;
//!
//! # async fn watch() -> Result<(), Box<dyn std::error::Error>> {
//! let api: Api<DeserializeGuard<TrafficTarget>> = Api::all(Client::try_default().await?);
//! let changes = watcher(api, watcher::Config::default()).default_backoff().applied_objects();
//! changes
//!     .try_for_each(async |DeserializeGuard(target)| {
//!         match target {
//!             Ok(target) => println!("{:?} protects {}", target.metadata.name, target.spec.destination.name),
//!             Err(unreadable) => eprintln!("{:?}: {unreadable}", unreadable.metadata.name),
//!         }
//!         Ok(())
//!     })
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! # Keep them in memory
//!
//! A [`reflector`](https://docs.rs/kube/latest/kube/runtime/reflector/) store holds all objects of a kind, and answers without a request. Poll the stream that fills it; without the
//! guard, one unreadable object keeps it empty for ever.
//!
//! ```no_run
//! use futures::StreamExt;
//! use kube::core::DeserializeGuard;
//! use kube::runtime::{WatchStreamExt, reflector, watcher};
//! use kube::{Api, Client};
//! use smi_types::specs::v1alpha4::HTTPRouteGroup;
//!
//! # async fn keep() -> Result<(), Box<dyn std::error::Error>> {
//! let (store, writer) = reflector::store::<DeserializeGuard<HTTPRouteGroup>>();
//! let api: Api<DeserializeGuard<HTTPRouteGroup>> = Api::all(Client::try_default().await?);
//! let filling = watcher(api, watcher::Config::default()).default_backoff().reflect(writer);
//! tokio::spawn(filling.for_each(async |_| ()));
//! store.wait_until_ready().await?;
//! println!("{} route groups", store.len());
//! # Ok(())
//! # }
//! ```
//!
//! # Wait until it is programmed
//!
//! Each resource has a [`status`](crate::status), where controllers say whether the mesh does what the object says. Ask for what is about the
//! present generation of the object: after a change the old conditions stand there until a controller has seen it. Where no
//! controller writes a status the wait has no end, so give it a time.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use kube::runtime::wait::await_condition;
//! use kube::{Api, Client};
//! use smi_types::split::v1alpha4::TrafficSplit;
//! use smi_types::status::{Condition, ConditionType};
//!
//! fn is_programmed(split: &TrafficSplit) -> bool {
//!     let generation = split.metadata.generation;
//!     let status = split.status.as_ref();
//!     status.and_then(|status| status.current(ConditionType::Programmed, generation)).is_some_and(Condition::is_true)
//! }
//!
//! # async fn wait() -> Result<(), Box<dyn std::error::Error>> {
//! let api: Api<TrafficSplit> = Api::namespaced(Client::try_default().await?, "shop");
//! let programmed = await_condition(api, "web", |split: Option<&TrafficSplit>| split.is_some_and(is_programmed));
//! tokio::time::timeout(Duration::from_secs(30), programmed).await??;
//! # Ok(())
//! # }
//! ```
//!
//! A controller writes its conditions through the status subresource; the example `status` has that too. A resource that is made with `new`
//! has no status, and applying it leaves alone the one that is there.
//!
//! # From a resource to its meaning
//!
//! Every resource becomes an [`Object`](crate::Object), which has no status, and that its version-free form;
//! [`validate`](crate::validate) and [`convert`](crate::convert) go on from there.
//!
//! ```
//! use smi_types::convert::Convertible;
//! use smi_types::split::v1alpha1::{TrafficSplit, TrafficSplitBackend, TrafficSplitSpec};
//! use smi_types::{Object, validate};
//!
//! let backends = vec![TrafficSplitBackend::new("web-v1", "1"), TrafficSplitBackend::new("web-v2", "500m")];
//! let resource = TrafficSplit::new("web", TrafficSplitSpec { service: "web".into(), backends: Some(backends) });
//! let split = TrafficSplitSpec::into_hub(Object::from(resource)).object;
//! assert_eq!(split.weights()?, [1000, 500]);
//! let findings = validate::traffic_split(&split, &validate::Context::default());
//! assert_eq!(findings[0].code, "SMI-VAL-4"); // v1alpha1 is deprecated
//! # Ok::<(), smi_types::hub::WeightError>(())
//! ```
//!
//! # Traffic metrics
//!
//! They are no stored objects, and their URLs name what is measured: ask with a [`DynamicObject`](kube::core::DynamicObject) whose plural is
//! [`ResourceKind::plural`](crate::metrics::ResourceKind::plural), and read the answer with [`convert::read`](crate::convert::read).
//!
//! ```no_run
//! use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
//! use kube::{Api, Client};
//! use smi_types::metrics::{MetricName, ResourceKind};
//! use smi_types::{METRICS_GROUP, convert, hub};
//!
//! # async fn metrics() -> Result<(), Box<dyn std::error::Error>> {
//! let kind = GroupVersionKind::gvk(METRICS_GROUP, "v1alpha1", "TrafficMetrics");
//! let resource = ApiResource::from_gvk_with_plural(&kind, ResourceKind::Deployment.plural());
//! let api: Api<DynamicObject> = Api::namespaced_with(Client::try_default().await?, "shop", &resource);
//! let answer = serde_json::to_value(api.get("web").await?)?;
//! if let hub::Object::TrafficMetrics(metrics) = convert::read(&answer)?.object {
//!     println!("p99: {:?} ms", metrics.value(MetricName::P99ResponseLatency));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Definitions
//!
//! `kube` derives a CustomResourceDefinition for each version. Install those of [`crd`](crate::crd) instead: they hold all versions of a
//! kind, with what conversion needs and with columns for the conditions.
