//! Whether an API server takes a definition at all (`apiextensions.k8s.io/v1`).

use serde_json::Value;

use super::INSTALL;
use super::given::Given;
use crate::FieldPath;
use crate::quote::clause;
use crate::validate::Finding;

/// What keeps the definition out of a cluster. Nothing is said of the early versions of definitions: no API server takes those anyway.
pub(super) fn check(given: &Given<'_>) -> Vec<Finding> {
    if given.definition["apiVersion"] != "apiextensions.k8s.io/v1" {
        return Vec::new();
    }
    let mut findings = Vec::new();
    findings.extend(storage(given));
    findings.extend(pruning(given));
    findings.extend(webhook(given));
    findings.extend(schemas(given));
    findings
}

const REFUSED: &str =
    "no API server takes the definition, and a cluster that has no other one takes no objects of the kind";

fn refused(path: FieldPath, message: String) -> Finding {
    Finding::error("SMI-CRD-API", path, clause(message), REFUSED).help(INSTALL)
}

/// Exactly one version is stored.
fn storage(given: &Given<'_>) -> Option<Finding> {
    let versions = given.definition["spec"]["versions"].as_array()?;
    let stored = versions.iter().filter(|version| version["storage"] == true).count();
    let count = match stored {
        1 => return None,
        0 => format!("no version of {} has", given.kind),
        n => format!("{n} versions of {} have", given.kind),
    };
    let path = FieldPath::of("spec").key("versions");
    Some(refused(path, format!("{count} storage: true, and exactly one must")))
}

/// Definitions of v1 drop what they do not know, unless they were made in an earlier version.
fn pruning(given: &Given<'_>) -> Option<Finding> {
    (given.definition["spec"]["preserveUnknownFields"] == true).then(|| {
        let path = FieldPath::of("spec").key("preserveUnknownFields");
        let message = format!("the definition of {} keeps fields that it does not know", given.kind);
        let effect =
            "no API server takes it anew; one that has had it since before Kubernetes 1.22 keeps it as it is";
        Finding::warning("SMI-CRD-API", path, message, effect).help(INSTALL)
    })
}

fn webhook(given: &Given<'_>) -> Option<Finding> {
    let conversion = &given.definition["spec"]["conversion"];
    if conversion["strategy"] != "Webhook" {
        return None;
    }
    let webhook = &conversion["webhook"];
    let path = FieldPath::of("spec").key("conversion").key("webhook");
    let client = &webhook["clientConfig"];
    if client["url"].is_string() == client["service"].is_object() {
        let message =
            format!("the conversion webhook of {} is at neither a Service nor a URL, or at both", given.kind);
        return Some(refused(path.key("clientConfig"), message));
    }
    let has_versions = webhook["conversionReviewVersions"].as_array().is_some_and(|all| !all.is_empty());
    let message = || format!("the conversion webhook of {} has no conversionReviewVersions", given.kind);
    (!has_versions).then(|| refused(path.key("conversionReviewVersions"), message()))
}

/// The first place in each version at which its schema is not what Kubernetes calls structural.
fn schemas(given: &Given<'_>) -> impl Iterator<Item = Finding> {
    given.versions.iter().filter_map(|version| {
        let (schema, root) = version.schema.as_ref()?;
        let flaw = unstructured(schema, root, true).or_else(|| of_metadata(schema, root))?;
        let Flaw { path, what } = flaw;
        Some(refused(path, format!("the schema of {} {} {what}", given.kind, version.version)))
    })
}

struct Flaw {
    path: FieldPath,
    what: &'static str,
}

fn unstructured(schema: &Value, path: &FieldPath, is_root: bool) -> Option<Flaw> {
    let flaw = |what| Some(Flaw { path: path.clone(), what });
    let says = |key: &str| schema[key] == true;
    let any = says("x-kubernetes-int-or-string") || says("x-kubernetes-preserve-unknown-fields");
    match schema["type"].as_str().unwrap_or_default() {
        kind if is_root && kind != "object" => return flaw("is not one of an object"),
        "" if !any => return flaw("has no type here"),
        "array" if !schema["items"].is_object() => return flaw("does not say here what is in the list"),
        _ => {}
    }
    let rest = &schema["additionalProperties"];
    match rest {
        Value::Null => {}
        _ if is_root => return flaw("has additionalProperties at its root"),
        Value::Bool(false) => {
            return flaw("has additionalProperties: false here, which Kubernetes does not have");
        }
        _ if schema.get("properties").is_some() => {
            return flaw("has both properties and additionalProperties here");
        }
        _ => {}
    }
    let properties = schema["properties"].as_object().into_iter().flatten();
    let properties =
        properties.map(|(name, inner)| (path.clone().key("properties").key(name.clone()), inner));
    let items = schema.get("items").map(|inner| (path.clone().key("items"), inner));
    let rest = Some(rest).filter(|rest| rest.is_object());
    let rest = rest.map(|inner| (path.clone().key("additionalProperties"), inner));
    properties.chain(items).chain(rest).find_map(|(path, inner)| unstructured(inner, &path, false))
}

/// Of metadata a schema may say something about names alone.
fn of_metadata(schema: &Value, root: &FieldPath) -> Option<Flaw> {
    let metadata = schema.pointer("/properties/metadata/properties")?.as_object()?;
    let other = metadata.keys().find(|key| !["name", "generateName"].contains(&key.as_str()))?;
    let path = root.clone().key("properties").key("metadata").key("properties").key(other.clone());
    Some(Flaw { path, what: "says something about metadata other than names" })
}
