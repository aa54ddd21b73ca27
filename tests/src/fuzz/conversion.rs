//! Conversions, from every version to every other: total, without loss where the annotation stays, and every loss named.

use serde_json::{Map, Value, json};
use smi_types::convert::{self, CARRIER_ANNOTATION, ConvertOptions, Converted, LossClass, ObjectProblem};
use smi_types::hub::{self, Subject};
use smi_types::quantity::Quantity;
use smi_types::spiffe::SpiffeId;
use smi_types::validate::{self, Contexts, Severity};
use smi_types::{ApiVersion, FieldPath, HeaderStyle, Kind, Metadata, Version, Weight};

use super::objects::objects;

/// SMI objects in YAML or JSON, see [`super`].
pub fn conversion(data: &[u8]) {
    for object in objects(data) {
        match convert::read(&object) {
            Ok(read) => every_version(&object, &read),
            Err(error) => {
                assert!(!error.message.is_empty() && error.to_string().len() < 1000, "{error}");
                for to in Version::ALL {
                    refused(&object, to);
                }
            }
        }
        list(&object);
    }
}

/// What cannot be read is returned as it is, or not at all.
fn refused(object: &Value, to: Version) {
    if let Ok(converted) = convert::object(object, to, &ConvertOptions::default()) {
        assert!(is_list(object) || converted.object == *object, "{object} in {to}");
    }
}

fn is_list(object: &Value) -> bool {
    object["kind"].as_str().is_some_and(|kind| kind.ends_with("List"))
}

fn every_version(object: &Value, read: &Converted<hub::Object>) {
    let from = read.object.api_version();
    let written = convert::write(&read.object, from.version, &ConvertOptions::default());
    let written = written.unwrap_or_else(|error| panic!("{object} in its own version: {error}"));
    // What an annotation said of another subject is said anew, and from then on it is no news.
    assert!(
        written.losses.iter().all(|loss| loss.carried),
        "{object} in its own version: {:?}",
        written.losses
    );
    let again = convert::read(&written.object).expect("what was written can be read");
    let once_more = convert::write(&again.object, from.version, &ConvertOptions::default());
    assert_eq!(
        once_more.map(|written| written.losses),
        Ok(Vec::new()),
        "{object} once more in its own version"
    );
    assert_eq!(meaning(&again.object), meaning(&read.object), "{object} written and read");
    for to in Version::ALL {
        for header_style in [None, Some(HeaderStyle::Map), Some(HeaderStyle::List)] {
            if header_style.is_none() || from.kind == Kind::HTTPRouteGroup {
                to_version(object, read, to, &ConvertOptions { header_style });
            }
        }
    }
}

fn to_version(object: &Value, read: &Converted<hub::Object>, to: Version, options: &ConvertOptions) {
    let ApiVersion { kind, version: from } = read.object.api_version();
    let there = match convert::object(object, to, options) {
        Ok(there) => there,
        Err(error) => {
            assert!(!error.message.is_empty() && error.to_string().len() < 1000, "{error}");
            match error.problem {
                ObjectProblem::NoSuchVersion => assert!(!kind.versions().contains(&to)),
                ObjectProblem::Invalid => assert!(from != to && meaning(&read.object).is_none(), "{error}"),
                _ => panic!("{object} can be read, and not be converted to {to}: {error}"),
            }
            return;
        }
    };
    if from == to && options.header_style.is_none() {
        assert_eq!(there.object, *object);
        return;
    }
    let meant = meaning(&read.object).unwrap_or_else(|| panic!("{object} became {}", there.object));
    keeps(object, &there.object, kind, to);
    let back = convert::read(&there.object).unwrap_or_else(|error| panic!("{}: {error}", there.object));
    // What nobody can read of an annotation is kept, and reported again.
    let is_told = back.losses.is_empty() || !read.losses.is_empty();
    assert!(is_told, "{object} became {}: {:?}", there.object, back.losses);
    assert_eq!(meaning(&back.object).as_ref(), Some(&meant), "{object} became {}", there.object);
    assert_eq!(errors(&back.object), errors(&read.object), "{object} became {}", there.object);
    losses(object, read, &there, from != to);

    let home = convert::object(&there.object, from, options).unwrap_or_else(|error| panic!("{error}"));
    keeps(object, &home.object, kind, from);
    let home = convert::read(&home.object).unwrap_or_else(|error| panic!("{error}")).object;
    assert_eq!(meaning(&home), Some(meant), "{object} over {}", there.object);
    // Later versions mean integers by a quantity, whatever server left it there.
    if read.losses.is_empty() && from == Version::V1Alpha1 {
        assert_eq!(weights(&home), weights(&read.object), "{object} over {}", there.object);
    }
}

/// SMI-CONV-2 and 3: the head is that of the version, and what nobody converts stays as it is.
fn keeps(object: &Value, converted: &Value, kind: Kind, to: Version) {
    let api = format!("{}/{to}", kind.group());
    assert_eq!((&converted["apiVersion"], &converted["kind"]), (&api.into(), &object["kind"]));
    let metadata = |object: &Value| without_carrier(&object["metadata"]);
    assert_eq!(metadata(converted), metadata(object), "{object} became {converted}");
    if object["status"].is_object() {
        assert_eq!(converted["status"], object["status"]);
    }
}

/// Metadata without the annotation. Null, and no annotations but this one, is spelling.
fn without_carrier(metadata: &Value) -> Map<String, Value> {
    let mut metadata = metadata.as_object().cloned().unwrap_or_default();
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove(CARRIER_ANNOTATION);
    }
    if metadata.get("annotations").is_some_and(|one| one.is_null() || *one == json!({})) {
        metadata.remove("annotations");
    }
    metadata
}

/// Section 6.2: who ignores the annotation misses nothing that is not listed.
fn losses(object: &Value, read: &Converted<hub::Object>, there: &Converted<Value>, changes: bool) {
    let Converted { object: converted, losses } = there;
    for loss in losses {
        assert!(!loss.text.is_empty() && loss.to_string().len() < 1000, "{loss:?}");
    }
    let mut blind = converted.clone();
    blind["metadata"] = without_carrier(&converted["metadata"]).into();
    let blind = convert::read(&blind).expect("without the annotation it can be read").object;
    let is_carried = losses.iter().any(|loss| loss.carried);
    if meaning(&blind) != meaning(&read.object) && changes {
        assert!(is_carried, "{object} became {converted}, and nothing is said to be carried");
    }
    if changes && widens(&read.object, &blind) {
        let is_listed = losses.iter().any(|loss| loss.class == LossClass::Widening);
        assert!(is_listed, "{object} became {converted}, which grants more: {losses:?}");
    }
}

/// Whether a reader who knows only `after` grants more, or takes a conditional split for another.
fn widens(before: &hub::Object, after: &hub::Object) -> bool {
    match (before, after) {
        (hub::Object::TrafficSplit(before), hub::Object::TrafficSplit(after)) => {
            before.is_conditional() && !after.is_conditional()
        }
        (hub::Object::TCPRoute(before), hub::Object::TCPRoute(after)) => {
            (1..=u16::MAX).step_by(97).any(|port| after.ports.contains(port) && !before.ports.contains(port))
        }
        (hub::Object::HTTPRouteGroup(before), hub::Object::HTTPRouteGroup(after)) => {
            before.matches != after.matches
        }
        (hub::Object::TrafficTarget(before), hub::Object::TrafficTarget(after)) => {
            let subjects = |target: &hub::TrafficTarget| {
                let sources = target.sources.iter().map(|source| source.subject.clone());
                sources.chain([target.destination.clone()]).collect::<Vec<_>>()
            };
            let is_somebody =
                |subject: &Subject| subject.kind == "ServiceAccount" && subject.group().is_empty();
            let pairs = subjects(before).into_iter().zip(subjects(after));
            pairs.into_iter().any(|(before, after)| is_somebody(&after) && !is_somebody(&before))
        }
        _ => false,
    }
}

/// The codes of the errors of an object, whose places have other names in other versions. That there are no rules or no sources is an
/// error from v1alpha3 on.
fn errors(object: &hub::Object) -> Vec<&'static str> {
    let is_error = |one: &validate::Finding| one.severity == Severity::Error && one.code != "SMI-VAL-11";
    let findings = validate::any(object, &Contexts::default()).into_iter();
    let mut codes: Vec<_> = findings.filter(is_error).map(|finding| finding.code).collect();
    // What stands twice in a list stands once in a map.
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The weights as values, before any common factor.
fn weights(object: &hub::Object) -> Vec<Option<Quantity>> {
    let hub::Object::TrafficSplit(split) = object else { return Vec::new() };
    let exact = |weight: &Weight| weight.to_string().parse().ok();
    split
        .backends
        .iter()
        .map(|backend| backend.weight.as_ref().map_or(Some(Quantity::default()), exact))
        .collect()
}

/// What an object says, without its version, its annotation and its spelling; `None` where a value cannot be converted.
fn meaning(object: &hub::Object) -> Option<hub::Object> {
    let mut object = object.clone();
    let version = Version::V1Alpha4;
    match &mut object {
        hub::Object::TrafficSplit(split) => {
            let weights = split.weights().ok()?;
            for (backend, weight) in split.backends.iter_mut().zip(weights) {
                backend.weight = Some(Weight::Integer(weight));
            }
            forget(&mut split.metadata, &mut split.version, version);
        }
        hub::Object::TrafficTarget(target) => {
            let subjects = target.sources.iter_mut().map(|source| &mut source.subject);
            for subject in subjects.chain([&mut target.destination]) {
                subject.group = Some(subject.group().to_owned());
            }
            forget(&mut target.metadata, &mut target.version, version);
        }
        hub::Object::IdentityBinding(binding) => {
            for id in &mut binding.spiffe_identities {
                *id = SpiffeId::parse(id).map_or(id.clone(), |id| id.to_string());
            }
            forget(&mut binding.metadata, &mut binding.version, version);
        }
        hub::Object::HTTPRouteGroup(group) => forget(&mut group.metadata, &mut group.version, version),
        hub::Object::TCPRoute(route) => forget(&mut route.metadata, &mut route.version, version),
        hub::Object::UDPRoute(route) => forget(&mut route.metadata, &mut route.version, version),
        hub::Object::TrafficMetrics(metrics) => forget(&mut metrics.metadata, &mut metrics.version, version),
        hub::Object::TrafficMetricsList(list) => {
            for item in &mut list.items {
                forget(&mut item.metadata, &mut item.version, version);
            }
            forget(&mut list.metadata, &mut list.version, version);
        }
    }
    Some(object)
}

fn forget(metadata: &mut Metadata, version: &mut Version, to: Version) {
    metadata.annotations.remove(CARRIER_ANNOTATION);
    *version = to;
}

/// SMI-CONV-4: a list is converted item by item.
fn list(object: &Value) {
    if object["kind"] == "List" {
        return;
    }
    let several =
        json!({"apiVersion": "v1", "kind": "List", "items": [object, {"kind": "ConfigMap"}, object]});
    for to in Version::ALL {
        let options = ConvertOptions::default();
        let alone = match convert::object(object, to, &options) {
            // Whoever writes a list into a list means something else.
            _ if is_list(object) => return,
            Ok(alone) => alone,
            Err(error) if error.problem == ObjectProblem::NotSmi => continue,
            Err(error) => {
                let refused = convert::object(&several, to, &options).expect_err("an item is refused");
                assert_eq!(refused.to_string(), under_item(&error), "{several}");
                continue;
            }
        };
        let list =
            convert::object(&several, to, &options).unwrap_or_else(|error| panic!("{several}: {error}"));
        assert_eq!(list.object["items"], json!([alone.object, {"kind": "ConfigMap"}, alone.object]));
        assert_eq!(list.losses.len(), 2 * alone.losses.len());
    }
}

fn under_item(error: &convert::ObjectError) -> String {
    let path = FieldPath::of("items").index(0).join(&error.path);
    format!("{path}: {}", error.message)
}
