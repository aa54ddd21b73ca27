//! Answers: as data, whose form is stable (DESIGN, section 7), and as sentences.

use serde::Serialize;
use smi_translate::intent::Source;
use smi_translate::{AccessIntent, Decision, Identity, Share, Traffic, Verdict};

use super::request::{AccessQuestion, RoutingQuestion};
use crate::command::explain::percent;

/// An answer as data.
#[derive(Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    /// Where a request goes.
    Routing {
        /// Services and their shares.
        shares: Vec<ServiceShare>,
        /// The split that decided.
        by: Option<String>,
    },
    /// Whether a request is allowed.
    Access {
        /// `allow` or `deny`.
        decision: &'static str,
        /// The target that allows it.
        by: Option<String>,
        /// The rule of the reference that decided.
        rule: &'static str,
    },
    /// There is none.
    None {
        /// Why.
        error: String,
    },
}

#[derive(Serialize)]
pub(super) struct ServiceShare {
    service: String,
    share: Share,
}

impl From<&Decision> for Answer {
    fn from(decision: &Decision) -> Answer {
        let Decision { shares, by, rule: _ } = decision;
        let shares =
            shares.iter().map(|(service, share)| ServiceShare { service: service.clone(), share: *share });
        Answer::Routing { shares: shares.collect(), by: by.as_ref().map(ToString::to_string) }
    }
}

impl From<&Verdict> for Answer {
    fn from(verdict: &Verdict) -> Answer {
        let Verdict { allowed, by, rule } = verdict;
        let decision = if *allowed { "allow" } else { "deny" };
        Answer::Access { decision, by: by.as_ref().map(ToString::to_string), rule }
    }
}

/// `GET /api to shop/website port 80 goes to website-v1 (9/10, 90 %) and website-v2 (1/10, 10 %): TrafficSplit shop/canary decides`
pub(super) fn routing_sentence(question: &RoutingQuestion, decision: &Decision) -> String {
    let what = traffic(&question.request.traffic);
    let port = question.request.port.map(|port| format!(" port {port}")).unwrap_or_default();
    let shares: Vec<String> = match decision.shares.as_slice() {
        [(service, _)] => vec![service.clone()],
        several => {
            several.iter().map(|(name, share)| format!("{name} ({share}, {})", percent(*share))).collect()
        }
    };
    let why = match &decision.by {
        Some(split) => format!("{split} decides"),
        None => "no split takes it, so the root itself answers".to_owned(),
    };
    let (whole, rule) = (shares.join(" and "), decision.rule);
    format!("{what} to {}{port} goes to {whole}: {why} ({rule})\n", question.host)
}

/// `GET /api from shop/website to shop/api port 8080 is allowed: TrafficTarget shop/api allows it (SMI-ACCESS-3)`
pub(super) fn access_sentence(question: &AccessQuestion, verdict: &Verdict, intent: &AccessIntent) -> String {
    let what = traffic(&question.request.traffic);
    let from = match &question.from {
        Some(caller) => caller.to_string(),
        None => "an unauthenticated caller".to_owned(),
    };
    let (to, port, rule) = (&question.to, question.request.port, verdict.rule);
    let (is, why) = match &verdict.by {
        Some(target) => ("is allowed", format!("{target} allows it")),
        None if verdict.allowed => ("is allowed", "nothing denies it".to_owned()),
        None => ("is denied", denied(question, rule, intent)),
    };
    format!("{what} from {from} to {to} port {port} {is}: {why} ({rule})\n")
}

/// Why a request is denied.
fn denied(question: &AccessQuestion, rule: &str, intent: &AccessIntent) -> String {
    let to = &question.to;
    match rule {
        "SMI-ACCESS-1" if intent.targets.is_empty() => {
            format!("no TrafficTarget has {to} as its destination")
        }
        "SMI-ACCESS-1" if intent.grants.is_empty() => {
            "no TrafficTarget grants it, because those of this destination grant nothing".to_owned()
        }
        "SMI-ACCESS-1" => no_source(question, intent),
        "SMI-ACCESS-3" => "no match that is granted to this caller accepts the request".to_owned(),
        "SMI-ACCESS-5" => {
            "a caller that the mesh did not authenticate is no source of any TrafficTarget".to_owned()
        }
        "SMI-ACCESS-20" => "no TrafficTarget grants this caller the port with this protocol".to_owned(),
        _ => "no TrafficTarget grants it".to_owned(),
    }
}

/// Why none of the sources is the caller.
fn no_source(question: &AccessQuestion, intent: &AccessIntent) -> String {
    let (Some(caller), Some(peer)) = (&question.from, &question.request.source) else {
        return "no TrafficTarget grants it".to_owned();
    };
    // Everything that reaches the pods was tried; what is left is for others of the same service account.
    let elsewhere = intent.grants.iter().find(|grant| grant.sources.iter().any(|source| source.is(peer)));
    if let Some(grant) = elsewhere {
        let target = &grant.target;
        return match question.request.destination {
            Some(_) => format!("{target} has {caller} as a source, but is for pods with other labels"),
            None => format!(
                "{target} has {caller} as a source, but is for some of the pods only (name theirs by labels)"
            ),
        };
    }
    let some_pods = |source: &Source| match (source, &peer.identity, &peer.labels) {
        (Source::Pods(pods), Identity::Account(account), None) => pods.accounts.contains_key(account),
        _ => false,
    };
    match intent.grants.iter().find(|grant| grant.sources.iter().any(some_pods)) {
        Some(grant) => {
            let target = &grant.target;
            format!("{target} has only some of the pods of {caller} as a source (name theirs by labels)")
        }
        None => format!("no TrafficTarget of this destination has {caller} as a source"),
    }
}

fn traffic(traffic: &Traffic) -> String {
    match traffic {
        Traffic::Http(http) => format!("{} {}", http.method, http.path),
        Traffic::Tcp => "a TCP connection".to_owned(),
        Traffic::Udp => "a UDP packet".to_owned(),
    }
}
