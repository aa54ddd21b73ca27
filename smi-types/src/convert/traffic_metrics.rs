//! TrafficMetrics between versions (reference, section 6.8): one shape. Nothing is lost; what early writers left out is filled in, and
//! units and spellings become one.

use super::{ConvertOptions, Converted, Convertible, Invalid};
use crate::hub::{self, TrafficMetrics, TrafficMetricsList};
use crate::metrics::{Direction, Edge, Metric, ObjectReference, v1alpha1, v1alpha2};
use crate::{Body, Object};

macro_rules! one_shape {
    ($($version:ident)*) => {$(
        impl Convertible for $version::TrafficMetricsSpec {
            type Hub = TrafficMetrics;

            fn into_hub(object: Object<Self>) -> Converted<TrafficMetrics> {
                let Object { metadata, spec } = object;
                let Self { timestamp, window, resource, edge, backend, metrics } = spec;
                let object = TrafficMetrics {
                    metadata,
                    version: Self::VERSION,
                    timestamp,
                    window,
                    resource: resource.respelled(),
                    edge: edge.map(complete),
                    backend,
                    metrics: metrics.into_iter().map(Metric::in_milliseconds).collect(),
                };
                Converted { object, losses: Vec::new() }
            }

            fn from_hub(hub: &TrafficMetrics, _: &ConvertOptions) -> Result<Converted<Object<Self>>, Invalid> {
                let TrafficMetrics { metadata, version: _, timestamp, window, resource, edge, backend, metrics } =
                    hub.clone();
                let edge = edge.map(written);
                let spec = Self { timestamp, window, resource, edge, backend, metrics };
                Ok(Converted { object: Object { metadata, spec }, losses: Vec::new() })
            }
        }

        impl Convertible for $version::TrafficMetricsListSpec {
            type Hub = TrafficMetricsList;

            fn into_hub(object: Object<Self>) -> Converted<TrafficMetricsList> {
                let Object { metadata, spec: Self { resource, selector, items } } = object;
                let item = |item| $version::TrafficMetricsSpec::into_hub(item).object;
                let object = TrafficMetricsList {
                    metadata,
                    version: Self::VERSION,
                    resource: resource.respelled(),
                    selector,
                    items: items.into_iter().map(item).collect(),
                };
                Converted { object, losses: Vec::new() }
            }

            fn from_hub(
                hub: &TrafficMetricsList,
                options: &ConvertOptions,
            ) -> Result<Converted<Object<Self>>, Invalid> {
                let TrafficMetricsList { metadata, version: _, resource, selector, items } = hub;
                let item = |item| Ok($version::TrafficMetricsSpec::from_hub(item, options)?.object);
                let spec = Self {
                    resource: resource.clone(),
                    selector: selector.clone(),
                    items: items.iter().map(item).collect::<Result<_, _>>()?,
                };
                Ok(Converted { object: Object { metadata: metadata.clone(), spec }, losses: Vec::new() })
            }
        }
    )*};
}

one_shape!(v1alpha1 v1alpha2);

/// Traffic of a plain resource is what it receives (section 7.1), measured where the first text had it measured.
fn complete(Edge { direction, side, resource }: Edge) -> hub::Edge {
    let direction = direction.unwrap_or(Direction::From);
    hub::Edge { direction, side: side.unwrap_or(direction.implied_side()), peer: resource.respelled() }
}

fn written(hub::Edge { direction, side, peer }: hub::Edge) -> Edge {
    let resource: ObjectReference = peer;
    Edge { direction: Some(direction), side: Some(side), resource }
}
