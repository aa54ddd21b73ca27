//! How a cluster calls the kind, and in which form of definition.

use serde_json::Value;

use super::given::Given;
use super::{INSTALL, info, joined, ours};
use crate::FieldPath;
use crate::crd::columns::columns;
use crate::quote::quoted;
use crate::validate::Finding;

pub(super) fn check(given: &Given<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(api(given));
    findings.extend(identity(given));
    findings.extend(not_accepted(given));
    findings.extend(comfort(given));
    findings
}

fn api(given: &Given<'_>) -> Option<Finding> {
    let api = given.definition["apiVersion"].as_str().unwrap_or_default();
    (api != "apiextensions.k8s.io/v1").then(|| {
        let since = if api == "apiextensions.k8s.io/v1beta1" { " since Kubernetes 1.22" } else { "" };
        let message = format!("no API server{since} takes definitions of {}", quoted(api));
        Finding::error(
            "SMI-CRD-API",
            FieldPath::of("apiVersion"),
            message,
            "it cannot be installed, and a cluster that has no other one takes no objects of the kind",
        )
        .help(INSTALL)
    })
}

/// What decides under which address the objects are.
fn identity(given: &Given<'_>) -> Option<Finding> {
    let spec = &given.definition["spec"];
    let path = FieldPath::of("spec");
    let plural = ours::plural(given.kind).unwrap_or_default();
    let (path, message) = if spec["scope"] != "Namespaced" {
        let scope = spec["scope"].as_str().unwrap_or_default();
        (path.key("scope"), format!("the scope of {} is {}, and not Namespaced", given.kind, quoted(scope)))
    } else if spec["names"]["plural"] != plural {
        let given_plural = spec["names"]["plural"].as_str().unwrap_or_default();
        let message = format!("the plural of {} is {}, and not {plural}", given.kind, quoted(given_plural));
        (path.key("names").key("plural"), message)
    } else if ours::name(given.kind).is_some_and(|name| given.definition["metadata"]["name"] != name) {
        return Some(other_name(given));
    } else {
        return None;
    };
    let effect = "clients look for the objects under another address, and find none";
    Some(Finding::error("SMI-CRD-KIND", path, message, effect).help(INSTALL))
}

/// An API server wants the name that plural and group make.
fn other_name(given: &Given<'_>) -> Finding {
    let name = given.definition["metadata"]["name"].as_str().unwrap_or_default();
    let message = format!(
        "the definition is named {}, and not {}",
        quoted(name),
        ours::name(given.kind).unwrap_or_default()
    );
    let effect = "no API server takes it, and a cluster that has no other one takes no objects of the kind";
    Finding::error("SMI-CRD-KIND", FieldPath::of("metadata").key("name"), message, effect).help(INSTALL)
}

/// What an API server that has the definition says of its names.
fn not_accepted(given: &Given<'_>) -> Option<Finding> {
    let conditions = given.definition["status"]["conditions"].as_array()?;
    let refused = |condition: &&Value| condition["type"] == "NamesAccepted" && condition["status"] == "False";
    let condition = conditions.iter().find(refused)?;
    let why = condition["message"].as_str().map(|why| format!(": {}", quoted(why))).unwrap_or_default();
    let message = format!("the API server does not accept the names of {}{why}", given.kind);
    let effect = "it does not serve the kind under them, and may not serve it at all";
    let path = FieldPath::of("status").key("conditions");
    Some(
        Finding::error("SMI-CRD-KIND", path, message, effect)
            .help("remove the other definition that has the names, or its short name"),
    )
}

/// What only people at a terminal miss.
fn comfort(given: &Given<'_>) -> Option<Finding> {
    let names = &given.definition["spec"]["names"];
    let has = |list: &str, word: &str| {
        names[list].as_array().is_some_and(|words| words.iter().any(|given| given == word))
    };
    let mut lacking = Vec::new();
    let short = ours::short_name(given.kind).unwrap_or_default();
    if !has("shortNames", short) {
        lacking.push(format!("the short name {short}"));
    }
    if !has("categories", ours::category()) {
        lacking.push(format!("the category {}", ours::category()));
    }
    for column in columns(given.kind) {
        let name = &column["name"];
        let has_column = |columns: Option<&Value>| {
            let columns = columns.and_then(Value::as_array);
            columns.is_some_and(|columns| columns.iter().any(|given| given["name"] == *name))
        };
        // An API server shows the age where a definition names no column at all.
        let is_default = |columns: Option<&Value>| {
            name == "Age" && columns.and_then(Value::as_array).is_none_or(Vec::is_empty)
        };
        if !given.served().all(|version| has_column(version.columns) || is_default(version.columns)) {
            lacking.push(format!("the column {}", name.as_str().unwrap_or_default()));
        }
    }
    (!lacking.is_empty()).then(|| {
        let path = FieldPath::of("spec").key("names");
        info(
            "SMI-CRD-NAMES",
            path,
            format!("it lacks {}", joined(&lacking)),
            "none on traffic; kubectl shows less",
        )
    })
}
