//! An explanation as data: the form of `smi explain -o json`, which is stable (DESIGN, section 7).

mod access;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use smi_translate::facts::{ServicePort, Transport};
use smi_translate::intent::{Condition, HttpMatch, Methods, Ports, Root, RoutingIntent};
use smi_translate::{ServiceRef, Share};

pub(super) use access::{Access, Grant, access, access_of};

/// Everything that is explained.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Explanation {
    /// Who gets which traffic.
    pub(super) routing: Vec<Routing>,
    /// Who may call whom.
    pub(super) access: Vec<Access>,
    /// Namespaces of which every workload denies what no TrafficTarget allows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) deny_by_default: Vec<String>,
    /// Objects with errors.
    pub(super) refused: Vec<Refused>,
}

/// An object with errors.
#[derive(Serialize)]
pub(super) struct Refused {
    /// `Kind ns/name`; `None` for a document that names none.
    pub(super) object: Option<String>,
    /// The codes of its errors.
    pub(super) codes: BTreeSet<&'static str>,
}

/// One root, on those of its ports on which it does the same.
#[derive(PartialEq, Serialize)]
pub(super) struct Routing {
    pub(super) namespace: String,
    pub(super) root: String,
    /// `None` where the ports of the root are not known.
    pub(super) ports: Option<Vec<u16>>,
    /// Tried in order. Splits without effect on these ports are left out.
    pub(super) rules: Vec<RuleForm>,
    /// Who answers what no rule takes; `None` where the last rule takes everything.
    pub(super) otherwise: Option<String>,
}

/// One split.
#[derive(PartialEq, Serialize)]
pub(super) struct RuleForm {
    pub(super) split: String,
    /// One of these must hold; an empty list means always.
    pub(super) when: Vec<Match>,
    pub(super) backends: Vec<BackendForm>,
}

/// One match: everything in it must hold.
#[derive(PartialEq, Serialize)]
pub(super) struct Match {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) methods: Option<BTreeSet<String>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) headers: BTreeMap<String, Patterns>,
}

/// The pattern for a header, or several that must all match.
#[derive(PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Patterns {
    One(String),
    All(Vec<String>),
}

/// One backend.
#[derive(PartialEq, Serialize)]
pub(super) struct BackendForm {
    /// Its name, `ns/name` where the namespace is not that of the root.
    pub(super) service: String,
    pub(super) weight: u128,
    pub(super) share: Share,
}

/// The entries for one root: one per set of ports on which the same rules have an effect.
pub(super) fn routing(intent: &RoutingIntent) -> Vec<Routing> {
    let (name, answers) = match &intent.root {
        Root::Service(service) => (service.name.clone(), service.to_string()),
        Root::Host(host) => (host.clone(), host.clone()),
    };
    let entry = |ports: Option<Vec<u16>>, rules: Vec<RuleForm>, is_total: bool| Routing {
        namespace: intent.namespace.clone(),
        root: name.clone(),
        ports,
        rules,
        otherwise: (!is_total).then(|| answers.clone()),
    };
    let Ports::Known(ports) = &intent.ports else {
        let (rules, is_total) = effective(intent, None);
        return vec![entry(None, rules, is_total)];
    };
    let mut entries: Vec<Routing> = Vec::new();
    for port in ports.iter().filter(|port| port.transport() == Transport::Tcp) {
        let (rules, is_total) = effective(intent, Some(port));
        match entries.iter_mut().find(|entry| entry.rules == rules) {
            Some(entry) => entry.ports.get_or_insert_default().push(port.port),
            None => entries.push(entry(Some(vec![port.port]), rules, is_total)),
        }
    }
    if entries.is_empty() {
        entries.push(entry(Some(Vec::new()), Vec::new(), false));
    }
    entries
}

/// The rules that have an effect on a port, and whether the last one takes everything.
fn effective(intent: &RoutingIntent, port: Option<&ServicePort>) -> (Vec<RuleForm>, bool) {
    let mut forms = Vec::new();
    let mut is_total = false;
    for rule in &intent.rules {
        let Some(effective) = rule.effective(port) else { continue };
        let backends = effective.backends().iter().map(|backend| BackendForm {
            service: name_in(&intent.namespace, &backend.service),
            weight: backend.weight,
            share: effective.share(backend),
        });
        let when = match &rule.when {
            Condition::Always => {
                is_total = true;
                Vec::new()
            }
            Condition::Http(matches) => matches.iter().map(|entry| form_of(entry)).collect(),
        };
        forms.push(RuleForm { split: rule.split.namespaced_name(), when, backends: backends.collect() });
    }
    (forms, is_total)
}

/// The plain name of a Service of the root's namespace; others with theirs, as `smi decide` does it.
fn name_in(namespace: &str, service: &ServiceRef) -> String {
    match service.namespace == namespace {
        true => service.name.clone(),
        false => service.to_string(),
    }
}

fn form_of(entry: &HttpMatch) -> Match {
    let mut headers: BTreeMap<String, Patterns> = BTreeMap::new();
    for condition in &entry.headers {
        let pattern = condition.pattern.source().to_owned();
        let patterns = match headers.remove(&condition.name.to_string()) {
            None => Patterns::One(pattern),
            Some(Patterns::One(first)) => Patterns::All(vec![first, pattern]),
            Some(Patterns::All(mut all)) => {
                all.push(pattern);
                Patterns::All(all)
            }
        };
        headers.insert(condition.name.to_string(), patterns);
    }
    Match {
        path: entry.path.as_ref().map(|path| path.source().to_owned()),
        methods: match &entry.methods {
            Methods::Any => None,
            Methods::OneOf(methods) => Some(methods.clone()),
        },
        headers,
    }
}
