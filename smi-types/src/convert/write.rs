//! From the version-free form of each kind to the JSON of a version.

use serde::Serialize;
use serde_json::Value;

use super::{ConvertOptions, Converted, Convertible, Invalid};
use crate::{FieldPath, Kind, Version, access, hub, metrics, specs, split};

/// Writes a TrafficSplit in version `to`, as a complete JSON object.
///
/// # Errors
///
/// When a weight cannot be converted, see [`hub::TrafficSplit::weights`].
pub fn traffic_split(
    split: &hub::TrafficSplit,
    to: Version,
    options: &ConvertOptions,
) -> Result<Converted<Value>, Invalid> {
    match to {
        Version::V1Alpha1 => written::<split::v1alpha1::TrafficSplitSpec>(split, options),
        Version::V1Alpha2 => written::<split::v1alpha2::TrafficSplitSpec>(split, options),
        Version::V1Alpha3 => written::<split::v1alpha3::TrafficSplitSpec>(split, options),
        Version::V1Alpha4 => written::<split::v1alpha4::TrafficSplitSpec>(split, options),
    }
}

/// Writes an HTTPRouteGroup in version `to`, as a complete JSON object.
///
/// # Errors
///
/// None today; every route group can be written in every version.
pub fn http_route_group(
    group: &hub::HTTPRouteGroup,
    to: Version,
    options: &ConvertOptions,
) -> Result<Converted<Value>, Invalid> {
    match to {
        Version::V1Alpha1 => written::<specs::v1alpha1::HTTPRouteGroupSpec>(group, options),
        Version::V1Alpha2 => written::<specs::v1alpha2::HTTPRouteGroupSpec>(group, options),
        Version::V1Alpha3 => written::<specs::v1alpha3::HTTPRouteGroupSpec>(group, options),
        Version::V1Alpha4 => written::<specs::v1alpha4::HTTPRouteGroupSpec>(group, options),
    }
}

/// Writes a TrafficTarget in version `to`, as a complete JSON object.
///
/// # Errors
///
/// None today; every TrafficTarget can be written in every version. A port that is no port number stays as it is.
pub fn traffic_target(
    target: &hub::TrafficTarget,
    to: Version,
    options: &ConvertOptions,
) -> Result<Converted<Value>, Invalid> {
    match to {
        Version::V1Alpha1 => written::<access::v1alpha1::TrafficTargetSpec>(target, options),
        Version::V1Alpha2 => written::<access::v1alpha2::TrafficTargetSpec>(target, options),
        Version::V1Alpha3 => written::<access::v1alpha3::TrafficTargetSpec>(target, options),
        Version::V1Alpha4 => written::<access::v1alpha4::TrafficTargetSpec>(target, options),
    }
}

/// Writes an IdentityBinding in version `to`, as a complete JSON object.
///
/// # Errors
///
/// When `to` is not v1alpha4, the only version of the kind.
pub fn identity_binding(
    binding: &hub::IdentityBinding,
    to: Version,
    options: &ConvertOptions,
) -> Result<Converted<Value>, Invalid> {
    match to {
        Version::V1Alpha4 => written::<access::v1alpha4::IdentityBindingSpec>(binding, options),
        _ => Err(no_such_version(Kind::IdentityBinding, binding.version, to)),
    }
}

/// Writes a TCPRoute in version `to`, as a complete JSON object.
///
/// # Errors
///
/// None today; every TCPRoute can be written in every version.
pub fn tcp_route(
    route: &hub::TCPRoute,
    to: Version,
    options: &ConvertOptions,
) -> Result<Converted<Value>, Invalid> {
    match to {
        Version::V1Alpha1 => written::<specs::v1alpha1::TCPRouteSpec>(route, options),
        Version::V1Alpha2 => written::<specs::v1alpha2::TCPRouteSpec>(route, options),
        Version::V1Alpha3 => written::<specs::v1alpha3::TCPRouteSpec>(route, options),
        Version::V1Alpha4 => written::<specs::v1alpha4::TCPRouteSpec>(route, options),
    }
}

/// Writes a UDPRoute in version `to`, as a complete JSON object.
///
/// # Errors
///
/// When `to` is not v1alpha4, the only version of the kind.
pub fn udp_route(
    route: &hub::UDPRoute,
    to: Version,
    options: &ConvertOptions,
) -> Result<Converted<Value>, Invalid> {
    match to {
        Version::V1Alpha4 => written::<specs::v1alpha4::UDPRouteSpec>(route, options),
        _ => Err(no_such_version(Kind::UDPRoute, route.version, to)),
    }
}

/// Writes TrafficMetrics in version `to`, as a complete JSON object. Latencies are in milliseconds (D-M1).
///
/// # Errors
///
/// When `to` is neither v1alpha1 nor v1alpha2, the versions of the kind.
pub fn traffic_metrics(
    metrics: &hub::TrafficMetrics,
    to: Version,
    options: &ConvertOptions,
) -> Result<Converted<Value>, Invalid> {
    match to {
        Version::V1Alpha1 => written::<metrics::v1alpha1::TrafficMetricsSpec>(metrics, options),
        Version::V1Alpha2 => written::<metrics::v1alpha2::TrafficMetricsSpec>(metrics, options),
        _ => Err(no_such_version(Kind::TrafficMetrics, metrics.version, to)),
    }
}

/// Writes a TrafficMetricsList and its items in version `to`, as a complete JSON object.
///
/// # Errors
///
/// When `to` is neither v1alpha1 nor v1alpha2, the versions of the kind.
pub fn traffic_metrics_list(
    list: &hub::TrafficMetricsList,
    to: Version,
    options: &ConvertOptions,
) -> Result<Converted<Value>, Invalid> {
    match to {
        Version::V1Alpha1 => written::<metrics::v1alpha1::TrafficMetricsListSpec>(list, options),
        Version::V1Alpha2 => written::<metrics::v1alpha2::TrafficMetricsListSpec>(list, options),
        _ => Err(no_such_version(Kind::TrafficMetricsList, list.version, to)),
    }
}

fn written<B: Convertible + Serialize>(
    hub: &B::Hub,
    options: &ConvertOptions,
) -> Result<Converted<Value>, Invalid> {
    let converted = B::from_hub(hub, options)?;
    Ok(converted.map(|object| serde_json::to_value(object).expect("all keys of an SMI object are strings")))
}

fn no_such_version(kind: Kind, from: Version, to: Version) -> Invalid {
    Invalid { path: FieldPath::of("apiVersion"), from, to, text: kind.has_not(to) }
}
