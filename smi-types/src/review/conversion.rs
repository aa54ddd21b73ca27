//! Conversion webhook (reference, section 6.9).

use serde_json::{Value, json};

use super::placeholder::{self, Original};
use super::{Request, ReviewError, annotations, name_of};
use crate::convert::{self, ConvertOptions, Converted, Loss, ObjectProblem};
use crate::quote::quoted;
use crate::validate::{self, Severity};
use crate::{ApiVersion, Kind, Version};

const VERSIONS: [&str; 2] = ["apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1beta1"];

/// The answer to a ConversionReview.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conversion {
    /// The whole answered review, to be sent as it is.
    pub review: Value,
    /// What the target version does not say, object by object, for logs and counters. An answer has no place for it.
    pub losses: Vec<ObjectLoss>,
    /// Objects that cannot be converted and are answered without a body, each with its name and the reason, for logs and counters.
    pub unconverted: Vec<(String, String)>,
    /// Why the conversion failed, if it did. The answer says the same.
    pub failure: Option<String>,
}

/// A [`Loss`] and the object that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectLoss {
    /// The object, as messages name it: `TrafficSplit shop/web`.
    pub object: String,
    /// What is lost.
    pub loss: Loss,
}

/// Answers a `ConversionReview`: every object in the desired version and in the order of the request, or a failure whose message says
/// what of the request cannot be answered.
///
/// Of the metadata, only the annotation that carries what a version cannot say changes. A loss is no failure, whatever its
/// class: a failing conversion would break lists and watches of the whole kind for everybody. For the same reason an object that cannot be
/// converted, such as a split with a negative weight, is answered without a body, which means nothing in any version; the annotation
/// carries the body, and gives it back in its own version. So is an object with a condition in a field that its version does not have,
/// which an API server with the definitions of [`crd`](crate::crd) would have dropped before: in its own version such an object has
/// no effect either. Of an HTTPRouteGroup that is so of the match that has the field only; the other matches have an effect there, and
/// none here.
///
/// Requests of `apiextensions.k8s.io/v1` and `v1beta1` are answered in their own version.
///
/// # Errors
///
/// When the body is no ConversionReview, or its request has no `uid` to answer to.
pub fn conversion(review: &Value, options: &ConvertOptions) -> Result<Conversion, ReviewError> {
    let request = Request::of(review, "ConversionReview", &VERSIONS)?;
    let (mut losses, mut unconverted) = (Vec::new(), Vec::new());
    let answer = converted(&request, options, &mut losses, &mut unconverted);
    let (response, failure) = match answer {
        Ok(objects) => (json!({"result": {"status": "Success"}, "convertedObjects": objects}), None),
        Err(message) => {
            let result = json!({"status": "Failure", "message": message, "reason": "Invalid", "code": 422});
            (json!({"result": result, "convertedObjects": []}), Some(message))
        }
    };
    Ok(Conversion { review: request.answered(response), losses, unconverted, failure })
}

fn converted(
    request: &Request<'_>,
    options: &ConvertOptions,
    losses: &mut Vec<ObjectLoss>,
    unconverted: &mut Vec<(String, String)>,
) -> Result<Vec<Value>, String> {
    let desired = request.text("desiredAPIVersion");
    let (group, to) = desired
        .split_once('/')
        .and_then(|(group, version)| Some((group, Version::parse(version)?)))
        .ok_or_else(|| format!("desiredAPIVersion {} is no version of an SMI group", quoted(desired)))?;
    let objects = match request.fields.get("objects") {
        Some(Value::Array(objects)) => objects.as_slice(),
        None | Some(Value::Null) => &[],
        Some(_) => return Err("the objects of the request are no list".to_owned()),
    };
    let one = |(index, object)| {
        let answered = in_version(group, to, object, options)
            .map_err(|message| format!("objects[{index}], {}: {message}", name_of(object)))?;
        let named = |loss| ObjectLoss { object: name_of(object), loss };
        losses.extend(answered.losses.into_iter().map(named));
        unconverted.extend(answered.unconverted.map(|reason| (name_of(object), reason)));
        Ok(answered.object)
    };
    objects.iter().enumerate().map(one).collect()
}

/// An object in the desired version.
struct Answered {
    object: Value,
    losses: Vec<Loss>,
    /// Why it has no body.
    unconverted: Option<String>,
}

fn in_version(
    group: &str,
    to: Version,
    object: &Value,
    options: &ConvertOptions,
) -> Result<Answered, String> {
    let api = convert::api_version(object).map_err(|error| error.to_string())?;
    if api.kind.group() != group {
        let ApiVersion { kind, .. } = api;
        return Err(format!("{kind} is not a kind of group {}", quoted(group)));
    }
    if matches!(api.kind, Kind::TrafficMetrics | Kind::TrafficMetricsList) {
        return Err(format!("{} is never stored", api.kind));
    }
    let unconverted = |object, text| Ok(Answered { object, losses: Vec::new(), unconverted: Some(text) });
    let original = placeholder::original(object, api);
    let (object, api) = match &original {
        None => (object, api),
        Some(Original { object: Some(object), version }) => (object, ApiVersion { version: *version, ..api }),
        // Whoever writes it would write an object without a body over the stored one.
        Some(Original { object: None, version }) if *version == to => {
            return Err(format!("its body is too large to be written in {}: write it in {to}", api.version));
        }
        Some(Original { object: None, version }) => {
            let text = format!("its body is too large for {} and {to}", api.version);
            return unconverted(placeholder::again(object, api, *version, to), text);
        }
    };
    if original.is_some() && api.version == to {
        return Ok(Answered { object: object.clone(), losses: Vec::new(), unconverted: None });
    }
    // Left out, a field that carries a condition would leave an object that grants or routes more, and no check would find it.
    let is_converted = api.version != to && api.kind.versions().contains(&to);
    let mut unknown = validate::unknown_fields(api, object).into_iter().filter(|_| is_converted);
    if let Some(refused) = unknown.find(|finding| finding.severity == Severity::Error) {
        return unconverted(placeholder::of(object, api, to), refused.to_string());
    }
    match convert::object(object, to, options) {
        Ok(Converted { object: converted, losses }) => match annotations::excess(&converted) {
            None => Ok(Answered { object: converted, losses, unconverted: None }),
            Some(bytes) => unconverted(placeholder::of(object, api, to), annotations::too_much(bytes, to)),
        },
        Err(error) if matches!(error.problem, ObjectProblem::WrongType | ObjectProblem::Invalid) => {
            unconverted(placeholder::of(object, api, to), error.to_string())
        }
        Err(error) => Err(error.to_string()),
    }
}
