//! What of each grant Linkerd has words for.

use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

use smi_translate::backend::{Report, about};
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{AccessIntent, Grant, Granted, HttpMatch};
use smi_types::access::rules_path;

use super::callers::{self, Caller};
use crate::clause::{Clause, Clauses, Unsayable, say};
use crate::render::routing::header_values;

/// A grant in Linkerd's words, whichever ports and workloads it reaches.
pub(super) struct Said {
    /// Nobody, where no source can be named.
    pub(super) callers: Rc<BTreeSet<Caller>>,
    /// For HTTP, the matches.
    pub(super) clauses: Vec<Clause>,
}

/// All grants. What cannot be said is reported, and left out: what is left out is denied.
pub(super) fn of(access: &AccessIntent, report: &mut Report) -> Vec<Said> {
    access.grants.iter().map(|grant| said(access, grant, report)).collect()
}

fn said(access: &AccessIntent, grant: &Grant, report: &mut Report) -> Said {
    let callers = Rc::new(callers::of_grant(grant, report));
    let (mut clauses, mut known) = (Vec::new(), HashSet::new());
    match &grant.traffic {
        Granted::Udp => report.say(about::udp("LINKERD-UDP-1", "Linkerd", grant)),
        Granted::Tcp => {}
        Granted::Http(matches) => {
            for source in matches {
                for clause in sayable(access, grant, source, report) {
                    if known.insert(clause.clone()) {
                        clauses.push(clause);
                    }
                }
            }
            if matches.iter().any(|source| !source.headers.is_empty()) {
                let info = header_values("are denied").on(&grant.target);
                report.say(info.at(rules_path(grant.object.version)));
            }
        }
    }
    Said { callers, clauses }
}

/// The clauses of a match that can be said. Of a match that can be said in part, nothing unless somebody accepts the loss: the part is
/// narrower, because what is missing are methods.
fn sayable(access: &AccessIntent, grant: &Grant, source: &HttpMatch, report: &mut Report) -> Vec<Clause> {
    let Clauses { clauses, missing } = Clauses::of(source);
    let accepts = |reason: &Unsayable| access.allows(grant, Code(reason.words().0));
    let is_accepted = missing.iter().all(accepts);
    for reason in &missing {
        report.say(unsaid(grant, source, reason, is_accepted && !clauses.is_empty()));
    }
    if !is_accepted {
        return Vec::new();
    }
    let mut said = Vec::new();
    for clause in clauses {
        match unsafe_header(&clause).map_or_else(|| say(&clause).map(drop), Err) {
            Ok(()) => said.push(clause),
            Err(reason) => report.say(unsaid(grant, source, &reason, false)),
        }
    }
    said
}

/// A header condition that must not be relied on to deny: two on one header, of which other implementations of routes look at the first
/// only, and those on headers that the proxy writes itself.
fn unsafe_header(clause: &Clause) -> Option<Unsayable> {
    let mut names = BTreeSet::new();
    if !clause.headers.iter().all(|(name, _)| names.insert(name.as_str())) {
        return Some(Unsayable::TooManyHeaders);
    }
    let own = names.into_iter().find(|name| name.starts_with("l5d-"));
    own.map(|name| Unsayable::OwnHeader(name.to_owned()))
}

fn unsaid(grant: &Grant, source: &HttpMatch, reason: &Unsayable, in_part: bool) -> Diagnostic {
    let (code, problem, help) = reason.words();
    let effect = match in_part {
        true => "only the part of the match that can be said is granted",
        false => "the match is left out: what no other match admits is denied",
    };
    let message = format!("match {:?} of {} {problem}", source.name, source.group);
    Diagnostic::new(Code(code), Severity::Loss, message, effect)
        .on(&grant.target)
        .at(grant.rule_path(source))
        .help(help)
}
