//! How much fits into annotations. What a version cannot say is carried in one, and an API server takes no more than 256 KiB of them:
//! an object that needs more cannot be read in that version, and no list with it.

use serde_json::Value;

use crate::Version;
use crate::validate::Finding;
use crate::{FieldPath, convert::CARRIER_ANNOTATION};

/// The most that the annotations of an object may hold, keys and values together, in bytes.
const LIMIT: usize = 256 * 1024;

/// How many bytes the annotations of a converted object have, if they are too many and conversion had a part in it.
pub(super) fn excess(converted: &Value) -> Option<usize> {
    let annotations = converted.get("metadata")?.get("annotations")?.as_object()?;
    annotations.get(CARRIER_ANNOTATION)?;
    let bytes = annotations.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    (bytes > LIMIT).then_some(bytes)
}

pub(super) fn too_much(bytes: usize, version: Version) -> String {
    format!(
        "what {version} cannot say would need annotations of {bytes} bytes, and an API server takes {LIMIT}"
    )
}

/// The finding for an object that could not be read in a version that is served.
pub(super) fn unreadable_in(version: Version, bytes: usize) -> Finding {
    let path = FieldPath::of("metadata").key("annotations").key(CARRIER_ANNOTATION);
    let effect = format!("nobody could read it in {version}, nor any list that it is in");
    Finding::error("SMI-CONV-6", path, too_much(bytes, version), effect)
        .help("say it with fewer words, or in several objects")
}

/// The finding for an object that stands for one in `version`, and says nothing itself.
pub(super) fn without_body(version: Version) -> Finding {
    let path = FieldPath::of("metadata").key("annotations").key(CARRIER_ANNOTATION);
    let message = format!("the object has no body, and stands for one in {version}");
    Finding::error(
        "SMI-CONV-6",
        path,
        message,
        "nothing is granted, routed or selected by it in this version",
    )
    .help(format!("write it in {version}"))
}
