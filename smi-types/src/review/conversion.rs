//! Conversion webhook (reference, section 6.9).

use serde_json::{Value, json};

use super::{Request, ReviewError, name_of};
use crate::convert::{self, ConvertOptions, Converted, Loss};
use crate::quote::quoted;
use crate::{ApiVersion, Kind, Version};

const VERSIONS: [&str; 2] = ["apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1beta1"];

/// The answer to a ConversionReview.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// The whole answered review, to be sent as it is.
    pub review: Value,
    /// What the target version does not say, object by object, for logs and counters. An answer has no place for it.
    pub losses: Vec<ObjectLoss>,
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

/// Answers a `ConversionReview`: every object in the desired version and in the order of the request, or a failure whose message
/// names the first object that cannot be converted, and its field.
///
/// Of the metadata, only the annotation that carries what a version cannot say changes. A loss is no failure, whatever its
/// class: a failing conversion would break lists and watches of the whole kind for everybody.
///
/// Requests of `apiextensions.k8s.io/v1` and `v1beta1` are answered in their own version.
///
/// # Errors
///
/// When the body is no ConversionReview, or its request has no `uid` to answer to.
pub fn conversion(review: &Value, options: &ConvertOptions) -> Result<Conversion, ReviewError> {
    let request = Request::of(review, "ConversionReview", &VERSIONS)?;
    let mut losses = Vec::new();
    let answer = converted(&request, options, &mut losses);
    let (response, failure) = match answer {
        Ok(objects) => (json!({"result": {"status": "Success"}, "convertedObjects": objects}), None),
        Err(message) => {
            let result = json!({"status": "Failure", "message": message, "reason": "Invalid", "code": 422});
            (json!({"result": result, "convertedObjects": []}), Some(message))
        }
    };
    Ok(Conversion { review: request.answered(response), losses, failure })
}

fn converted(
    request: &Request<'_>,
    options: &ConvertOptions,
    losses: &mut Vec<ObjectLoss>,
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
        let Converted { object: converted, losses: lost } = in_version(group, to, object, options)
            .map_err(|message| format!("objects[{index}], {}: {message}", name_of(object)))?;
        let named = |loss| ObjectLoss { object: name_of(object), loss };
        losses.extend(lost.into_iter().map(named));
        Ok(converted)
    };
    objects.iter().enumerate().map(one).collect()
}

fn in_version(
    group: &str,
    to: Version,
    object: &Value,
    options: &ConvertOptions,
) -> Result<Converted<Value>, String> {
    let api = convert::api_version(object).map_err(|error| error.to_string())?;
    if api.kind.group() != group {
        let ApiVersion { kind, .. } = api;
        return Err(format!("{kind} is not a kind of group {}", quoted(group)));
    }
    if matches!(api.kind, Kind::TrafficMetrics | Kind::TrafficMetricsList) {
        return Err(format!("{} is never stored", api.kind));
    }
    convert::object(object, to, options).map_err(|error| error.to_string())
}
