//! The schema of IdentityBinding, which has one version.

use super::schema::{Field, nullable, object, string, strings, strings_by_key};

/// Its description and its fields.
pub(super) fn schema() -> (&'static str, Vec<Field>) {
    let labels = nullable(strings_by_key("All of these labels; at least one."));
    let selector =
        object("The pods of the binding's namespace that have these labels.", [("matchLabels", labels)]);
    let schemes = object(
        "Ways to recognise the workload; one of them suffices.",
        [
            ("podLabelSelector", nullable(selector)),
            (
                "serviceAccount",
                nullable(string(
                    "A ServiceAccount of the binding's namespace. Not together with podLabelSelector.",
                )),
            ),
            ("spiffeIdentities", nullable(strings("SPIFFE IDs, as spiffe://cluster.local/ns/shop/sa/web."))),
        ],
    );
    let spec = object("How the workload is recognised.", [("schemes", schemes)]);
    ("A name for one workload, for use in TrafficTargets.", vec![("spec", spec)])
}
