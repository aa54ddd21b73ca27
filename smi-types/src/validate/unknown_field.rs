//! What it means that a field is unknown (SMI-VAL-3, 46).
//!
//! An API server prunes unknown fields. Most are noise; one that carries a condition is not, because the object means more
//! without it (A-35).

use super::Finding;
use crate::specs::matches_path;
use crate::{FieldPath, Kind, Segment, Version};

mod access;
mod port_routes;

/// The finding for a field that `kind` does not have in `version`.
///
/// A warning in general. An error where the field carries a condition, or looks like one, and the object must not be applied without
/// it (A-35):
///
/// * TrafficSplit: `spec.matches` of an early version, and what looks like it in `spec`, at the root, or in a backend; what an element of
///   `spec.matches` does not have, except notes and `namespace`; what looks like another condition on requests in these places, except
///   ports of a backend;
/// * HTTPRouteGroup: whatever a match does not have, notes included, and what looks like a condition beside the matches;
/// * TCPRoute, UDPRoute: all of `spec` in the first two versions, whatever `spec.matches` does not have, and what looks like ports,
///   matches, or the `spec` around them;
/// * TrafficTarget: whatever it, its subjects and its rules do not have, such as `port` of the destination since v1alpha3, except notes,
///   `namespace` of a rule and `port` of a source;
/// * IdentityBinding: `podLabelSelectors`, a misspelt `podLabelSelector`, and what that has beside `matchLabels`.
///
/// Notes are fields such as `description` or `x-owner`, which restrict nothing. TrafficMetrics restrict nothing either.
///
/// ```
/// use smi_types::{FieldPath, Kind, Version, validate};
///
/// let path = FieldPath::of("spec").key("matches");
/// let finding = validate::unknown_field(Kind::TrafficSplit, Version::V1Alpha2, &path);
/// assert_eq!(finding.severity, validate::Severity::Error);
/// assert_eq!(finding.help.as_deref(), Some("use v1alpha3 or later, which has spec.matches"));
/// ```
#[must_use]
pub fn unknown_field(kind: Kind, version: Version, path: &FieldPath) -> Finding {
    let steps: Vec<Step<'_>> = path.segments().iter().map(Step::of).collect();
    let special = match kind {
        Kind::TrafficSplit => in_traffic_split(version, path, &steps),
        Kind::HTTPRouteGroup => in_http_route_group(version, path, &steps),
        Kind::TrafficTarget => access::in_traffic_target(version, path, &steps),
        Kind::IdentityBinding => access::in_identity_binding(path, &steps),
        Kind::TCPRoute | Kind::UDPRoute => port_routes::check(kind, version, path, &steps),
        Kind::TrafficMetrics | Kind::TrafficMetricsList => None,
    };
    special.unwrap_or_else(|| ignored(kind, version, path))
}

/// A path step that can stand in a pattern.
enum Step<'a> {
    Key(&'a str),
    Index,
}

impl<'a> Step<'a> {
    fn of(segment: &'a Segment) -> Self {
        match segment {
            Segment::Key(key) => Step::Key(key),
            Segment::Index(_) => Step::Index,
        }
    }
}

use Step::{Index, Key};

fn ignored(kind: Kind, version: Version, path: &FieldPath) -> Finding {
    let message = format!("{kind} {version} has no field {path}");
    Finding::warning("SMI-VAL-3", path.clone(), message, "the field is ignored")
}

fn in_traffic_split(version: Version, path: &FieldPath, steps: &[Step<'_>]) -> Option<Finding> {
    match steps {
        [Key("spec"), Key("matches"), ..] if version.is_deprecated() => {
            Some(matches_too_early(version, path))
        }
        [Key("matches"), ..] => Some(matches_misplaced(path)),
        [Key("spec"), Key(key)] if is_like(key, &["match", "matches", "routes"]) => {
            Some(matches_misspelt(version, path))
        }
        [Key("spec"), Key("backends"), Index, Key("matches"), ..] => Some(matches_in_backend(path)),
        // Seen in the wild, with the split's own: groups are there (SMI-GEN-3), and no condition is lost.
        [Key("spec"), Key("matches"), Index, Key("namespace")] => None,
        [Key("spec"), Key("matches"), Index, Key(key)] if !is_note(key) => {
            Some(condition_of_split(version, path, NARROWER_GROUP))
        }
        [Key(key)] | [Key("spec"), Key(key)] if is_condition(key) => {
            Some(condition_of_split(version, path, "say it in an HTTPRouteGroup that spec.matches names"))
        }
        // A port of a backend says where to, not what.
        [Key("spec"), Key("backends"), Index, Key(key)] if is_condition(key) && !key.starts_with("port") => {
            Some(condition_of_split(
                version,
                path,
                "a split has conditions as a whole, in spec.matches; write a split for each of them",
            ))
        }
        _ => None,
    }
}

/// Fields that restrict nothing: notes, and what references of Kubernetes have beside a name.
fn is_note(key: &str) -> bool {
    const NOTES: [&str; 16] = [
        "annotations",
        "apiGroup",
        "apiVersion",
        "comment",
        "comments",
        "description",
        "displayName",
        "group",
        "note",
        "notes",
        "owner",
        "resourceVersion",
        "status",
        "title",
        "uid",
        "version",
    ];
    NOTES.contains(&key) || key.starts_with("x-") || key.starts_with('_')
}

/// Whether a field looks like a condition on requests, of SMI or of other APIs.
fn is_condition(key: &str) -> bool {
    condition_of_match(key).is_some()
        || is_like(
            key,
            &["condition", "conditions", "cookies", "filters", "match", "matches", "queryParams", "selector"],
        )
        || ["cookie", "filter", "if", "port", "ports", "query", "when", "where"].contains(&key)
}

/// The field of a match that was probably meant.
fn condition_of_match(key: &str) -> Option<&'static str> {
    let meant = [
        (
            "pathRegex",
            &["path", "pathregex", "path_regex", "pathregexp", "pathprefix", "regex", "uri", "url"][..],
        ),
        ("methods", &["method", "methods"]),
        ("headers", &["header", "headers"]),
    ];
    meant.into_iter().find(|(_, spellings)| is_like(key, spellings)).map(|(field, _)| field)
}

const NARROWER_GROUP: &str = "name an HTTPRouteGroup that has only the requests that are meant";

fn condition_of_split(version: Version, path: &FieldPath, help: &str) -> Finding {
    let message = format!("TrafficSplit {version} has no field {path}, which looks like a condition");
    let effect = "the split is not applied, because without its condition it would move more traffic";
    Finding::error("SMI-VAL-3", path.clone(), message, effect).help(help)
}

const WITHOUT_CONDITION: &str =
    "the split is not applied, because without its condition it would move all traffic";

fn matches_too_early(version: Version, path: &FieldPath) -> Finding {
    let message = format!("TrafficSplit {version} has no conditions");
    Finding::error("SMI-VAL-3", path.clone(), message, WITHOUT_CONDITION)
        .help("use v1alpha3 or later, which has spec.matches")
}

fn matches_misplaced(path: &FieldPath) -> Finding {
    Finding::error(
        "SMI-VAL-3",
        path.clone(),
        "the conditions of a split do not stand at the root",
        WITHOUT_CONDITION,
    )
    .help("move it to spec.matches, and use v1alpha3 or later")
}

fn matches_misspelt(version: Version, path: &FieldPath) -> Finding {
    let message = format!("TrafficSplit {version} has no field {path}, which looks like its condition");
    Finding::error("SMI-VAL-3", path.clone(), message, WITHOUT_CONDITION)
        .help("write spec.matches, and use v1alpha3 or later")
}

fn matches_in_backend(path: &FieldPath) -> Finding {
    let message =
        "conditions of single backends do not exist; only version 0.3.0 of the SMI SDK for Go wrote them";
    Finding::error("SMI-VAL-46", path.clone(), message, WITHOUT_CONDITION)
        .help("if every backend has the same list, move it to spec.matches and use v1alpha3 or later")
}

fn in_http_route_group(version: Version, path: &FieldPath, steps: &[Step<'_>]) -> Option<Finding> {
    let at_root = matches!(version, Version::V1Alpha1 | Version::V1Alpha2);
    let entry = match steps {
        [Key("matches"), entry @ ..] if at_root => entry,
        [Key("spec"), Key("matches"), entry @ ..] if !at_root => entry,
        [Key(key)] | [Key("spec"), Key(key)]
            if is_condition(key) && !is_like(key, &["match", "matches", "routes"]) =>
        {
            return Some(condition_beside_matches(version, path));
        }
        [Key("matches"), ..] | [Key("spec"), ..] => return misplaced_list(version, path, steps),
        _ => return None,
    };
    match entry {
        [Index, Key(key), ..] => Some(unknown_condition(version, path, key)),
        _ => None,
    }
}

/// The matches stand at the root in some versions and under `spec` in others; the first draft of the next called them routes.
fn misplaced_list(version: Version, path: &FieldPath, steps: &[Step<'_>]) -> Option<Finding> {
    let moved = match steps {
        [Key("spec")] | [Key("matches")] => true,
        [Key("spec"), Key(key)] => is_like(key, &["match", "matches", "routes"]),
        _ => false,
    };
    moved.then(|| {
        ignored(Kind::HTTPRouteGroup, version, path).help(format!("write {}", matches_path(version)))
    })
}

/// A condition of the whole group, which only matches have.
fn condition_beside_matches(version: Version, path: &FieldPath) -> Finding {
    let message = format!("HTTPRouteGroup {version} has no field {path}; conditions stand in its matches");
    let effect = "the group matches nothing, because without its condition it would select more requests";
    Finding::error("SMI-VAL-3", path.clone(), message, effect).help("write the condition into every match")
}

/// Whatever stands in a match is meant as a condition, and the match would select more requests without it.
fn unknown_condition(version: Version, path: &FieldPath, key: &str) -> Finding {
    let message = format!("a match of HTTPRouteGroup {version} has no field {key}");
    let help = match condition_of_match(key) {
        Some(field) => format!("write {field}"),
        None => "a match has name, pathRegex, methods and headers; remove the field, or say it with those"
            .to_owned(),
    };
    let effect = "this match matches nothing, because without its condition it would select more requests";
    Finding::error("SMI-VAL-3", path.clone(), message, effect).help(help)
}

/// Whether a key is one of some spellings, or one of them was probably meant.
fn is_like(key: &str, spellings: &[&str]) -> bool {
    // The names of all fields are short, and what is much longer is none of them.
    key.len() <= 32
        && spellings.iter().any(|spelling| slips(key, spelling) <= 1 + usize::from(spelling.len() >= 7))
}

/// How many letters were left out, added or mistaken; case, hyphens and underscores do not count.
fn slips(key: &str, spelling: &str) -> usize {
    let plain = |text: &str| -> Vec<u8> {
        text.bytes().filter(|byte| !b"-_".contains(byte)).map(|byte| byte.to_ascii_lowercase()).collect()
    };
    let (key, spelling) = (plain(key), plain(spelling));
    let mut row: Vec<usize> = (0..=spelling.len()).collect();
    for (done, typed) in key.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], done + 1);
        for (index, meant) in spelling.iter().enumerate() {
            let mistaken = diagonal + usize::from(typed != meant);
            diagonal = row[index + 1];
            row[index + 1] = mistaken.min(row[index] + 1).min(diagonal + 1);
        }
    }
    row[spelling.len()]
}
