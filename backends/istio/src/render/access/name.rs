//! Names of the objects of a unit: stable, unique, and such as Kubernetes takes.

use std::collections::BTreeSet;

use smi_translate::Account;
use smi_translate::facts::Labels;
use smi_translate::manifest::stable_hash;

/// Bytes of a name that Kubernetes takes.
const MAX_NAME: usize = 253;

/// Bytes kept free for the digits of a hash and the number of a part.
const RESERVED: usize = 32;

/// Gives names to the objects of one unit.
pub(super) struct Names<'a> {
    account: &'a Account,
    taken: BTreeSet<String>,
}

impl<'a> Names<'a> {
    pub(super) fn new(account: &'a Account) -> Self {
        Names { account, taken: BTreeSet::new() }
    }

    /// `smi-<account>-<hash>` for what is about the pods with these labels. Two sets of labels with one hash do not share a name: that
    /// would leave one of them without a policy.
    pub(super) fn of_labels(&mut self, labels: &Labels) -> String {
        self.of("labels", labels.iter().flat_map(|(key, value)| [key.as_str(), value.as_str()]))
    }

    /// The same for what is about some Services.
    pub(super) fn of_services<'t>(&mut self, services: impl IntoIterator<Item = &'t str>) -> String {
        self.of("services", services)
    }

    fn of<'t>(&mut self, what: &'t str, parts: impl IntoIterator<Item = &'t str>) -> String {
        let mut all: Vec<&str> = vec![what, &self.account.namespace, &self.account.name];
        for part in parts {
            all.push(part);
        }
        let hash = stable_hash(all);
        let short = subdomain(&self.account.name);
        let named = |salt: u32| {
            // Rotating brings other digits of the same hash to the end.
            format!("smi-{short}-{:08x}", hash.rotate_left(salt) & 0xffff_ffff)
        };
        let free = (0..64).map(named).find(|name| !self.taken.contains(name));
        let name = free.unwrap_or_else(|| format!("smi-{short}-{hash:016x}-{}", self.taken.len()));
        self.taken.insert(name.clone());
        name
    }
}

/// The part of a name that says the account: cut where it is too long, and a DNS subdomain whatever was written. What is lost here is in
/// the hash.
fn subdomain(account: &str) -> String {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let text: String = account.chars().map(|c| if allowed(c) { c } else { '-' }).collect();
    let cut = &text[..text.len().min(MAX_NAME - RESERVED)];
    let labels: Vec<&str> =
        cut.split('.').map(|label| label.trim_matches('-')).filter(|label| !label.is_empty()).collect();
    if labels.is_empty() { "account".to_owned() } else { labels.join(".") }
}

#[cfg(test)]
mod tests {
    use smi_translate::manifest::part_name;

    use super::*;

    fn labels(value: &str) -> Labels {
        Labels::from([("app".to_owned(), value.to_owned())])
    }

    #[test]
    fn names_are_stable_and_differ_by_account_and_labels() {
        let web = Account::new("shop", "web");
        let mut names = Names::new(&web);
        let first = names.of_labels(&labels("a"));
        assert_eq!(first, "smi-web-08fd0760");
        assert_ne!(names.of_labels(&labels("b")), first);
        assert_ne!(names.of_labels(&labels("a")), first, "a name is given once");
        let other = Account::new("shop", "web2");
        assert_ne!(Names::new(&other).of_labels(&labels("a")), first);
        assert_eq!(part_name(&first, 1), format!("{first}-2"));
    }

    #[test]
    fn every_name_is_a_dns_subdomain() {
        for account in [
            "a".repeat(400),
            "a.b".to_owned(),
            "A_b".to_owned(),
            "-.-".to_owned(),
            format!("{}.b", "a".repeat(220)),
        ] {
            let account = Account::new("shop", account);
            let name = part_name(&Names::new(&account).of_labels(&labels("a")), 99_999);
            assert!(name.len() <= MAX_NAME, "{name}");
            let label = |label: &str| {
                !label.is_empty()
                    && !label.starts_with('-')
                    && !label.ends_with('-')
                    && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            };
            assert!(name.split('.').all(label), "{name}");
        }
    }
}
