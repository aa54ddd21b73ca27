//! Meshes that know callers by their service account alone, and the sources that this leaves out.

use smi_types::access::sources_path;

use super::Report;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::intent::{Account, Grant, PodSource};

/// A source that is left out, which grants less.
#[must_use]
pub fn nobody(code: &'static str, grant: &Grant, message: String, help: &'static str) -> Diagnostic {
    Diagnostic::new(Code(code), Severity::Loss, message, "this source is nobody")
        .on(&grant.target)
        .at(sources_path(grant.object.version))
        .help(help)
}

/// The service accounts all of whose workloads a binding selects. The others cannot be told apart from pods that it does not select, and
/// are left out even if the loss `code` is allowed: a grant is never widened (SMI-ID-6).
pub fn told_apart<'a>(
    mesh: &str,
    code: &'static str,
    grant: &Grant,
    pods: &'a PodSource,
    report: &mut Report,
) -> Vec<&'a Account> {
    if pods.accounts.is_empty() {
        let message = format!(
            "no workload is known whose pods {} selects, and {mesh} knows callers by their service account alone",
            pods.binding
        );
        let help = "add the workloads to the input, or name their service account as the source";
        report.say(nobody(code, grant, message, help));
    }
    let mut accounts = Vec::new();
    for (account, outside) in &pods.accounts {
        let Some(outside) = outside else {
            accounts.push(account);
            continue;
        };
        let message = format!(
            "{mesh} cannot tell the pods that {} selects from {outside}, which has the same service account {account} and is not selected",
            pods.binding
        );
        let help = "give the selected pods a service account of their own, or name the whole service account as the source";
        report.say(nobody(code, grant, message, help));
    }
    accounts
}
