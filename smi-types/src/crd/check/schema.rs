//! What schemas drop or refuse that ours take.

use serde_json::Value;

use super::given::{Given, GivenVersion};
use super::strict::{self, Refusal};
use super::{INSTALL, defaults, info, joined, versions_joined};
use crate::crd::difference::{Difference, Field, Less, differences};
use crate::crd::schema as ours;
use crate::validate::{Finding, Severity};
use crate::{FieldPath, Kind, Version};

/// The same difference in several versions.
struct Shared {
    difference: Difference,
    /// Where it stands first.
    path: FieldPath,
    versions: Vec<Version>,
}

pub(super) fn check(given: &Given<'_>) -> Vec<Finding> {
    let differences = shared(given);
    let mut findings = Vec::new();
    findings.extend(status(given, &differences));
    let mut agreed = Vec::new();
    for shared in differences.iter().filter(|shared| !is_status(&shared.difference.field)) {
        match &shared.difference.less {
            Less::Dropped => findings.extend(dropped(given.kind, shared)),
            Less::Default { value, known } => {
                findings.extend(filled_in(given.kind, shared, value, *known));
            }
            _ => match strict::refusal(given.kind, &shared.versions, &shared.difference) {
                Refusal::Agreed => agreed.push(shared),
                Refusal::Of(severity, what) => findings.push(stricter(shared, severity, &what)),
            },
        }
    }
    findings.extend(also_wrong(&agreed));
    findings
}

/// The differences in versions that are served. The others refuse and drop nothing.
fn shared(given: &Given<'_>) -> Vec<Shared> {
    let mut all: Vec<Shared> = Vec::new();
    for version in given.served() {
        for (difference, path) in of_version(given, version) {
            let same = |shared: &&mut Shared| {
                shared.difference.field == difference.field && shared.difference.less == difference.less
            };
            match all.iter_mut().find(same) {
                Some(shared) => shared.versions.push(version.version),
                None => all.push(Shared { difference, path, versions: vec![version.version] }),
            }
        }
    }
    all
}

fn of_version(given: &Given<'_>, version: &GivenVersion<'_>) -> Vec<(Difference, FieldPath)> {
    let (Some(ours), Some((theirs, root))) = (ours(given.kind, version.version), &version.schema) else {
        return Vec::new();
    };
    let found = differences(&ours, theirs, given.unknown).into_iter();
    found
        .map(|difference| {
            let segments = root.segments().iter().chain(difference.place.segments());
            let path = segments.cloned().collect();
            (difference, path)
        })
        .collect()
}

fn is_status(field: &Field) -> bool {
    field.as_str() == "status" || field.as_str().starts_with("status.")
}

/// Dropped parts of the status, in versions that have the subresource.
fn status(given: &Given<'_>, differences: &[Shared]) -> Option<Finding> {
    let has_status =
        |version: &Version| given.served().any(|given| given.version == *version && given.has_status);
    let dropped: Vec<&Shared> = differences
        .iter()
        .filter(|shared| is_status(&shared.difference.field) && shared.difference.less == Less::Dropped)
        .filter(|shared| shared.versions.iter().any(has_status))
        .collect();
    let first = dropped.first()?;
    let mut fields: Vec<&str> = dropped.iter().map(|shared| shared.difference.field.as_str()).collect();
    fields.sort_unstable();
    fields.dedup();
    let what = match fields.iter().any(|field| ["status", "status.conditions"].contains(field)) {
        true => "conditions in the status are".to_owned(),
        false => format!("{} {}", joined(&fields), if fields.len() == 1 { "is" } else { "are" }),
    };
    let versions = versions_joined(
        dropped.iter().flat_map(|shared| &shared.versions).filter(|version| has_status(version)),
    );
    Some(
        Finding::warning(
            "SMI-CRD-STATUS",
            first.path.clone(),
            format!("{what} not kept for {} {versions}", given.kind),
            "what controllers write there about an object is lost without an error; only Events tell",
        )
        .help(INSTALL),
    )
}

fn dropped(kind: Kind, shared: &Shared) -> Option<Finding> {
    let field = &shared.difference.field;
    let (severity, effect) = loss(kind, &shared.versions, field)?;
    let message =
        format!("{field} of {kind} {} is dropped on every write", versions_joined(&shared.versions));
    let finding =
        Finding { severity, ..Finding::error("SMI-CRD-DROPPED", shared.path.clone(), message, effect) };
    Some(if severity == Severity::Info { finding } else { finding.help(INSTALL) })
}

/// No field of SMI has a default. Some say what a missing field means anyway, and change what is stored, but not what it means.
fn filled_in(kind: Kind, shared: &Shared, value: &Value, known: bool) -> Option<Finding> {
    let field = &shared.difference.field;
    let (severity, effect) = match known {
        true => defaults::meaning(kind, field, value)?,
        false => defaults::unknown(kind, &shared.versions, field),
    };
    let message = format!(
        "{field} of {kind} {} is filled in with {} where it is left out",
        versions_joined(&shared.versions),
        strict::shown(value)
    );
    let finding =
        Finding { severity, ..Finding::error("SMI-CRD-DEFAULT", shared.path.clone(), message, effect) };
    Some(if severity == Severity::Info { finding } else { finding.help(INSTALL) })
}

/// What is lost with a field; `None` where that is nothing at all.
fn loss(kind: Kind, versions: &[Version], field: &Field) -> Option<(Severity, &'static str)> {
    use Severity::{Error, Info, Warning};
    let is_of_source = field.as_str().contains("sources[]");
    Some(match (kind, field.name()) {
        (Kind::TrafficTarget, "port") if is_of_source => return None,
        (Kind::TrafficTarget, "status") => return None,
        (Kind::TrafficTarget, "port") => (Error, "the target opens every port"),
        (Kind::TrafficTarget, "group") => (Info, "none: the kind implies the group"),
        (Kind::TrafficTarget, "matches") => (Error, "a rule that names matches grants the whole group"),
        (Kind::TrafficTarget, "namespace") => (
            Error,
            "the subject is looked for in the namespace of the target, where another workload may have its name",
        ),
        (Kind::TrafficSplit, "apiGroup") => (Info, "none: specs.smi-spec.io is implied"),
        (Kind::TrafficSplit, "matches") => (Error, "all traffic is split, whatever the conditions are"),
        // Some upstream schemas have them in v1alpha1, the specification has not (D-S2).
        (Kind::HTTPRouteGroup, "headers") if versions == [Version::V1Alpha1] => (
            Warning,
            "a match with conditions on headers, which began with v1alpha2, takes more requests than it says",
        ),
        (Kind::HTTPRouteGroup, "pathRegex" | "methods" | "headers") => {
            (Error, "a match loses a condition, and takes more requests than it says")
        }
        (Kind::TCPRoute | Kind::UDPRoute, "name") => {
            (Warning, "a rule that names the route's matches applies to nothing")
        }
        (Kind::TCPRoute | Kind::UDPRoute, _) => (Error, "the route means every port"),
        _ => (Error, "the object says less than its author wrote, and means something else"),
    })
}

fn stricter(shared: &Shared, severity: Severity, what: &str) -> Finding {
    let Difference { field, less, .. } = &shared.difference;
    let message = format!("{field} {} in {}", strict::condition(less), versions_joined(&shared.versions));
    let effect = format!("refused when they are written: {what}");
    let finding =
        Finding { severity, ..Finding::error("SMI-CRD-STRICT", shared.path.clone(), message, effect) };
    if severity == Severity::Info { finding } else { finding.help(INSTALL) }
}

/// Where the schema refuses only what is an error anyway.
fn also_wrong(agreed: &[&Shared]) -> Option<Finding> {
    let first = agreed.first()?;
    let mut fields: Vec<&str> = agreed.iter().map(|shared| shared.difference.field.shown()).collect();
    fields.sort_unstable();
    fields.dedup();
    Some(info(
        "SMI-CRD-STRICT",
        first.path.clone(),
        format!("the schema checks {} itself", joined(&fields)),
        "objects that are wrong there are refused when they are written, where ours would be told of in their status",
    ))
}
