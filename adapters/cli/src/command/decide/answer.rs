//! Answers: as lines of JSON, whose form is stable (DESIGN, section 7), and as a sentence.

use serde::Serialize;
use smi_translate::{Decision, Share, Traffic};

use super::request::Question;
use crate::command::explain::percent;

/// The answer to a routing question.
#[derive(Serialize)]
pub(super) struct Answer {
    shares: Vec<ServiceShare>,
    by: Option<String>,
}

#[derive(Serialize)]
struct ServiceShare {
    service: String,
    share: Share,
}

/// What stands in place of an answer.
#[derive(Serialize)]
pub(super) struct Unanswered {
    /// Why.
    pub(super) error: String,
}

impl From<&Decision> for Answer {
    fn from(decision: &Decision) -> Answer {
        let Decision { shares, by, rule: _ } = decision;
        let shares =
            shares.iter().map(|(service, share)| ServiceShare { service: service.clone(), share: *share });
        Answer { shares: shares.collect(), by: by.as_ref().map(ToString::to_string) }
    }
}

/// `GET /api to shop/website port 80 goes to website-v1 (9/10, 90 %) and website-v2 (1/10, 10 %): TrafficSplit shop/canary decides`
pub(super) fn sentence(question: &Question, decision: &Decision) -> String {
    let what = match &question.request.traffic {
        Traffic::Http(http) => format!("{} {}", http.method, http.path),
        Traffic::Tcp => "a TCP connection".to_owned(),
        Traffic::Udp => "a UDP packet".to_owned(),
    };
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
