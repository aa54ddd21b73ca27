//! What restricts traffic in an object that cannot be converted: it is carried, so that it stays in force on a body that somebody writes
//! in another version without having seen it (SMI-CONV-7). Where it cannot be told what restricts, such a body means nothing.

use serde_json::Value;

use super::carrier::{self, Data, closed};
use super::{
    CARRIER_ANNOTATION, ConvertOptions, http_route_group, port_routes, read_json, traffic_split,
    traffic_target, write,
};
use crate::validate::{self, Finding, Severity};
use crate::{ApiVersion, FieldPath, HeaderStyle, Kind, Segment, Version, hub};

/// Parts of the wrong type that are passed over.
const MISREAD: usize = 64;

/// The items by their keys.
pub(crate) fn restrictions(api: ApiVersion, object: &Value) -> Data {
    // The version that carries most of what the kind has.
    let (carrying, keys) = match api.kind {
        Kind::TrafficSplit => (Version::V1Alpha2, traffic_split::KEYS),
        Kind::TrafficTarget => (Version::V1Alpha3, traffic_target::KEYS),
        Kind::HTTPRouteGroup => (Version::V1Alpha3, http_route_group::KEYS),
        Kind::TCPRoute => (Version::V1Alpha3, port_routes::KEYS),
        // Of one version, or never stored.
        Kind::IdentityBinding | Kind::UDPRoute | Kind::TrafficMetrics | Kind::TrafficMetricsList => {
            return Data::new();
        }
    };
    // A condition in a field that the version does not have: nobody carries it.
    let is_condition = |finding: &Finding| finding.severity == Severity::Error;
    if validate::unknown_fields(api, object).iter().any(is_condition) {
        return closed();
    }
    let Some(mut hub) = read_in_part(api, object) else { return closed() };
    // Weights are what cannot be converted, and restrict nothing.
    if let hub::Object::TrafficSplit(split) = &mut hub {
        split.backends.clear();
    }
    let in_map = ConvertOptions { header_style: Some(HeaderStyle::Map) };
    let Ok(written) = write(&hub, carrying, &in_map) else { return closed() };
    let annotation = written.object["metadata"]["annotations"][CARRIER_ANNOTATION].as_str();
    annotation.map(|annotation| carrier::restrictions(annotation, keys)).unwrap_or_default()
}

/// The object without the parts that have the wrong type; a port of a wrong type is one that grants nothing (SMI-VAL-12). `None` where
/// there are too many of them, or one says how the object is restricted.
fn read_in_part(api: ApiVersion, object: &Value) -> Option<hub::Object> {
    let mut object = object.clone();
    for _ in 0..=MISREAD {
        match read_json(api, &object) {
            Ok(read) => return Some(read.object),
            Err(error) if restricts(api.kind, &error.path) => return None,
            Err(error) => remove(&mut object, &error.path)?,
        }
    }
    None
}

/// Whether another version carries what stands here, because it restricts the object.
fn restricts(kind: Kind, path: &FieldPath) -> bool {
    let (key, is_in_list) = match kind {
        Kind::TrafficSplit => ("matches", false),
        Kind::TrafficTarget => ("group", false),
        // Only a list says of one header what another entry says.
        Kind::HTTPRouteGroup => ("headers", true),
        _ => return false,
    };
    let is_key = |segment: &Segment| matches!(segment, Segment::Key(found) if found == key);
    let mut below = path.segments().iter().skip_while(|segment| !is_key(segment));
    below.next().is_some() && (!is_in_list || below.any(|segment| matches!(segment, Segment::Index(_))))
}

fn remove(object: &mut Value, path: &FieldPath) -> Option<()> {
    let (last, parents) = path.segments().split_last()?;
    let parent = parents.iter().try_fold(object, |value, segment| match segment {
        Segment::Key(key) => value.get_mut(key.as_ref()),
        Segment::Index(index) => value.get_mut(index),
    })?;
    match (parent, last) {
        (Value::Object(fields), Segment::Key(key))
            if key == "port" && fields.get("port") != Some(&0.into()) =>
        {
            fields.insert("port".to_owned(), 0.into());
            Some(())
        }
        (Value::Object(fields), Segment::Key(key)) => fields.remove(key.as_ref()).map(drop),
        (Value::Array(items), Segment::Index(index)) if *index < items.len() => {
            items.remove(*index);
            Some(())
        }
        _ => None,
    }
}
