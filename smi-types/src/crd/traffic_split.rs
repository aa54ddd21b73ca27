//! The schema of TrafficSplit.

use super::schema::{Field, list, number, object, open, string};
use crate::Version;

/// Its description and its fields.
pub(super) fn schema(version: Version) -> (&'static str, Vec<Field>) {
    let weight = match version {
        // A string or a number, with a fraction or without one (D-P4).
        Version::V1Alpha1 => {
            open("Relative share: a whole number, or a quantity such as 500m. 0 where there is none.")
        }
        _ => number("Relative share: a whole number. 0 where there is none."),
    };
    let backend = object(
        "A backend and its share.",
        [("service", string("A Service in the namespace of the TrafficSplit.")), ("weight", weight)],
    );
    let mut fields = vec![
        ("service", string("The root Service, whose traffic is split.")),
        ("backends", list("The backends. Shares are weights divided by their sum.", backend)),
    ];
    if matches!(version, Version::V1Alpha3 | Version::V1Alpha4) {
        let group = object(
            "A route group.",
            [
                ("apiGroup", string("specs.smi-spec.io, also where there is none.")),
                ("kind", string("HTTPRouteGroup.")),
                ("name", string("Name of the group, in the namespace of the TrafficSplit.")),
            ],
        );
        fields.push((
            "matches",
            list(
                "Only requests that one of these groups selects are split. All traffic where there are none.",
                group,
            ),
        ));
    }
    let spec = object("The root Service and its backends.", fields);
    ("Shares of the traffic to one root Service for several backend Services.", vec![("spec", spec)])
}
