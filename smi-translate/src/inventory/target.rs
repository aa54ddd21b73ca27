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
        let findings = found
            .into_iter()
            .map(|finding| match finding.code {
                "SMI-VAL-2" => validate::Finding { effect: STAYS_CLOSED.to_owned(), ..finding },
                _ => finding,
            })
            .map(|finding| from_finding(finding, &reference))
            .collect();
        let grants = !fatal && !void && destination.is_some();
        let destinations = destination.into_iter().collect();
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
    pub(super) fn unreadable(reference: ObjectRef, destinations: &[hub::Subject]) -> Target {
        let metadata = smi_types::Metadata::named(&reference.namespace, &reference.name);
        let object = hub::TrafficTarget {
            metadata,
            version: smi_types::Version::V1Alpha4,
            destination: destinations.first().cloned().unwrap_or_default(),
            port: None,
            rules: Vec::new(),
            sources: Vec::new(),
        };
        let own = |subject: &hub::Subject| Subject::of(subject, &reference.namespace);
        let mut destinations: Vec<Subject> = destinations.iter().filter_map(own).collect();
        destinations.retain(|subject| subject.namespace == reference.namespace);
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
}

fn osm_knows(kind: &str) -> bool {
    matches!(kind, "HTTPRouteGroup" | "TCPRoute")
}

fn is_under(path: &FieldPath, parent: &FieldPath) -> bool {
    path.segments().starts_with(parent.segments())
}
