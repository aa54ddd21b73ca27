//! Which versions are served, stored, and have a status.

use std::collections::BTreeSet;

use super::given::Given;
use super::{INSTALL, info, versions_joined};
use crate::crd::STORED;
use crate::quote::quoted;
use crate::validate::Finding;
use crate::{FieldPath, Kind, Version};

pub(super) fn check(given: &Given<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let served: BTreeSet<Version> = given.served().map(|version| version.version).collect();
    findings.extend(unserved(given, &served));
    findings.extend(old_routes(given, &served));
    findings.extend(foreign(given));
    findings.extend(stored(given));
    findings.extend(status(given));
    findings.extend(without_schema(given));
    findings
}

/// The path of the list of versions, or of what stands in its place.
fn list(given: &Given<'_>) -> FieldPath {
    let spec = FieldPath::of("spec");
    let has_list = given.definition["spec"].get("versions").is_some();
    spec.key(if has_list { "versions" } else { "version" })
}

fn unserved(given: &Given<'_>, served: &BTreeSet<Version>) -> Option<Finding> {
    let kind = given.kind;
    // Old TCPRoutes are not wanted (SMI-CONV-32).
    let is_wanted = |version: &&Version| kind != Kind::TCPRoute || **version == STORED;
    let lacking: Vec<Version> = kind
        .versions()
        .iter()
        .filter(is_wanted)
        .filter(|version| !served.contains(version))
        .copied()
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let message = match served.is_empty() {
        true => format!("no version of {kind} is served that SMI has"),
        false => format!(
            "{kind} {} {} not served",
            versions_joined(&lacking),
            if lacking.len() == 1 { "is" } else { "are" }
        ),
    };
    let is_lost = served.is_empty();
    let is_new_lost = lacking.contains(&STORED);
    let effect = match (is_lost, is_new_lost) {
        (true, _) => "nothing can read or write objects of the kind".to_owned(),
        (_, true) => format!("programs that use them fail; {}", unsayable(kind, served)),
        (_, false) => format!("programs that write them fail{}", writers(kind, &lacking)),
    };
    Some(match (is_lost, is_new_lost) {
        (true, _) => Finding::error("SMI-CRD-VERSION", list(given), message, effect).help(INSTALL),
        (_, true) => Finding::warning("SMI-CRD-VERSION", list(given), message, effect).help(INSTALL),
        (_, false) => info("SMI-CRD-VERSION", list(given), message, effect),
    })
}

/// What no served version of a kind can say, where the last one is not served.
fn unsayable(kind: Kind, served: &BTreeSet<Version>) -> &'static str {
    let newest = served.last().copied().unwrap_or(Version::V1Alpha1);
    match (kind, newest) {
        (Kind::TrafficSplit, Version::V1Alpha1 | Version::V1Alpha2) => {
            "no split can have conditions, because `matches` began with v1alpha3"
        }
        (Kind::TrafficTarget, Version::V1Alpha1 | Version::V1Alpha2) => {
            "no rule can name a UDPRoute, and no subject an IdentityBinding"
        }
        (Kind::TrafficTarget, _) => "no subject can be an IdentityBinding",
        (Kind::HTTPRouteGroup, Version::V1Alpha1) => {
            "no match can have conditions on headers, which began with v1alpha2"
        }
        (Kind::TCPRoute, _) => "no route can have ports, and each means every port",
        _ => "what is said is the same in the versions that are served",
    }
}

/// Who is known to write the old versions.
fn writers(kind: Kind, lacking: &[Version]) -> &'static str {
    match kind {
        Kind::TrafficSplit if lacking.contains(&Version::V1Alpha1) => {
            "; Flagger writes v1alpha1, and so does Argo Rollouts unless told otherwise"
        }
        _ => "",
    }
}

fn old_routes(given: &Given<'_>, served: &BTreeSet<Version>) -> Option<Finding> {
    let old: Vec<Version> = served.iter().filter(|version| **version != STORED).copied().collect();
    (given.kind == Kind::TCPRoute && !old.is_empty() && served.contains(&STORED)).then(|| {
        info(
            "SMI-CRD-VERSION",
            list(given),
            format!(
                "TCPRoute is served as {}, which {} no ports",
                versions_joined(&old),
                if old.len() == 1 { "has" } else { "have" }
            ),
            "a program that reads routes in such a version takes each for every port",
        )
    })
}

fn foreign(given: &Given<'_>) -> Option<Finding> {
    let (name, path) = given.foreign.first()?;
    let others = match given.foreign.len() - 1 {
        0 => String::new(),
        n => format!(" (and {n} more)"),
    };
    let message =
        format!("version {}{others} is served, which {} does not have in SMI", quoted(name), given.kind);
    let effect = "nothing that knows SMI can tell what objects of this version say";
    Some(Finding::warning("SMI-CRD-VERSION", path.clone(), message, effect))
}

/// Where ours cannot simply take its place.
fn stored(given: &Given<'_>) -> Option<Finding> {
    let old: Vec<Version> = given.stored().into_iter().filter(|version| *version != STORED).collect();
    (!old.is_empty()).then(|| {
        info(
            "SMI-CRD-STORED",
            list(given),
            format!("objects are stored in {}", versions_joined(&old)),
            format!("an API server refuses to put in its place a definition that has only {STORED}"),
        )
        .help(
            "where there are objects, install definitions with a conversion webhook; or save the objects, delete the definition, install \
             ours, and create the objects anew from the output of `smi convert`",
        )
    })
}

/// Allowed in v1beta1, where an API server kept everything.
fn without_schema(given: &Given<'_>) -> Option<Finding> {
    if given.definition["apiVersion"] != "apiextensions.k8s.io/v1" {
        return None;
    }
    let version = given.versions.iter().find(|version| version.schema.is_none())?;
    let message = format!("{} {} has no schema", given.kind, version.version);
    let effect = "no API server takes the definition, and a cluster that has no other one takes no objects of the kind";
    Some(Finding::error("SMI-CRD-API", version.path.clone(), message, effect).help(INSTALL))
}

fn status(given: &Given<'_>) -> Option<Finding> {
    let lacking: Vec<_> = given.served().filter(|version| !version.has_status).collect();
    let first = lacking.first()?;
    let words = versions_joined(lacking.iter().map(|version| &version.version));
    let verb = if lacking.len() == 1 { "has" } else { "have" };
    Some(
        Finding::warning(
            "SMI-CRD-STATUS",
            first.path.clone(),
            format!("{} {words} {verb} no status subresource", given.kind),
            "controllers cannot write there whether an object is accepted and programmed; only Events tell",
        )
        .help(INSTALL),
    )
}
