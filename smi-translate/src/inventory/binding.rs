//! An IdentityBinding in the inventory: its schemes read once, those that are not valid left out.

use std::sync::Arc;

use smi_types::spiffe::SpiffeId;
use smi_types::{hub, validate};

use super::group::from_finding;
use crate::decide::Identity;
use crate::diagnostic::{Diagnostic, Severity};
use crate::facts::Labels;
use crate::intent::Account;
use crate::options::Options;
use crate::reference::ObjectRef;

/// An IdentityBinding and the schemes of it that can match somebody.
#[derive(Clone, Debug)]
pub struct Binding {
    pub(crate) reference: ObjectRef,
    pub(crate) object: Arc<hub::IdentityBinding>,
    /// Service accounts and other identities, without repetition: those that are named, and those whose SPIFFE ID is.
    pub(crate) identities: Vec<Identity>,
    /// The labels of the pods that are selected; never empty.
    pub(crate) pods: Option<Labels>,
    findings: Vec<Diagnostic>,
}

impl Binding {
    pub(super) fn new(object: hub::IdentityBinding, options: &Options) -> Binding {
        let reference =
            ObjectRef::new("IdentityBinding", object.metadata.namespace(), object.metadata.name());
        let found = validate::identity_binding(&object, &options.access_validation());
        let failed = |code: &str, field: &str| {
            found.iter().any(|finding| {
                finding.severity == validate::Severity::Error
                    && finding.code == code
                    && finding.path.to_string().contains(field)
            })
        };
        let mut identities = Vec::new();
        let mut pods = None;
        // A binding of which nobody can say what it means matches nobody (SMI-VAL-2, SMI-VAL-22).
        if !failed("SMI-VAL-2", "") && !failed("SMI-VAL-22", "") {
            let account = object.service_account.as_deref().filter(|name| !name.is_empty());
            let account = account.filter(|_| !failed("SMI-VAL-21", "serviceAccount"));
            identities
                .extend(account.map(|name| Identity::Account(Account::new(&reference.namespace, name))));
            for text in &object.spiffe_identities {
                identities.extend(usable(text, &reference.namespace, &options.trust_domain));
            }
            let selector = object.pod_selector.as_ref().filter(|_| !failed("SMI-VAL-23", ""));
            pods = selector.map(|selector| selector.match_labels.clone()).filter(|labels| !labels.is_empty());
        }
        let mut unique: Vec<Identity> = Vec::new();
        for identity in identities {
            if !unique.contains(&identity) {
                unique.push(identity);
            }
        }
        let findings = found.into_iter().map(|finding| from_finding(finding, &reference)).collect();
        Binding { reference, object: Arc::new(object), identities: unique, pods, findings }
    }

    /// Names the object.
    #[must_use]
    pub fn reference(&self) -> &ObjectRef {
        &self.reference
    }

    /// The object.
    #[must_use]
    pub fn object(&self) -> &hub::IdentityBinding {
        &self.object
    }

    /// What the binding says about itself.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        self.findings.clone()
    }

    /// Whether some of it has no effect.
    pub(crate) fn is_broken(&self) -> bool {
        self.findings.iter().any(|finding| finding.severity == Severity::Error)
    }
}

/// A tenant must not lend the identity of another namespace (SMI-ID-4).
fn usable(text: &str, own: &str, trust_domain: &str) -> Option<Identity> {
    match Identity::of(SpiffeId::parse(text).ok()?, trust_domain) {
        Identity::Account(account) if account.namespace != own => None,
        identity => Some(identity),
    }
}
