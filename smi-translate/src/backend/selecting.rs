//! Meshes that select workloads by the labels of their pods, and what keeps a destination from being selected.

use super::{Report, about};
use crate::diagnostic::{Diagnostic, Severity};
use crate::intent::{AccessIntent, Inseparable, Mingled};

const OWN_LABEL: &str = "give the pods a label that no workload of another service account has, or label every pod with its service \
    account and translate with `--service-account-label`";

/// A mesh that selects workloads by the labels of their pods, and the codes under which it says what it cannot select.
#[derive(Clone, Copy, Debug)]
pub struct Selecting {
    /// Its name.
    pub mesh: &'static str,
    /// No workload of the destination is known.
    pub unknown: &'static str,
    /// The pods of a workload have no labels.
    pub unlabelled: &'static str,
    /// No label tells a workload from others.
    pub mingled: &'static str,
    /// What becomes then of the other workload, as a part of a sentence.
    pub other: &'static str,
}

impl Selecting {
    /// Says what of a destination cannot be selected.
    pub fn check(&self, intent: &AccessIntent, report: &mut Report) {
        if intent.selections.is_empty() && intent.inseparable.is_empty() {
            report.say(self.nothing(intent));
        }
        for inseparable in &intent.inseparable {
            report.say(self.inseparable(intent, inseparable));
        }
    }

    /// No workload of the service account is known, and no label says the service account.
    fn nothing(&self, intent: &AccessIntent) -> Diagnostic {
        let account = &intent.destination;
        if intent.complete {
            let message = format!("no workload has the service account {account}");
            let effect = "there is nothing to protect yet";
            return about::destination(intent, (self.unknown, Severity::Info), message, effect);
        }
        let other = |other: &std::sync::Arc<crate::facts::Workload>| {
            format!("{} (service account {})", other.object, other.service_account)
        };
        let others: Vec<String> = intent.others.iter().map(other).collect();
        let others = match others.as_slice() {
            [] => String::new(),
            some => format!("; in its namespace the input has {}", some.join(", ")),
        };
        let message = match &intent.unreadable {
            Some(unreadable) => format!(
                "no workload of the input is known to have the service account {account}; {unreadable} could not be read{others}"
            ),
            None => format!(
                "no workload of the service account {account} is in the input, and {} selects workloads by the labels of their pods{others}",
                self.mesh
            ),
        };
        let effect = "nothing can be selected, and its workloads stay open";
        about::destination(intent, (self.unknown, Severity::Error), message, effect).help(match intent.unreadable {
            Some(_) => "correct what could not be read, or label every pod with its service account and translate with `--service-account-label`",
            None => "add its Deployments or Pods to the input, or label every pod with its service account and translate with `--service-account-label`",
        })
    }

    fn inseparable(&self, intent: &AccessIntent, inseparable: &Inseparable) -> Diagnostic {
        let own = &inseparable.workload.object;
        if inseparable.labels.is_none() {
            let message =
                format!("the pods of {own} have no labels, by which {} selects workloads", self.mesh);
            let effect = "nothing can be selected, and the workload stays open";
            return about::destination(intent, (self.unlabelled, Severity::Error), message, effect)
                .help("give the pods a label");
        }
        let said = |message: String, effect: String| {
            about::destination(intent, (self.mingled, Severity::Error), message, effect)
        };
        let other = match &inseparable.because {
            Mingled::Unreadable(other) => {
                let message = format!(
                    "{other} could not be read, so that no label is sure to tell the pods of {own} from its own"
                );
                let effect = "nothing is granted to the workload, which denies everything";
                return said(message, effect.to_owned()).help("correct the other object");
            }
            Mingled::OtherAccount(other) => {
                format!(
                    "no label tells the pods of {own} from those of {other}, which has another service account"
                )
            }
            Mingled::NoLabels => format!("no label tells the pods of {own} from those of other workloads"),
        };
        said(other, format!("nothing is granted to the workload; {}", self.other)).help(OWN_LABEL)
    }
}
