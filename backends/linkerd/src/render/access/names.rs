//! Names of the objects of a unit: stable, and such as Kubernetes takes.
//!
//! What an authentication or a policy says is in its name: neither ever changes, so that no state between two writes lets a caller of the
//! one use the matches of the other. Only the matches of a route change in place, for callers that stay the same.

use std::collections::BTreeSet;

use smi_translate::Account;
use smi_translate::facts::Labels;
use smi_translate::manifest::{part_name, stable_hash};

use super::callers::Caller;

/// Bytes of a name that the account may take: Servers are named in metrics, whose labels should stay short.
const ACCOUNT_BYTES: usize = 20;

/// Gives names to the objects of one unit.
pub(super) struct Names<'a> {
    account: &'a Account,
    short: String,
}

impl<'a> Names<'a> {
    pub(super) fn new(account: &'a Account) -> Self {
        Names { account, short: subdomain(&account.name) }
    }

    /// A Server: `smi-<account>-<hash>-<port>`.
    pub(super) fn server(&self, labels: &Labels, port: u16) -> String {
        let labels = labels.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]);
        format!("{}-{port}", self.of("labels", labels))
    }

    /// An authentication of these callers, in parts.
    pub(super) fn authentication(&self, callers: &BTreeSet<Caller>, part: usize) -> String {
        let keys: Vec<String> = callers.iter().map(Caller::key).collect();
        part_name(&self.of("callers", keys.iter().map(String::as_str)), part)
    }

    /// What lets these callers through at some Servers: a route, or the policies of a Server.
    pub(super) fn passage(&self, what: &str, servers: &[String], callers: &BTreeSet<Caller>) -> String {
        let keys: Vec<String> = callers.iter().map(Caller::key).collect();
        // The empty text keeps the two lists apart.
        self.of(what, servers.iter().chain([&String::new()]).chain(&keys).map(String::as_str))
    }

    /// The networks that probes come from.
    pub(super) fn probes(&self) -> String {
        self.of("probes", [])
    }

    fn of<'t>(&'t self, what: &'t str, parts: impl IntoIterator<Item = &'t str>) -> String {
        let own = [what, &self.account.namespace, &self.account.name];
        format!("smi-{}-{:016x}", self.short, stable_hash(own.into_iter().chain(parts)))
    }
}

/// The part of a name that says the account: a DNS label whatever was written. What is lost here is in the hash.
fn subdomain(account: &str) -> String {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let text: String = account.chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    let cut = text[..text.len().min(ACCOUNT_BYTES)].trim_matches('-');
    if cut.is_empty() { "account".to_owned() } else { cut.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::is_label;

    #[test]
    fn names_are_stable_and_differ_by_what_they_are_for() {
        let web = Account::new("shop", "web");
        let names = Names::new(&web);
        let labels = |value: &str| Labels::from([("app".to_owned(), value.to_owned())]);
        assert_eq!(names.server(&labels("a"), 80), "smi-web-1b24fc5f08fd0760-80");
        assert_ne!(names.server(&labels("a"), 80), names.server(&labels("b"), 80));
        let callers = |name: &str| BTreeSet::from([Caller::Account(Account::new("front", name))]);
        let servers = ["x".to_owned()];
        let route = names.passage("route", &servers, &callers("a"));
        assert_ne!(route, names.passage("route", &servers, &callers("b")));
        assert_ne!(route, names.passage("route", &["y".to_owned()], &callers("a")));
        assert_ne!(route, names.passage("server", &servers, &callers("a")));
    }

    #[test]
    fn every_name_is_a_dns_label() {
        for account in ["a".repeat(400), "a.b".to_owned(), "A_b".to_owned(), "-.-".to_owned(), "é".repeat(40)]
        {
            let account = Account::new("shop", account);
            let names = Names::new(&account);
            let name = part_name(&format!("{}-probes", names.server(&Labels::new(), 65_535)), 99);
            assert!(is_label(&name), "{name}");
        }
    }
}
