//! All checks of an object of any kind, given as JSON.

use serde_json::Value;

use super::{
    AccessContext, Context, Finding, http_route_group, identity_binding, tcp_route, traffic_split,
    traffic_target, udp_route, unknown_field,
};
use crate::convert::{self, Codec, Converted, List, Loss, LossClass, ObjectError, ObjectProblem};
use crate::quote::quoted;
use crate::{ApiVersion, FieldPath, Kind, Segment, hub};

mod unknown;

/// What the checks of all kinds must know besides the object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contexts {
    /// For what routes traffic: TrafficSplit and HTTPRouteGroup.
    pub routing: Context,
    /// For what grants it: TrafficTarget and IdentityBinding.
    pub access: AccessContext,
}

/// Checks an SMI object of any kind, or a list of them, as it stands in a file or comes from an API server.
///
/// Beside what the functions of the kinds check, this finds fields that do not exist (SMI-VAL-3, 46), fields of the wrong type
/// (SMI-READ-5), and objects that are meant as SMI objects and are none (SMI-VAL-1). It never fails: whatever is given, the answer
/// says what is wrong with it, and an empty one that nothing is. Items of a `List` that are not SMI's are passed over; an object that is given
/// alone is meant as one of SMI's.
///
/// ```
/// use smi_types::validate::{self, Contexts};
///
/// let target = serde_json::json!({
///     "apiVersion": "access.smi-spec.io/v1alpha3", "kind": "TrafficTarget",
///     "metadata": {"name": "api", "namespace": "shop"},
///     "spec": {
///         "destination": {"kind": "ServiceAccount", "name": "api", "port": 8080},
///         "rules": [{"kind": "HTTPRouteGroup", "name": "routes", "matches": "api"}],
///         "sources": [{"kind": "ServiceAccount", "name": "web"}],
///     },
/// });
/// let findings: Vec<String> =
///     validate::object(&target, &Contexts::default()).iter().map(|f| format!("{} {f}", f.code)).collect();
/// assert_eq!(findings, [r#"SMI-READ-5 spec.rules[0].matches: invalid type: string "api", expected a list"#]);
///
/// let mut mended = target;
/// mended["spec"]["rules"][0]["matches"] = serde_json::json!(["api"]);
/// let findings = validate::object(&mended, &Contexts::default());
/// // An API server drops the field, and the target opens every port.
/// assert_eq!(findings[0].to_string(), "spec.destination.port: TrafficTarget v1alpha3 has no destination port; \
///     v1alpha2 was the last version that has it");
/// ```
#[must_use]
pub fn object(object: &Value, contexts: &Contexts) -> Vec<Finding> {
    let list = match List::of(object) {
        Ok(None) => return one_object(object, contexts),
        Ok(Some(list)) => list,
        Err(error) => return vec![unreadable(error)],
    };
    let in_item = |(place, item): (FieldPath, std::borrow::Cow<'_, Value>)| {
        let findings = match convert::api_version(&item) {
            _ if convert::is_list(&item) => vec![unreadable(ObjectError::list_in_list())],
            Err(error) if error.problem == ObjectProblem::NotSmi => Vec::new(),
            _ => one_object(&item, contexts),
        };
        findings.into_iter().map(move |finding| Finding { path: place.join(&finding.path), ..finding })
    };
    list.items().flat_map(in_item).collect()
}

fn one_object(object: &Value, contexts: &Contexts) -> Vec<Finding> {
    let api = match convert::api_version(object) {
        Ok(api) => api,
        Err(error) => return vec![unreadable(error)],
    };
    let mut findings = unknown_fields(api, object);
    match convert::read_json(api, object) {
        Err(error) => findings.push(mistyped(object, error)),
        Ok(Converted { object: hub, losses }) => {
            // What a closed object lacks is not what its author wrote.
            let is_closed = losses.iter().any(convert::closes);
            findings.extend(losses.into_iter().map(carrier));
            findings.extend(Some(hub).filter(|_| !is_closed).iter().flat_map(|hub| any(hub, contexts)));
        }
    }
    findings
}

/// What the fields mean that the kind does not have in its version (SMI-VAL-3, 46). Nothing where the object cannot be read.
pub(crate) fn unknown_fields(api: ApiVersion, object: &Value) -> Vec<Finding> {
    let Some(Ok(known)) = Codec::of(api).map(|codec| codec.known(object)) else { return Vec::new() };
    let paths = unknown::paths(object, &known);
    paths.into_iter().map(|path| unknown_field(api.kind, api.version, &path)).collect()
}

/// Checks an object of any kind.
#[must_use]
pub fn any(object: &hub::Object, contexts: &Contexts) -> Vec<Finding> {
    let Contexts { routing, access } = contexts;
    match object {
        hub::Object::TrafficTarget(target) => traffic_target(target, access),
        hub::Object::IdentityBinding(binding) => identity_binding(binding, access),
        hub::Object::HTTPRouteGroup(group) => http_route_group(group, routing),
        hub::Object::TCPRoute(route) => tcp_route(route),
        hub::Object::UDPRoute(route) => udp_route(route),
        hub::Object::TrafficSplit(split) => traffic_split(split, routing),
        // They are what a server says, and section 4 of the reference has no check of them.
        hub::Object::TrafficMetrics(_) | hub::Object::TrafficMetricsList(_) => Vec::new(),
    }
}

fn unreadable(ObjectError { problem, path, message, help }: ObjectError) -> Finding {
    let (code, effect) = match problem {
        ObjectProblem::WrongType | ObjectProblem::Invalid => {
            ("SMI-READ-5", "the object has no effect, as an API server would refuse it")
        }
        ObjectProblem::ListInList => ("SMI-READ-10", "nothing in the inner list has an effect"),
        ObjectProblem::NotAnObject
        | ObjectProblem::NotSmi
        | ObjectProblem::UnknownApi
        | ObjectProblem::NoSuchVersion => ("SMI-VAL-1", "the object is not read, and has no effect"),
    };
    Finding { help, ..Finding::error(code, path, message, effect) }
}

/// An API server stores whatever stands where a schema leaves the type open (section 1.4 of the reference), and nobody reads it.
fn mistyped(object: &Value, error: ObjectError) -> Finding {
    let steps = error.path.segments();
    let is_key = |segment: &Segment, key: &str| matches!(segment, Segment::Key(found) if found == key);
    let in_headers = steps.iter().any(|segment| is_key(segment, "headers"));
    let is_open =
        in_headers || steps.last().is_some_and(|last| is_key(last, "port") || is_key(last, "weight"));
    let value = steps.iter().try_fold(object, |value, segment| match segment {
        Segment::Key(key) => value.get(key.as_ref()),
        Segment::Index(index) => value.get(*index),
    });
    let is_value = matches!(steps.last(), Some(Segment::Key(key)) if key != "headers");
    let scalar = value.filter(|value| in_headers && is_value && (value.is_number() || value.is_boolean()));
    let in_match = is_in_match(object, steps);
    let mut finding = unreadable(error);
    if is_open {
        finding.effect =
            if in_match { ONE_MATCH } else { "the object cannot be read, and has no effect" }.to_owned();
    }
    match scalar {
        Some(scalar) => finding.help(format!("quote it: {}", quoted(&scalar.to_string()))),
        None => finding,
    }
}

/// A match that cannot be read means nothing, and costs the others nothing where matches are read one by one (A-39), as types cannot do it.
const ONE_MATCH: &str = "this match matches nothing; whoever reads the group as a whole, or in another version, gets no match of it";

/// Whether a path leads into one match of an HTTPRouteGroup, which stand at the root in early versions.
fn is_in_match(object: &Value, steps: &[Segment]) -> bool {
    let steps = match steps {
        [Segment::Key(spec), rest @ ..] if spec == "spec" => rest,
        all => all,
    };
    object.get("kind").is_some_and(|kind| kind == Kind::HTTPRouteGroup.as_str())
        && matches!(steps, [Segment::Key(matches), Segment::Index(_), ..] if matches == "matches")
}

/// What it means that a reader of the carrier annotation reports `loss` (SMI-CONV-6): what is not in force, or what is left out for it.
#[must_use]
pub fn carrier(loss: Loss) -> Finding {
    if convert::closes(&loss) {
        let effect = "until the annotation is removed, nothing is granted, routed or selected by it";
        return Finding::error("SMI-CONV-6", loss.path, loss.text, effect).help(convert::HELP_CLOSED);
    }
    let effect = match loss.class {
        LossClass::Narrowing => "what is left out selects and grants nothing",
        LossClass::Cosmetic => "none; it says how the object was written once, and restricts nothing",
        LossClass::Carried | LossClass::Widening => {
            "a port, a group or a condition in it is not in force: more may be granted or routed"
        }
    };
    Finding::warning("SMI-CONV-1", loss.path, loss.text, effect)
}
