//! Checks of an HTTPRouteGroup as a whole: its list and the names in it (SMI-VAL-30, 40).

use std::collections::HashMap;

use super::{Finding, http_match};
use crate::FieldPath;
use crate::hub::HTTPRouteGroup;
use crate::quote::quoted;
use crate::specs::matches_path;

pub(super) fn check(group: &HTTPRouteGroup, findings: &mut Vec<Finding>) {
    let list = matches_path(group.version);
    if group.matches.is_empty() {
        findings.push(empty_group(list.clone()));
    }
    let mut first_positions = HashMap::new();
    for (index, entry) in group.matches.iter().enumerate() {
        let path = list.clone().index(index);
        if entry.name.is_empty() {
            findings.push(no_name(path.clone().key("name")));
        } else if let Some(first) = first_positions.get(entry.name.as_str()) {
            findings.push(duplicate_name(path.clone().key("name"), &entry.name, &list.clone().index(*first)));
        } else {
            first_positions.insert(entry.name.as_str(), index);
        }
        http_match::check(&path, entry, group.version, findings);
    }
}

fn empty_group(path: FieldPath) -> Finding {
    Finding::warning("SMI-VAL-40", path, "the route group has no match", "it selects no request")
}

fn no_name(path: FieldPath) -> Finding {
    let effect = "no TrafficTarget can refer to the match; it counts where the whole group is used";
    Finding::error("SMI-VAL-30", path, "the match has no name", effect)
        .help("give it a name that is unique in the group")
}

fn duplicate_name(path: FieldPath, name: &str, first: &FieldPath) -> Finding {
    let message = format!("the match name {} is used before, at {first}", quoted(name));
    Finding::error("SMI-VAL-30", path, message, "a reference by this name means all matches that have it")
        .help("give each match its own name")
}
