//! The two webhooks of a cluster as pure functions: a review comes in as JSON, the answered review goes out as JSON.
//!
//! * [`conversion`] answers a `ConversionReview` (`apiextensions.k8s.io/v1`): an API server that stores one version of a kind and
//!   serves several asks for the others.
//! * [`admission`] answers an `AdmissionReview` (`admission.k8s.io/v1`): an API server asks whether an object may be written.
//!
//! Register both for every version of the kinds, admission with `matchPolicy: Equivalent` or with rules that name each version: who writes
//! in a version that is not asked about writes unchecked.
//!
//! Serving them over HTTPS is left to the program: read the body as JSON, call the function, write [`Conversion::review`] or
//! [`Admission::review`] with status 200. A [`ReviewError`] says that the body is no review at all; answer it with status 400.
//!
//! ```
//! use serde_json::json;
//! use smi_types::convert::ConvertOptions;
//! use smi_types::review;
//!
//! let asked = json!({
//!     "apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
//!     "request": {"uid": "705ab4f5", "desiredAPIVersion": "split.smi-spec.io/v1alpha4", "objects": [{
//!         "apiVersion": "split.smi-spec.io/v1alpha1", "kind": "TrafficSplit",
//!         "metadata": {"name": "web", "namespace": "shop"},
//!         "spec": {"service": "web", "backends": [{"service": "a", "weight": "1"}, {"service": "b", "weight": "500m"}]},
//!     }]},
//! });
//! let answer = review::conversion(&asked, &ConvertOptions::default())?.review;
//! assert_eq!(answer["response"]["uid"], "705ab4f5");
//! assert_eq!(answer["response"]["result"]["status"], "Success");
//! let backends = &answer["response"]["convertedObjects"][0]["spec"]["backends"];
//! assert_eq!((&backends[0]["weight"], &backends[1]["weight"]), (&json!(1000), &json!(500)));
//! # Ok::<(), review::ReviewError>(())
//! ```

use std::error::Error;
use std::fmt;

use serde_json::{Map, Value, json};

use crate::quote::quoted;

mod admission;
mod annotations;
mod conversion;
mod last_applied;
mod placeholder;
mod verdict;
mod warnings;

pub use admission::{Admission, AdmissionOptions, admission, admission_with};
pub use conversion::{Conversion, ObjectLoss, conversion};

/// Why a body is no review that can be answered. An answer must repeat the request's `uid`, so there is none without it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewError {
    message: String,
}

impl fmt::Display for ReviewError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ReviewError {}

/// A request for review: what every kind of review has in common.
struct Request<'a> {
    api_version: &'a str,
    kind: &'static str,
    uid: &'a str,
    fields: &'a Map<String, Value>,
}

impl<'a> Request<'a> {
    /// Reads the request of a review of `kind`, in one of these versions.
    fn of(review: &'a Value, kind: &'static str, versions: &[&str]) -> Result<Self, ReviewError> {
        let article = if kind.starts_with('A') { "an" } else { "a" };
        let error =
            |message: String| Err(ReviewError { message: format!("not {article} {kind}: {message}") });
        let Value::Object(fields) = review else { return error("the body is no map".to_owned()) };
        let text = |key| fields.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("kind") != kind {
            return error(format!("kind is {}", quoted(text("kind"))));
        }
        let api_version = text("apiVersion");
        if !versions.contains(&api_version) {
            return error(format!("apiVersion is {}, not {}", quoted(api_version), versions.join(" or ")));
        }
        let Some(Value::Object(fields)) = fields.get("request") else {
            return error("it has no request".to_owned());
        };
        match fields.get("uid") {
            Some(Value::String(uid)) if !uid.is_empty() => Ok(Request { api_version, kind, uid, fields }),
            _ => error("its request has no uid".to_owned()),
        }
    }

    fn text(&self, key: &str) -> &'a str {
        self.fields.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The review with this answer, in the version the request came in.
    fn answered(&self, mut response: Value) -> Value {
        response["uid"] = self.uid.into();
        json!({"apiVersion": self.api_version, "kind": self.kind, "response": response})
    }
}

/// How messages name an object: `TrafficSplit shop/web`.
fn name_of(object: &Value) -> String {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let metadata = |key| text(object.get("metadata").and_then(|metadata| metadata.get(key)));
    // What is no name of an object is not shown as one.
    let shown =
        |text: String| if text.len() > 253 || text.contains(char::is_control) { quoted(&text) } else { text };
    let kind = match text(object.get("kind")) {
        kind if kind.is_empty() => "object".to_owned(),
        kind => shown(kind),
    };
    let name = match metadata("name") {
        name if name.is_empty() => "without a name".to_owned(),
        name => shown(name),
    };
    match metadata("namespace") {
        namespace if namespace.is_empty() => format!("{kind} {name}"),
        namespace => format!("{kind} {}/{name}", shown(namespace)),
    }
}
