//! A TrafficTarget in the inventory: whom it protects, and whether it can grant anything.

use std::sync::Arc;

use smi_types::{FieldPath, hub, validate};

use super::group::from_finding;
use crate::diagnostic::{Diagnostic, Severity};
use crate::options::{NoRules, Options, TargetReading};
use crate::reference::ObjectRef;

/// A TrafficTarget.
#[derive(Clone, Debug)]
pub struct Target {
    pub(crate) reference: ObjectRef,
    pub(crate) object: Arc<hub::TrafficTarget>,
    /// Whether it can grant anything, as far as the object alone can tell.
    pub(crate) grants: bool,
    /// Whom it protects, even where it grants nothing. Nobody where that cannot be said (SMI-VAL-10, SMI-VAL-15); several where it is
    /// defined several times, and therefore grants nothing.
    pub(crate) destinations: Vec<Subject>,
    /// Who may call, without those that match nobody (SMI-VAL-13, SMI-VAL-14).
    pub(crate) sources: Vec<(usize, Subject)>,
    findings: Vec<Diagnostic>,
    /// Whether it could be read.
    readable: bool,
}

/// A subject of a kind that SMI knows, with its namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Subject {
    pub(crate) kind: SubjectKind,
    pub(crate) namespace: String,
    pub(crate) name: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SubjectKind {
    ServiceAccount,
    IdentityBinding,
}

/// What becomes of the destination of a target that grants nothing.
pub(crate) const STAYS_CLOSED: &str =
    "it grants nothing, and its destination denies what no other TrafficTarget grants";

/// Checks whose failure leaves a target without any grant, but not its destination unprotected.
const GRANTS_NOTHING: [&str; 4] = ["SMI-VAL-2", "SMI-VAL-10", "SMI-VAL-11", "SMI-VAL-12"];

impl Target {
    pub(super) fn new(object: hub::TrafficTarget, options: &Options) -> Target {
        let reference = ObjectRef::new("TrafficTarget", object.metadata.namespace(), object.metadata.name());
        let mut found = validate::traffic_target(&object, &options.access_validation());
        let without_rules = object.rules.is_empty() && options.no_rules == NoRules::AllTcp;
        if without_rules {
            found.retain(|finding| {
                finding.code != "SMI-VAL-11" || finding.path != smi_types::access::rules_path(object.version)
            });
        }
        // No rule and no source is only a warning in the first versions, and grants as little (SMI-VAL-11).
        let fatal = found.iter().any(|finding| {
            let counts = finding.severity == validate::Severity::Error || finding.code == "SMI-VAL-11";
            counts && GRANTS_NOTHING.contains(&finding.code)
        });
        let broken = |path: &FieldPath| {
            found
                .iter()
                .any(|finding| finding.severity == validate::Severity::Error && is_under(&finding.path, path))
        };
        let destination_path = smi_types::access::destination_path(object.version);
        let port_path = destination_path.clone().key("port");
        let destination_broken = found.iter().any(|finding| {
            finding.severity == validate::Severity::Error
                && is_under(&finding.path, &destination_path)
                && !is_under(&finding.path, &port_path)
        });
        let osm = options.target_reading == TargetReading::Osm;
        let absent = |subject: &hub::Subject| subject.namespace.as_deref().unwrap_or_default().is_empty();
        let own = object.metadata.namespace();
        let destination = (!destination_broken).then(|| Subject::of(&object.destination, own)).flatten();
        let sources = object
            .sources
            .iter()
            .enumerate()
            .filter(|(index, source)| {
                let path = smi_types::access::sources_path(object.version).index(*index);
                let nobody = osm && absent(&source.subject);
                !broken(&path) && !nobody
            })
            .filter_map(|(index, source)| Some((index, Subject::of(&source.subject, own)?)))
            .collect();
        let void =
            osm && (absent(&object.destination) || object.rules.iter().any(|rule| !osm_knows(&rule.kind)));
        let grants = !fatal && !void && destination.is_some();
        // What is wrong with the kind or group of a destination leaves no doubt about whom it means.
        let is_legible =
            ["name", "namespace"].iter().all(|field| !broken(&destination_path.clone().key(*field)));
        let legible = || Subject::legible(&object.destination, own).filter(|_| is_legible);
        let destinations: Vec<Subject> = destination.or_else(legible).into_iter().collect();
        let is_closed = !destinations.is_empty();
        let findings = found
            .into_iter()
            .map(|finding| effect_on_destination(finding, &destination_path, is_closed))
            .map(|finding| from_finding(finding, &reference))
            .collect();
        Target {
            reference,
            object: Arc::new(object),
            grants,
            destinations,
            sources,
            findings,
            readable: true,
        }
    }

    /// A target that could not be read, of which only the destinations are known: it grants nothing, and protects them all the same.
    pub(super) fn unreadable(
        reference: ObjectRef,
        destinations: &[hub::Subject],
        options: &Options,
    ) -> Target {
        let metadata = smi_types::Metadata::named(&reference.namespace, &reference.name);
        let object = hub::TrafficTarget {
            metadata,
            version: smi_types::Version::V1Alpha4,
            destination: destinations.first().cloned().unwrap_or_default(),
            port: None,
            rules: Vec::new(),
            sources: Vec::new(),
        };
        let own = |subject: &hub::Subject| Subject::legible(subject, &reference.namespace);
        let mut destinations: Vec<Subject> = destinations.iter().filter_map(own).collect();
        destinations
            .retain(|subject| options.foreign_destinations || subject.namespace == reference.namespace);
        destinations.dedup();
        Target {
            reference,
            object: Arc::new(object),
            grants: false,
            destinations,
            sources: Vec::new(),
            findings: Vec::new(),
            readable: false,
        }
    }

    /// Names the object.
    #[must_use]
    pub fn reference(&self) -> &ObjectRef {
        &self.reference
    }

    /// The object.
    #[must_use]
    pub fn object(&self) -> &hub::TrafficTarget {
        &self.object
    }

    /// What the target says about itself.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        self.findings.clone()
    }

    /// Whether an error leaves it without effect.
    pub(crate) fn is_refused(&self) -> bool {
        !self.readable || self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// The bindings it names, by namespace and name.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let subjects = self.destinations.iter().chain(self.sources.iter().map(|(_, subject)| subject));
        subjects
            .filter(|subject| subject.kind == SubjectKind::IdentityBinding)
            .map(|subject| (subject.namespace.clone(), subject.name.clone()))
    }
}

impl Subject {
    fn of(subject: &hub::Subject, own: &str) -> Option<Subject> {
        let kind = match subject.kind.as_str() {
            "ServiceAccount" => SubjectKind::ServiceAccount,
            "IdentityBinding" => SubjectKind::IdentityBinding,
            _ => return None,
        };
        let namespace = subject.namespace(own).to_owned();
        (!subject.name.is_empty()).then(|| Subject { kind, namespace, name: subject.name.clone() })
    }

    /// The subject that is meant in spite of a wrong group, or of a kind that is missing or in another case.
    fn legible(subject: &hub::Subject, own: &str) -> Option<Subject> {
        let kind = match subject.kind.to_ascii_lowercase().as_str() {
            "" | "serviceaccount" => "ServiceAccount",
            "identitybinding" => "IdentityBinding",
            _ => return None,
        };
        Subject::of(&hub::Subject { kind: kind.to_owned(), ..subject.clone() }, own)
    }
}

/// Says of an error about the destination, or about the whole object, what becomes of the workloads that are meant.
fn effect_on_destination(
    finding: validate::Finding,
    destination: &FieldPath,
    is_closed: bool,
) -> validate::Finding {
    let concerns = finding.code == "SMI-VAL-2" || is_under(&finding.path, destination);
    if finding.severity != validate::Severity::Error || !concerns {
        return finding;
    }
    let effect = match is_closed {
        true => STAYS_CLOSED,
        false => "it grants nothing and protects nobody: the workload that is meant stays open",
    };
    validate::Finding { effect: effect.to_owned(), ..finding }
}

fn osm_knows(kind: &str) -> bool {
    matches!(kind, "HTTPRouteGroup" | "TCPRoute")
}

fn is_under(path: &FieldPath, parent: &FieldPath) -> bool {
    path.segments().starts_with(parent.segments())
}
