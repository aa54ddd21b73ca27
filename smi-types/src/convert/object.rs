//! Objects of any kind: a JSON object says itself of which kind and version it is.

use serde::Deserializer;
use serde_json::Value;

use super::{
    ConvertOptions, Converted, Invalid, Loss, LossClass, carrier, http_route_group, identity_binding,
    read_http_route_group, read_identity_binding, read_tcp_route, read_traffic_metrics,
    read_traffic_metrics_list, read_traffic_split, read_traffic_target, read_udp_route, tcp_route,
    traffic_metrics, traffic_metrics_list, traffic_split, traffic_target, udp_route,
};
use crate::validate::{self, Finding, Severity};
use crate::{ApiVersion, Kind, Version, hub};

mod codec;
mod error;
mod kept;
mod list;
mod located;

pub(crate) use codec::Codec;
pub(crate) use error::HELP_CLOSED;
pub use error::{ObjectError, ObjectProblem};
pub(crate) use list::{List, is_list};

/// Converts an SMI object of any kind, or a list of them, to version `to`.
///
/// What no rule of SMI looks at stays as it is: all of `metadata` except the one annotation that carries what a version cannot
/// say (SMI-CONV-3), and `status`. An object that is in version `to` already is returned as it is, unless `options` ask for another
/// spelling (SMI-CONV-4).
///
/// Fields that the kind does not have in the version of the object are left out, each with a loss that nothing carries. It is of class
/// *widening* where [`validate::object`](crate::validate::object) has an error for the field: such an object, or the match that has the field
/// in an HTTPRouteGroup, has no effect, and would have one without the field. TrafficMetrics restrict nothing, and lose such fields
/// without a word.
///
/// A `List`, or a list of one kind such as `TrafficSplitList`, is converted item by item, in order; items of a `List` that are not
/// SMI's stay as they are. Paths of losses then begin with `items[0]`.
///
/// ```
/// use smi_types::Version;
/// use smi_types::convert::{self, ConvertOptions, LossClass};
///
/// let split = serde_json::json!({
///     "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit",
///     "metadata": {"name": "web", "namespace": "shop"},
///     "spec": {
///         "service": "web", "backends": [{"service": "web-v2", "weight": 1}],
///         "matches": [{"kind": "HTTPRouteGroup", "name": "firefox"}],
///     },
/// });
/// let old = convert::object(&split, Version::V1Alpha2, &ConvertOptions::default())?;
/// assert_eq!(old.object["apiVersion"], "split.smi-spec.io/v1alpha2");
/// // v1alpha2 has no conditions. Programs that know the annotation still see this one; others would move all traffic.
/// assert_eq!((old.losses[0].class, old.losses[0].carried), (LossClass::Widening, true));
/// assert_eq!(convert::object(&old.object, Version::V1Alpha4, &ConvertOptions::default())?.object, split);
/// # Ok::<(), convert::ObjectError>(())
/// ```
///
/// # Errors
///
/// When the value is no SMI object, its kind does not have version `to`, a field has the wrong type, or a value cannot be
/// converted at all, such as a negative weight. When a list stands inside a list. When the carrier annotation says that it does not hold
/// all that restricts the object: what is written then would be less than the object, whose body means nothing.
pub fn object(
    object: &Value,
    to: Version,
    options: &ConvertOptions,
) -> Result<Converted<Value>, ObjectError> {
    match List::of(object)? {
        Some(list) => list.converted(to, options),
        None => one_object(object, to, options),
    }
}

fn one_object(
    object: &Value,
    to: Version,
    options: &ConvertOptions,
) -> Result<Converted<Value>, ObjectError> {
    let api = api_version(object)?;
    if !api.kind.versions().contains(&to) {
        return Err(ObjectError::no_such_version(api.kind, to));
    }
    let is_respelled = api.kind == Kind::HTTPRouteGroup && options.header_style.is_some();
    if api.version == to && !is_respelled {
        return Ok(Converted { object: object.clone(), losses: Vec::new() });
    }
    let Converted { object: hub, mut losses } = read_json(api, object)?;
    if let Some(closed) = losses.iter().find(|loss| carrier::closes(loss)) {
        return Err(ObjectError::closed(closed));
    }
    // What is measured restricts nothing.
    if !matches!(api.kind, Kind::TrafficMetrics | Kind::TrafficMetricsList) {
        let unknown = validate::unknown_fields(api, object).into_iter();
        losses.extend(unknown.map(|finding| left_out(finding, api.version, to)));
    }
    let written = write(&hub, to, options)?;
    losses.extend(written.losses);
    Ok(Converted { object: kept::with_kept_parts(object, written.object), losses })
}

/// A field that the version does not have. Where it was meant as a condition, the object or the match that has it has no effect
/// (SMI-VAL-3), and would have more than it says without.
fn left_out(Finding { severity, path, message, .. }: Finding, from: Version, to: Version) -> Loss {
    let (class, text) = match severity {
        Severity::Error => {
            let text = "it is left out, and nothing of the result says that there was a condition";
            (LossClass::Widening, format!("{message}; {text}"))
        }
        Severity::Warning | Severity::Info => (LossClass::Cosmetic, format!("{message}; it is left out")),
    };
    Loss { path, from, to, class, text, carried: false }
}

/// Reads an SMI object of any kind; its `apiVersion` and `kind` say which.
///
/// Unknown fields are ignored: [`validate::object`](crate::validate::object) reports them. The losses say which part of the
/// carrier annotation could not be read.
///
/// # Errors
///
/// When the value is no SMI object, or a field has the wrong type.
pub fn read(object: &Value) -> Result<Converted<hub::Object>, ObjectError> {
    read_json(api_version(object)?, object)
}

/// Kind and version of an object, if it is an SMI object.
pub(crate) fn api_version(object: &Value) -> Result<ApiVersion, ObjectError> {
    let Value::Object(fields) = object else { return Err(ObjectError::not_an_object()) };
    let text = |key| fields.get(key).and_then(Value::as_str).unwrap_or_default();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    match ApiVersion::parse(api_version, kind) {
        Ok(Some(api)) => Ok(api),
        Ok(None) => Err(ObjectError::not_smi(api_version, kind)),
        Err(finding) => Err(ObjectError::unknown(finding)),
    }
}

pub(crate) fn read_json(api: ApiVersion, object: &Value) -> Result<Converted<hub::Object>, ObjectError> {
    let codec = Codec::of(api).ok_or_else(|| ObjectError::no_such_version(api.kind, api.version))?;
    codec.read(object).map_err(|error| ObjectError::wrong_type(error.path(), error.message))
}

/// Reads an object of the kind and version that the caller took from its `apiVersion` and `kind`, from any format.
///
/// ```
/// use smi_types::{ApiVersion, convert, hub};
///
/// let text = r#"{"apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "TCPRoute", "metadata": {"name": "db", "namespace": "shop"},
///     "spec": {"matches": {"ports": [5432]}}}"#;
/// let api = ApiVersion::parse("specs.smi-spec.io/v1alpha4", "TCPRoute")?.expect("an SMI group");
/// let read = convert::read_as(api, &mut serde_json::Deserializer::from_str(text))?;
/// let hub::Object::TCPRoute(route) = read.object else { panic!("the kind is the one that was asked for") };
/// assert!(route.ports.contains(5432));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// When the input has another `apiVersion` or `kind`, or a field of the wrong type.
pub fn read_as<'de, D: Deserializer<'de>>(
    ApiVersion { kind, version }: ApiVersion,
    input: D,
) -> Result<Converted<hub::Object>, D::Error> {
    Ok(match kind {
        Kind::TrafficTarget => read_traffic_target(version, input)?.map(Into::into),
        Kind::IdentityBinding => read_identity_binding(version, input)?.map(Into::into),
        Kind::HTTPRouteGroup => read_http_route_group(version, input)?.map(Into::into),
        Kind::TCPRoute => read_tcp_route(version, input)?.map(Into::into),
        Kind::UDPRoute => read_udp_route(version, input)?.map(Into::into),
        Kind::TrafficSplit => read_traffic_split(version, input)?.map(Into::into),
        Kind::TrafficMetrics => read_traffic_metrics(version, input)?.map(Into::into),
        Kind::TrafficMetricsList => read_traffic_metrics_list(version, input)?.map(Into::into),
    })
}

/// Writes an object of any kind in version `to`, as a complete JSON object.
///
/// # Errors
///
/// When the kind does not have version `to`, or the object holds a value that cannot be converted at all, such as a negative
/// weight.
pub fn write(
    object: &hub::Object,
    to: Version,
    options: &ConvertOptions,
) -> Result<Converted<Value>, Invalid> {
    match object {
        hub::Object::TrafficTarget(target) => traffic_target(target, to, options),
        hub::Object::IdentityBinding(binding) => identity_binding(binding, to, options),
        hub::Object::HTTPRouteGroup(group) => http_route_group(group, to, options),
        hub::Object::TCPRoute(route) => tcp_route(route, to, options),
        hub::Object::UDPRoute(route) => udp_route(route, to, options),
        hub::Object::TrafficSplit(split) => traffic_split(split, to, options),
        hub::Object::TrafficMetrics(metrics) => traffic_metrics(metrics, to, options),
        hub::Object::TrafficMetricsList(list) => traffic_metrics_list(list, to, options),
    }
}
