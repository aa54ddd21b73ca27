//! The schema of HTTPRouteGroup.

use super::schema::{Field, list, object, open, string, strings};
use crate::Version;

/// Its description and its fields.
pub(super) fn schema(version: Version) -> (&'static str, Vec<Field>) {
    let description = "A set of HTTP requests, to which TrafficTargets and TrafficSplits refer.";
    let item = object(
        "Requests for which path, method and headers all match.",
        [
            ("name", string("Name of the match, unique in its group.")),
            (
                "pathRegex",
                string(
                    "Regular expression (RE2) for the path, anchored at its start. Any path where there is none.",
                ),
            ),
            ("methods", strings("Methods, such as GET, or * for all. Any method where there are none.")),
            // In v1alpha1 too, where only some schemas had it: to drop a condition would widen the match (D-S2). Both spellings,
            // which a typed schema cannot express (D-S1).
            (
                "headers",
                open(
                    "Conditions that must all hold: a map from names of headers to regular expressions (RE2) for the whole value, or \
                     a list of such maps.",
                ),
            ),
        ],
    );
    let matches = ("matches", list("The alternatives. A group without any selects nothing.", item));
    match version {
        Version::V1Alpha1 | Version::V1Alpha2 => (description, vec![matches]),
        Version::V1Alpha3 | Version::V1Alpha4 => {
            (description, vec![("spec", object("The requests that are meant.", [matches]))])
        }
    }
}
