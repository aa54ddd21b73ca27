//! Conversion between versions, always through the hub (SMI-CONV-1), with every loss reported (reference, section 6).
//!
//! What a version cannot hold travels in one annotation, [`CARRIER_ANNOTATION`], so that converting back restores it.

use std::error::Error;
use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{Body, FieldPath, HeaderStyle, Kind, Object, Version, access, hub, specs, split};

mod carrier;
mod http_route_group;
mod identity_binding;
mod materialize;
mod port_routes;
mod traffic_split;
mod traffic_target;

pub use carrier::{ANNOTATION_PREFIX, CARRIER_ANNOTATION};
pub use materialize::{MaterializeError, Materialized, materialize};

/// A body of some version that converts to its hub type and back.
///
/// ```
/// use smi_types::convert::{ConvertOptions, Convertible};
/// use smi_types::split::{v1alpha1, v1alpha4};
/// use smi_types::{Metadata, Object, Weight};
///
/// let backend = |service: &str, weight: &str| v1alpha1::TrafficSplitBackend {
///     service: service.into(),
///     weight: Some(weight.into()),
/// };
/// let old = Object {
///     metadata: Metadata::named("shop", "web"),
///     spec: v1alpha1::TrafficSplitSpec {
///         service: "web".into(),
///         backends: Some(vec![backend("web-v1", "1"), backend("web-v2", "500m")]),
///     },
/// };
/// let hub = v1alpha1::TrafficSplitSpec::into_hub(old).object;
/// let new = v1alpha4::TrafficSplitSpec::from_hub(&hub, &ConvertOptions::default()).unwrap();
/// let weights: Vec<_> = new.object.spec.backends.unwrap().into_iter().map(|b| b.weight.unwrap()).collect();
/// assert_eq!(weights, [Weight::Integer(1000), Weight::Integer(500)]);
/// ```
pub trait Convertible: Body {
    /// The version-free form.
    type Hub;

    /// Takes the version away. What the carrier annotation holds is back in its place (SMI-CONV-8); the annotation itself stays.
    /// The losses say which part of the annotation could not be read.
    fn into_hub(object: Object<Self>) -> Converted<Self::Hub>;

    /// Writes the hub form in this version. In the version the object was written in, this is the identity (SMI-CONV-4).
    ///
    /// # Errors
    ///
    /// When the object holds a value that cannot be converted at all, such as a negative weight.
    fn from_hub(hub: &Self::Hub, options: &ConvertOptions) -> Result<Converted<Object<Self>>, Invalid>;
}

/// What the target of a conversion wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConvertOptions {
    /// Spelling of header conditions. `None` is map style (D-S1), except in the version the object was written in, where every
    /// match keeps its own.
    pub header_style: Option<HeaderStyle>,
}

/// The result of a conversion, and what it lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted<T> {
    /// The converted object.
    pub object: T,
    /// What the target version cannot say, carried or not. Differences of spelling are not listed.
    pub losses: Vec<Loss>,
}

impl<T> Converted<T> {
    /// The same losses with another form of the object.
    pub fn map<U>(self, form: impl FnOnce(T) -> U) -> Converted<U> {
        Converted { object: form(self.object), losses: self.losses }
    }
}

/// One thing that the target of a conversion does not say (reference, section 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loss {
    /// The field, as the source version names it.
    pub path: FieldPath,
    /// Version of the source.
    pub from: Version,
    /// Version of the target.
    pub to: Version,
    /// How bad it is.
    pub class: LossClass,
    /// What is lost, in words.
    pub text: String,
    /// Whether it is stored in the carrier annotation, so that converting back restores it.
    pub carried: bool,
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.text)
    }
}

/// How bad a [`Loss`] is, in growing order (reference, section 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LossClass {
    /// Spelling only. Listed only for a carrier that cannot be read and held nothing else.
    Cosmetic,
    /// Stored in the carrier; who reads the carrier sees no change.
    Carried,
    /// A reader of the target version grants or routes less.
    Narrowing,
    /// A reader of the target version that ignores the carrier grants more, or takes a conditional split for an unconditional
    /// one.
    Widening,
}

impl LossClass {
    /// The class in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            LossClass::Cosmetic => "cosmetic",
            LossClass::Carried => "carried",
            LossClass::Narrowing => "narrowing",
            LossClass::Widening => "widening",
        }
    }
}

impl fmt::Display for LossClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why an object cannot be converted at all (class *invalid* of section 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The field that stands in the way.
    pub path: FieldPath,
    /// Version of the source.
    pub from: Version,
    /// Version of the target.
    pub to: Version,
    /// What is wrong with it, in words.
    pub text: String,
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Invalid { path, from, to, text } = self;
        write!(f, "{path}: cannot convert {from} to {to}: {text}")
    }
}

impl Error for Invalid {}

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
        Version::V1Alpha1 => read::<split::v1alpha1::TrafficSplitSpec, D>(input),
        Version::V1Alpha2 => read::<split::v1alpha2::TrafficSplitSpec, D>(input),
        Version::V1Alpha3 => read::<split::v1alpha3::TrafficSplitSpec, D>(input),
        Version::V1Alpha4 => read::<split::v1alpha4::TrafficSplitSpec, D>(input),
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
        Version::V1Alpha1 => read::<specs::v1alpha1::HTTPRouteGroupSpec, D>(input),
        Version::V1Alpha2 => read::<specs::v1alpha2::HTTPRouteGroupSpec, D>(input),
        Version::V1Alpha3 => read::<specs::v1alpha3::HTTPRouteGroupSpec, D>(input),
        Version::V1Alpha4 => read::<specs::v1alpha4::HTTPRouteGroupSpec, D>(input),
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
        Version::V1Alpha1 => read::<access::v1alpha1::TrafficTargetSpec, D>(input),
        Version::V1Alpha2 => read::<access::v1alpha2::TrafficTargetSpec, D>(input),
        Version::V1Alpha3 => read::<access::v1alpha3::TrafficTargetSpec, D>(input),
        Version::V1Alpha4 => read::<access::v1alpha4::TrafficTargetSpec, D>(input),
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
        Version::V1Alpha4 => read::<access::v1alpha4::IdentityBindingSpec, D>(input),
        _ => Err(D::Error::custom(only_in_v1alpha4(Kind::IdentityBinding))),
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
        Version::V1Alpha1 => read::<specs::v1alpha1::TCPRouteSpec, D>(input),
        Version::V1Alpha2 => read::<specs::v1alpha2::TCPRouteSpec, D>(input),
        Version::V1Alpha3 => read::<specs::v1alpha3::TCPRouteSpec, D>(input),
        Version::V1Alpha4 => read::<specs::v1alpha4::TCPRouteSpec, D>(input),
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
        Version::V1Alpha4 => read::<specs::v1alpha4::UDPRouteSpec, D>(input),
        _ => Err(D::Error::custom(only_in_v1alpha4(Kind::UDPRoute))),
    }
}

fn only_in_v1alpha4(kind: Kind) -> String {
    format!("{kind} has no other version than v1alpha4")
}

fn no_such_version(kind: Kind, from: Version, to: Version) -> Invalid {
    Invalid { path: FieldPath::of("apiVersion"), from, to, text: only_in_v1alpha4(kind) }
}

fn written<B: Convertible + Serialize>(
    hub: &B::Hub,
    options: &ConvertOptions,
) -> Result<Converted<Value>, Invalid> {
    let converted = B::from_hub(hub, options)?;
    Ok(converted.map(|object| serde_json::to_value(object).expect("all keys of an SMI object are strings")))
}

fn read<'de, B: Convertible + Deserialize<'de>, D: Deserializer<'de>>(
    input: D,
) -> Result<Converted<B::Hub>, D::Error> {
    Object::<B>::deserialize(input).map(B::into_hub)
}
