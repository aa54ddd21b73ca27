//! Conversion between versions, always through the hub (SMI-CONV-1), with every loss reported (reference, section 6).
//!
//! | from | to | with |
//! | --- | --- | --- |
//! | JSON of any kind and version | JSON of another version | [`object()`] |
//! | JSON of any kind and version | [`hub::Object`](crate::hub::Object) | [`read()`], or [`read_as`] from another format |
//! | [`hub::Object`](crate::hub::Object) | JSON of a version | [`write()`] |
//! | any format of one kind | its hub type | [`read_traffic_split`] and so on |
//! | the hub type of one kind | JSON of a version | [`traffic_split`] and so on |
//! | the types of one version | the hub type, and back | [`Convertible`] |
//!
//! What a version cannot hold travels in one annotation, [`CARRIER_ANNOTATION`], so that converting back restores it. What restricts
//! traffic there (conditions, ports) stays in force for whoever reads the annotation, as everything in this project does, and
//! until the annotation is removed; what only describes (the spelling of a weight) is dropped where it no longer fits (SMI-CONV-7).
//! What cannot be read of it, such as the items of a newer release, has no effect; it is kept as it is, and reported by whoever reads the
//! object. Where a conversion webhook had no room for all that restricts an object, or could not read it, the annotation says that, and
//! the object means nothing until it is removed: it is read so, and not converted. And it never makes an object that is larger than what an API server takes: beyond that the matches or sources that it
//! restricts are left out, with a loss.
//!
//! How bad a [`Loss`] is says its [class](LossClass). A tool that writes for others should refuse [`LossClass::Widening`] unless told
//! otherwise: a program that does not know the annotation would grant or route more. A conversion webhook must not refuse it; see
//! [`review`](crate::review).
//!
//! **One loss of class [`LossClass::Carried`] widens for such programs too**: the destination port of a TrafficTarget, which ends with
//! v1alpha2. They open every port. The class is that of the reference, section 6.3, so that early objects can move to versions that every
//! installation stores; its path is [`destination_path`](crate::access::destination_path) with the key `port`. Who writes for programs
//! that do not know the annotation refuses it as well, or writes a TCPRoute in its place with [`materialize()`], which every reader knows.

use std::error::Error;
use std::fmt;

use crate::{Body, FieldPath, HeaderStyle, Object, Version};

mod carrier;
mod http_route_group;
mod identity_binding;
mod materialize;
mod object;
mod port_routes;
mod read;
mod restrictions;
mod traffic_metrics;
mod traffic_split;
mod traffic_target;
mod write;

pub use carrier::{ANNOTATION_PREFIX, CARRIER_ANNOTATION};
pub(crate) use carrier::{Data, UNCONVERTED, closed, closes};
pub use materialize::{MaterializeError, Materialized, materialize};
pub(crate) use object::{Codec, HELP_CLOSED, List, api_version, is_list, read_json};
pub use object::{ObjectError, ObjectProblem, object, read, read_as, write};
pub(crate) use port_routes::PORTS;
pub use read::{
    read_http_route_group, read_identity_binding, read_tcp_route, read_traffic_metrics,
    read_traffic_metrics_list, read_traffic_split, read_traffic_target, read_udp_route,
};
pub(crate) use restrictions::restrictions;
pub use write::{
    http_route_group, identity_binding, tcp_route, traffic_metrics, traffic_metrics_list, traffic_split,
    traffic_target, udp_route,
};

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted<T> {
    /// The converted object.
    pub object: T,
    /// What the target version cannot say, carried or not. Differences of spelling are not listed, nor is what the annotation held
    /// already of an object that is written in its own version.
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
    /// Spelling only, or a field that no rule of SMI looks at. Spelling is listed only where a carrier of it cannot be read.
    Cosmetic,
    /// Stored in the carrier; who reads the carrier sees no change. Who does not opens every port of a TrafficTarget whose
    /// destination port is carried, see [the module](self).
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
