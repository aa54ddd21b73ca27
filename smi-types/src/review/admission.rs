//! Validating webhook (reference, sections 4 and 6.2).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Request, ReviewError, annotations, last_applied, placeholder, verdict, warnings};
use crate::convert::{self, CARRIER_ANNOTATION, ConvertOptions, Loss, LossClass, ObjectProblem};
use crate::crd::Serving;
use crate::validate::{self, Contexts, Finding, Severity};
use crate::{ApiVersion, FieldPath, Kind, Version, hub};

const VERSIONS: [&str; 1] = ["admission.k8s.io/v1"];

/// What an admission webhook must know of its installation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdmissionOptions {
    /// What the checks must know.
    pub contexts: Contexts,
    /// The versions that the installation serves. Who writes an object is warned of readers in these versions that would take
    /// it for more than it says (class *widening* of section 6.2).
    pub served: Vec<ApiVersion>,
}

impl AdmissionOptions {
    /// The options of an installation whose definitions serve these versions.
    #[must_use]
    pub fn serving(serving: &Serving) -> Self {
        AdmissionOptions { served: served(|kind, version| serving.serves(kind, version)), ..Self::default() }
    }
}

impl Default for AdmissionOptions {
    /// The contexts' defaults; and every version, except the early ones of TCPRoute, in which every route means all ports
    /// (SMI-CONV-32).
    fn default() -> Self {
        let is_served = |kind, version| kind != Kind::TCPRoute || version == Version::V1Alpha4;
        AdmissionOptions { contexts: Contexts::default(), served: served(is_served) }
    }
}

fn served(is_served: impl Fn(Kind, Version) -> bool) -> Vec<ApiVersion> {
    let all =
        Kind::ALL.into_iter().flat_map(|kind| kind.versions().iter().map(move |version| (kind, *version)));
    let served = all.filter(|(kind, version)| is_served(*kind, *version));
    served.map(|(kind, version)| ApiVersion { kind, version }).collect()
}

/// The answer to an AdmissionReview.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Admission {
    /// The whole answered review, to be sent as it is.
    pub review: Value,
    /// Whether the object may be written.
    pub allowed: bool,
    /// What the checks have to say, for logs and counters; of the severity that they have for this request.
    pub findings: Vec<Finding>,
    /// What the versions that are served do not say of the object, whether the answer warns of it or not.
    pub losses: Vec<Loss>,
}

/// Answers an `AdmissionReview`: an object with an error is refused with status 422, everything else passes with a warning for
/// each thing to know.
///
/// * Only what is written is checked: `DELETE`, `CONNECT` and subresources (`status`) pass.
/// * An update that changes nothing but metadata or status passes with warnings, however broken the object is: finalizers must
///   come off, and a stored object is treated as its [`effect`](Finding::effect) says.
/// * A split without a positive weight is refused when it is created, and may become so later (SMI-VAL-44).
/// * Kinds that are not SMI's pass; a kind or version that SMI does not have in its groups does not (SMI-VAL-1).
/// * Fields that the API server dropped are found in what `kubectl apply` was given, where they carry a condition (SMI-VAL-46). They
///   warn where they had been applied, and dropped, before.
/// * What stands for an object that could not be converted is refused for what is wrong with that object.
///
/// # Errors
///
/// When the body is no AdmissionReview of `admission.k8s.io/v1`, or its request has no `uid` to answer to.
pub fn admission(review: &Value, options: &AdmissionOptions) -> Result<Admission, ReviewError> {
    admission_with(review, options, |_| Vec::new())
}

/// [`admission`] with more checks, such as those of regular expressions, which this crate does not have.
///
/// # Errors
///
/// As [`admission`].
pub fn admission_with(
    review: &Value,
    options: &AdmissionOptions,
    more: impl FnOnce(&hub::Object) -> Vec<Finding>,
) -> Result<Admission, ReviewError> {
    let request = Request::of(review, "AdmissionReview", &VERSIONS)?;
    let is_subresource = !request.text("subResource").is_empty();
    let judged = match (request.text("operation"), request.fields.get("object")) {
        ("DELETE" | "CONNECT", _) => Judged::passes(),
        _ if is_subresource => Judged::passes(),
        (_, Some(object)) if has_kind(object) => judge(&request, object, options, more),
        _ => Judged { response: verdict::malformed("the request has no object"), ..Judged::passes() },
    };
    let Judged { response, findings, losses } = judged;
    let allowed = response["allowed"] == true;
    Ok(Admission { review: request.answered(response), allowed, findings, losses })
}

struct Judged {
    response: Value,
    findings: Vec<Finding>,
    losses: Vec<Loss>,
}

impl Judged {
    fn passes() -> Self {
        Judged { response: verdict::allowed(Vec::new()), findings: Vec::new(), losses: Vec::new() }
    }
}

/// Whether this is an object that says what it is, as every one does that an API server sends.
fn has_kind(object: &Value) -> bool {
    ["apiVersion", "kind"]
        .iter()
        .all(|key| object.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty()))
}

fn judge(
    request: &Request<'_>,
    object: &Value,
    options: &AdmissionOptions,
    more: impl FnOnce(&hub::Object) -> Vec<Finding>,
) -> Judged {
    let api = match convert::api_version(object) {
        Ok(api) => Some(api),
        Err(error) if error.problem == ObjectProblem::NotSmi => return Judged::passes(),
        Err(_) => None,
    };
    let old = request.fields.get("oldObject");
    let object = &*in_its_namespace(object, request.text("namespace"));
    let hub = convert::read(object).ok().map(|read| read.object);
    let mut findings =
        of_original(api, object, options).unwrap_or_else(|| validate::object(object, &options.contexts));
    let (losses, unreadable) =
        hub.as_ref().map_or_else(Default::default, |hub| in_other_versions(hub, options));
    findings.extend(unreadable);
    findings.extend(hub.as_ref().map(more).unwrap_or_default());
    findings.retain(|finding| !is_generated_name(object, finding));
    let occasion = match (request.text("operation"), old) {
        ("CREATE", _) => Occasion::Creation,
        (_, Some(old)) if is_same_body(object, old) => Occasion::SameBody,
        _ => Occasion::Change,
    };
    for finding in &mut findings {
        finding.severity = severity(occasion, finding);
    }
    findings.extend(api.into_iter().flat_map(|api| last_applied::dropped_conditions(api, object, old)));
    let warnings = warnings::limited(verdict::warnings(&findings).chain(widenings(&losses)).collect());
    let is_error = |finding: &&Finding| finding.severity == Severity::Error;
    let errors: Vec<&Finding> = findings.iter().filter(is_error).collect();
    let response = match errors.as_slice() {
        [] => verdict::allowed(warnings),
        errors => verdict::denied(api, object, errors, warnings),
    };
    Judged { response, findings, losses }
}

/// The object with the namespace that the request is for, where it names none itself.
fn in_its_namespace<'o>(object: &'o Value, namespace: &str) -> Cow<'o, Value> {
    let own = object.get("metadata").and_then(|metadata| metadata.get("namespace"));
    let is_missing = own.is_none_or(|own| own.is_null() || own == "");
    if namespace.is_empty() || !is_missing || !object.get("metadata").is_some_and(Value::is_object) {
        return Cow::Borrowed(object);
    }
    let mut object = object.clone();
    object["metadata"]["namespace"] = namespace.into();
    Cow::Owned(object)
}

/// What is wrong with the object for which this one stands, because it could not be converted ([`super::conversion`]); at least, that
/// it stands for another: nobody who reads this version sees what that one says.
fn of_original(api: Option<ApiVersion>, object: &Value, options: &AdmissionOptions) -> Option<Vec<Finding>> {
    let placeholder::Original { object, version } = placeholder::original(object, api?)?;
    let mut findings = object.map(|object| validate::object(&object, &options.contexts)).unwrap_or_default();
    for finding in &mut findings {
        finding.message = format!("in {version}, from which it could not be converted: {}", finding.message);
    }
    if findings.iter().all(|finding| finding.severity != Severity::Error) {
        findings.push(annotations::without_body(version));
    }
    Some(findings)
}

/// What a request does with an object.
#[derive(Clone, Copy)]
enum Occasion {
    Creation,
    Change,
    /// An update of nothing that SMI reads.
    SameBody,
}

/// How much a finding weighs there.
fn severity(occasion: Occasion, finding: &Finding) -> Severity {
    match (finding.severity, occasion) {
        (Severity::Error, Occasion::SameBody) => Severity::Warning,
        (Severity::Warning, Occasion::Creation) if finding.code == "SMI-VAL-44" => Severity::Error,
        (severity, _) => severity,
    }
}

/// Whether an update leaves alone everything that SMI reads.
fn is_same_body(object: &Value, old: &Value) -> bool {
    let (Value::Object(object), Value::Object(old)) = (object, old) else { return false };
    let is_body = |key: &&String| !matches!(key.as_str(), "metadata" | "status");
    let carrier = |fields: &Map<String, Value>| -> Option<Value> {
        fields.get("metadata")?.get("annotations")?.get(CARRIER_ANNOTATION).cloned()
    };
    let mut keys = object.keys().chain(old.keys()).filter(is_body);
    keys.all(|key| object.get(key) == old.get(key)) && carrier(object) == carrier(old)
}

/// The API server makes the name later.
fn is_generated_name(object: &Value, finding: &Finding) -> bool {
    let metadata =
        |key| object.get("metadata").and_then(|metadata| metadata.get(key)).and_then(Value::as_str);
    let is_generated = metadata("generateName").is_some_and(|prefix| !prefix.is_empty());
    finding.code == "SMI-VAL-2" && is_generated && metadata("name").unwrap_or_default().is_empty()
}

/// What the other versions that are served do not say of the object, and whether it can be read in them at all.
fn in_other_versions(hub: &hub::Object, options: &AdmissionOptions) -> (Vec<Loss>, Vec<Finding>) {
    let own = hub.api_version();
    let others = options.served.iter().filter(|api| api.kind == own.kind && api.version != own.version);
    let (mut losses, mut findings) = (Vec::new(), Vec::new());
    for api in others {
        // What cannot be converted at all is an error of the object, which the checks have found.
        let Ok(written) = convert::write(hub, api.version, &ConvertOptions::default()) else { continue };
        let excess = annotations::excess(&written.object);
        findings.extend(excess.map(|bytes| annotations::unreadable_in(api.version, bytes)));
        losses.extend(written.losses);
    }
    (losses, findings)
}

/// One warning for each field that an old reader does not see, with the newest version in which it does not.
fn widenings(losses: &[Loss]) -> impl Iterator<Item = String> {
    let mut newest: BTreeMap<&FieldPath, &Loss> = BTreeMap::new();
    for loss in losses.iter().filter(|loss| loss.class == LossClass::Widening) {
        let known = newest.entry(&loss.path).or_insert(loss);
        if known.to < loss.to {
            *known = loss;
        }
    }
    newest.into_values().map(|loss| warnings::shortened(&format!("{loss} (to readers of {})", loss.to)))
}
