//! From any format of a version to the version-free form of each kind.

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use super::{Converted, Convertible};
use crate::{Kind, Object, Version, access, hub, metrics, specs, split};

/// Reads a TrafficSplit of `version`, which the caller took from its `apiVersion`.
///
/// # Errors
///
/// When the input has another `apiVersion` or `kind`, or a field of the wrong type.
pub fn read_traffic_split<'de, D: Deserializer<'de>>(
    version: Version,
    input: D,
) -> Result<Converted<hub::TrafficSplit>, D::Error> {
    match version {
        Version::V1Alpha1 => body::<split::v1alpha1::TrafficSplitSpec, D>(input),
        Version::V1Alpha2 => body::<split::v1alpha2::TrafficSplitSpec, D>(input),
        Version::V1Alpha3 => body::<split::v1alpha3::TrafficSplitSpec, D>(input),
        Version::V1Alpha4 => body::<split::v1alpha4::TrafficSplitSpec, D>(input),
    }
}

/// Reads an HTTPRouteGroup of `version`, which the caller took from its `apiVersion`.
///
/// # Errors
///
/// When the input has another `apiVersion` or `kind`, or a field of the wrong type.
pub fn read_http_route_group<'de, D: Deserializer<'de>>(
    version: Version,
    input: D,
) -> Result<Converted<hub::HTTPRouteGroup>, D::Error> {
    match version {
        Version::V1Alpha1 => body::<specs::v1alpha1::HTTPRouteGroupSpec, D>(input),
        Version::V1Alpha2 => body::<specs::v1alpha2::HTTPRouteGroupSpec, D>(input),
        Version::V1Alpha3 => body::<specs::v1alpha3::HTTPRouteGroupSpec, D>(input),
        Version::V1Alpha4 => body::<specs::v1alpha4::HTTPRouteGroupSpec, D>(input),
    }
}

/// Reads a TrafficTarget of `version`, which the caller took from its `apiVersion`.
///
/// # Errors
///
/// When the input has another `apiVersion` or `kind`, or a field of the wrong type.
pub fn read_traffic_target<'de, D: Deserializer<'de>>(
    version: Version,
    input: D,
) -> Result<Converted<hub::TrafficTarget>, D::Error> {
    match version {
        Version::V1Alpha1 => body::<access::v1alpha1::TrafficTargetSpec, D>(input),
        Version::V1Alpha2 => body::<access::v1alpha2::TrafficTargetSpec, D>(input),
        Version::V1Alpha3 => body::<access::v1alpha3::TrafficTargetSpec, D>(input),
        Version::V1Alpha4 => body::<access::v1alpha4::TrafficTargetSpec, D>(input),
    }
}

/// Reads an IdentityBinding of `version`, which the caller took from its `apiVersion`.
///
/// # Errors
///
/// When the version is not v1alpha4, or the input has another `apiVersion` or `kind`, or a field of the wrong type.
pub fn read_identity_binding<'de, D: Deserializer<'de>>(
    version: Version,
    input: D,
) -> Result<Converted<hub::IdentityBinding>, D::Error> {
    match version {
        Version::V1Alpha4 => body::<access::v1alpha4::IdentityBindingSpec, D>(input),
        _ => Err(D::Error::custom(Kind::IdentityBinding.has_not(version))),
    }
}

/// Reads a TCPRoute of `version`, which the caller took from its `apiVersion`.
///
/// # Errors
///
/// When the input has another `apiVersion` or `kind`, or a field of the wrong type.
pub fn read_tcp_route<'de, D: Deserializer<'de>>(
    version: Version,
    input: D,
) -> Result<Converted<hub::TCPRoute>, D::Error> {
    match version {
        Version::V1Alpha1 => body::<specs::v1alpha1::TCPRouteSpec, D>(input),
        Version::V1Alpha2 => body::<specs::v1alpha2::TCPRouteSpec, D>(input),
        Version::V1Alpha3 => body::<specs::v1alpha3::TCPRouteSpec, D>(input),
        Version::V1Alpha4 => body::<specs::v1alpha4::TCPRouteSpec, D>(input),
    }
}

/// Reads a UDPRoute of `version`, which the caller took from its `apiVersion`.
///
/// # Errors
///
/// When the version is not v1alpha4, or the input has another `apiVersion` or `kind`, or a field of the wrong type.
pub fn read_udp_route<'de, D: Deserializer<'de>>(
    version: Version,
    input: D,
) -> Result<Converted<hub::UDPRoute>, D::Error> {
    match version {
        Version::V1Alpha4 => body::<specs::v1alpha4::UDPRouteSpec, D>(input),
        _ => Err(D::Error::custom(Kind::UDPRoute.has_not(version))),
    }
}

/// Reads TrafficMetrics of `version`, which the caller took from their `apiVersion`.
///
/// # Errors
///
/// When the kind does not have the version, or the input has another `apiVersion` or `kind`, or a field of the wrong type.
pub fn read_traffic_metrics<'de, D: Deserializer<'de>>(
    version: Version,
    input: D,
) -> Result<Converted<hub::TrafficMetrics>, D::Error> {
    match version {
        Version::V1Alpha1 => body::<metrics::v1alpha1::TrafficMetricsSpec, D>(input),
        Version::V1Alpha2 => body::<metrics::v1alpha2::TrafficMetricsSpec, D>(input),
        _ => Err(D::Error::custom(Kind::TrafficMetrics.has_not(version))),
    }
}

/// Reads a TrafficMetricsList of `version`, which the caller took from its `apiVersion`.
///
/// # Errors
///
/// When the kind does not have the version, or the input has another `apiVersion` or `kind`, or a field of the wrong type.
pub fn read_traffic_metrics_list<'de, D: Deserializer<'de>>(
    version: Version,
    input: D,
) -> Result<Converted<hub::TrafficMetricsList>, D::Error> {
    match version {
        Version::V1Alpha1 => body::<metrics::v1alpha1::TrafficMetricsListSpec, D>(input),
        Version::V1Alpha2 => body::<metrics::v1alpha2::TrafficMetricsListSpec, D>(input),
        _ => Err(D::Error::custom(Kind::TrafficMetricsList.has_not(version))),
    }
}

fn body<'de, B: Convertible + Deserialize<'de>, D: Deserializer<'de>>(
    input: D,
) -> Result<Converted<B::Hub>, D::Error> {
    Object::<B>::deserialize(input).map(B::into_hub)
}
