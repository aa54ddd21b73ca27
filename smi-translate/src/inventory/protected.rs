//! Which workloads of a service account are the destination of some TrafficTarget, whether it grants anything or not.

use super::filed::Filed;
use crate::facts::{Labels, selects};
use crate::intent::Reach;

/// The workloads of a service account that TrafficTargets protect.
#[derive(Debug, Default)]
pub(crate) struct Protected {
    /// All of them.
    pub(crate) all: bool,
    /// The labels that bindings ask for, each once.
    pods: Filed<Labels>,
}

impl Protected {
    pub(crate) fn add(&mut self, reach: &Reach) {
        match reach {
            Reach::All => self.all = true,
            Reach::Pods { labels, .. } => {
                self.pods.insert(labels.clone(), labels);
            }
        }
    }

    /// Whether it has pods with these labels.
    pub(crate) fn covers(&self, labels: &Labels) -> bool {
        self.all || self.pods.near(labels).into_iter().any(|asked| selects(asked, labels))
    }

    /// Whether bindings tell some of the workloads from others.
    pub(crate) fn is_limited(&self) -> bool {
        !self.pods.is_empty()
    }

    /// Whether the same TrafficTargets protect pods with some labels and pods with others.
    pub(crate) fn reaches_alike(&self, some: &Labels, others: &Labels) -> bool {
        let near = [some, others].map(|labels| self.pods.near(labels));
        let mut near = near.iter().flatten();
        some == others || near.all(|asked| selects(asked, some) == selects(asked, others))
    }
}
