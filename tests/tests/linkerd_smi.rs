//! The defects of linkerd-smi, which `linkerd.md` 2.2 numbers: none of them is ours.
//!
//! They are shown on what is rendered, with a [`Writer`] that does no more than its description says: it writes what the units of a change
//! render and removes what they no longer do. Where a defect is one of the controller itself, the test says what remains to be shown there.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use smi_linkerd::{Linkerd, LinkerdOptions, RoutingForm};
use smi_translate::inventory::{Affected, Foreign};
use smi_translate::manifest::{MANAGED_BY_LABEL, UNIT_LABEL};
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{
    Diagnostic, Inventory, MissingServices, Object, ObjectRef, Options, Severity, translate, translate_unit,
};

const PROFILE: &str = "website.shop.svc.cluster.local";

/// A TrafficSplit as linkerd-smi reads it.
fn split(name: &str, root: &str, backends: &[(&str, &str)]) -> String {
    let backend = |(service, weight): &(&str, &str)| json!({"service": service, "weight": weight});
    let backends: Vec<Value> = backends.iter().map(backend).collect();
    json!({
        "apiVersion": "split.smi-spec.io/v1alpha1", "kind": "TrafficSplit",
        "metadata": {"name": name, "namespace": "shop"}, "spec": {"service": root, "backends": backends},
    })
    .to_string()
}

/// What the first of these becomes: a weight of zero is kept, as linkerd-smi keeps it.
fn to_one() -> Vec<String> {
    vec!["website-v1 1".to_owned(), "website-v2 0".to_owned()]
}

const EMOJI: [(&str, &str); 2] = [("website-v1", "500m"), ("website-v2", "0m")];
const EVENLY: [(&str, &str); 2] = [("website-v1", "500m"), ("website-v2", "500m")];

fn services(names: &[&str]) -> Vec<String> {
    let service = |name: &&str| {
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80}]},
        })
        .to_string()
    };
    names.iter().map(service).collect()
}

fn all_services() -> Vec<String> {
    services(&["website", "website-v1", "website-v2", "orders"])
}

/// What is read of some objects.
fn read(objects: &[String], options: Options) -> (Inventory, Vec<Diagnostic>) {
    let foreign_kinds = smi_translate::Backend::foreign_kinds(&Linkerd::default());
    let mut reader = Reader::new(ReadOptions { foreign_kinds, ..ReadOptions::default() });
    for object in objects {
        reader.add("object.json", object.as_bytes());
    }
    let input = reader.finish(options);
    (input.inventory, input.diagnostics)
}

/// One split, as an inventory takes it.
fn object(split: &str) -> Object {
    let (inventory, _) = read(&[split.to_owned()], Options::default());
    Object::TrafficSplit(inventory.splits().next().expect("a split").object().clone())
}

fn reference(name: &str) -> ObjectRef {
    ObjectRef::new("TrafficSplit", "shop", name)
}

/// What a controller does with renderings, and nothing else.
struct Writer {
    inventory: Inventory,
    /// What is in the cluster, by kind and name.
    written: BTreeMap<String, Value>,
    /// How often something was written or removed.
    writes: usize,
}

impl Writer {
    /// Starts with what is there, and removes what was written before and belongs to no unit any more.
    fn start(objects: &[String], written: BTreeMap<String, Value>) -> Writer {
        let (inventory, _) = read(objects, Options::default());
        let mut writer = Writer { inventory, written, writes: 0 };
        let units: Affected = writer.inventory.units().collect();
        let living: Vec<String> = units.iter().map(smi_translate::UnitKey::label).collect();
        let before = writer.written.len();
        writer.written.retain(|_, object| {
            let label = object["metadata"]["labels"][UNIT_LABEL].as_str().map(str::to_owned);
            label.is_none_or(|label| living.contains(&label))
        });
        writer.writes += before - writer.written.len();
        writer.write(&units);
        writer
    }

    /// Writes the units of a change.
    fn write(&mut self, units: &Affected) -> Vec<Diagnostic> {
        let mut said = Vec::new();
        for unit in units {
            let rendered = translate_unit(&self.inventory, &Linkerd::default(), unit);
            said.extend(rendered.diagnostics);
            let value = |manifest| serde_json::to_value(manifest).expect("a rendered object is JSON");
            let wanted: BTreeMap<String, Value> =
                rendered.manifests.iter().map(|one| (one.object().to_string(), value(one))).collect();
            let label = unit.label();
            let is_of_unit = |object: &Value| object["metadata"]["labels"][UNIT_LABEL] == *label;
            let gone = |(name, object): &(&String, &Value)| is_of_unit(object) && !wanted.contains_key(*name);
            let gone: Vec<String> = self.written.iter().filter(gone).map(|(name, _)| name.clone()).collect();
            for name in gone {
                self.written.remove(&name);
                self.writes += 1;
            }
            for (name, object) in wanted {
                if self.written.get(&name) != Some(&object) {
                    self.written.insert(name, object);
                    self.writes += 1;
                }
            }
        }
        said
    }

    fn apply(&mut self, split: &str) -> Vec<Diagnostic> {
        let affected = self.inventory.apply(object(split));
        self.write(&affected)
    }

    fn delete(&mut self, name: &str) {
        let affected = self.inventory.delete(&reference(name));
        self.write(&affected);
    }

    /// The overrides of a profile, as `service weight`.
    fn overrides(&self, profile: &str) -> Option<Vec<String>> {
        let object = self.written.get(&ObjectRef::new("ServiceProfile", "shop", profile).to_string())?;
        let overrides =
            object["spec"]["dstOverrides"].as_array().expect("a profile of ours has destinations");
        let one = |one: &Value| {
            let service = one["authority"].as_str().and_then(|authority| authority.split('.').next());
            format!("{} {}", service.unwrap_or_default(), one["weight"])
        };
        Some(overrides.iter().map(one).collect())
    }
}

fn codes(said: &[Diagnostic]) -> Vec<&'static str> {
    said.iter().filter(|one| one.severity >= Severity::Warning).map(|one| one.code.0).collect()
}

fn with(split: &str) -> Vec<String> {
    [all_services(), vec![split.to_owned()]].concat()
}

/// linkerd-smi's own tests (`peer-tests.md` 2): creation, update and removal, with the split that its installation test writes.
#[test]
fn the_life_of_a_split() {
    let mut writer = Writer::start(&all_services(), BTreeMap::new());
    writer.apply(&split("ts", "website", &EMOJI));
    assert_eq!(writer.overrides(PROFILE), Some(to_one()));
    writer.apply(&split("ts", "website", &EVENLY));
    assert_eq!(writer.overrides(PROFILE), Some(vec!["website-v1 1".to_owned(), "website-v2 1".to_owned()]));
    writer.apply(&split("ts", "website", &[("website-v2", "500m"), ("orders", "1500m")]));
    assert_eq!(writer.overrides(PROFILE), Some(vec!["website-v2 1".to_owned(), "orders 3".to_owned()]));
    writer.delete("ts");
    assert_eq!(writer.overrides(PROFILE), None);
}

/// A deletion is a state like others: no unit renders the objects any more. The controller has to list what it wrote when it starts.
#[test]
fn l_1_a_deletion_that_nobody_saw_is_made_up_for() {
    let before = Writer::start(&with(&split("ts", "website", &EVENLY)), BTreeMap::new());
    assert_eq!(before.written.len(), 1);
    let after = Writer::start(&all_services(), before.written);
    assert_eq!(after.written, BTreeMap::new());
}

/// Both the old and the new root are units of the change.
#[test]
fn l_2_a_split_that_moves_leaves_nothing_behind() {
    let mut writer = Writer::start(&with(&split("ts", "website", &EVENLY)), BTreeMap::new());
    writer.apply(&split("ts", "orders", &EVENLY));
    assert_eq!(writer.overrides(PROFILE), None);
    assert!(writer.overrides("orders.shop.svc.cluster.local").is_some());
    // The same where the move happened while nobody looked.
    let before = Writer::start(&with(&split("ts", "website", &EVENLY)), BTreeMap::new());
    let after = Writer::start(&with(&split("ts", "orders", &EVENLY)), before.written);
    assert_eq!(after.overrides(PROFILE), None);
    assert!(after.overrides("orders.shop.svc.cluster.local").is_some());
}

/// One of them decides, whatever the order of events, and the other one says that it does not.
#[test]
fn l_3_two_splits_of_one_root_do_not_overwrite_each_other() {
    let (first, second) = (split("a", "website", &EMOJI), split("b", "website", &EVENLY));
    let evenly = Some(vec!["website-v1 1".to_owned(), "website-v2 1".to_owned()]);
    for order in [[&first, &second], [&second, &first]] {
        let mut writer = Writer::start(&all_services(), BTreeMap::new());
        let said: Vec<Diagnostic> = order.into_iter().flat_map(|split| writer.apply(split)).collect();
        assert_eq!(writer.overrides(PROFILE), Some(to_one()));
        assert!(codes(&said).contains(&"SMI-VAL-49"), "{said:?}");
        writer.delete("b");
        assert_eq!(writer.overrides(PROFILE), Some(to_one()), "it did not decide");
        writer.apply(&second);
        writer.delete("a");
        assert_eq!(writer.overrides(PROFILE), evenly, "the one that is left decides");
        writer.delete("b");
        assert_eq!(writer.written, BTreeMap::new());
    }
}

fn own_profile(spec: &Value, annotations: &Value) -> String {
    json!({
        "apiVersion": "linkerd.io/v1alpha2", "kind": "ServiceProfile",
        "metadata": {"name": PROFILE, "namespace": "shop", "annotations": annotations}, "spec": spec,
    })
    .to_string()
}

/// Destinations that a user wrote are neither overwritten nor cleared; a profile that is to be skipped is left alone altogether.
#[test]
fn l_4_what_users_wrote_stays() {
    let split = split("ts", "website", &EVENLY);
    let own = json!({"dstOverrides": [{"authority": "orders.shop.svc.cluster.local", "weight": 1}]});
    let routes = json!({"routes": [{"name": "all", "condition": {"pathRegex": ".*"}}]});
    for (profile, is_taken) in [
        (own_profile(&own, &json!({})), true),
        (own_profile(&json!({}), &json!({"smi.linkerd.io/skip": "yes"})), true),
        (own_profile(&routes, &json!({})), false),
    ] {
        let (inventory, _) = read(&[with(&split), vec![profile.clone()]].concat(), Options::default());
        let translation = translate(&inventory, &Linkerd::default());
        assert_eq!(translation.manifests.is_empty(), is_taken, "{profile}");
        let said = codes(&translation.diagnostics).contains(&"SMI-CONFLICT-1");
        assert_eq!(said, is_taken, "{:?}", translation.diagnostics);
        // Of a profile that is shared only the destinations are written, and only they are removed again: by server-side apply, which
        // the adapter's tests show.
        for manifest in &translation.manifests {
            assert!(manifest.shared, "{profile}");
            let object = serde_json::to_value(manifest).expect("a rendered object is JSON");
            let fields: Vec<&String> = object["spec"].as_object().expect("a spec").keys().collect();
            assert_eq!(fields, ["dstOverrides"]);
        }
    }
}

/// A profile is written with destinations or not at all, and is not there when there are none.
#[test]
fn l_5_no_empty_profile_is_left() {
    let mut writer = Writer::start(&with(&split("ts", "website", &EVENLY)), BTreeMap::new());
    writer.apply(&split("ts", "website", &[("website-v1", "0"), ("website-v2", "0")]));
    assert_eq!(writer.written, BTreeMap::new(), "all weights are zero");
    writer.apply(&split("ts", "website", &EVENLY));
    assert_eq!(writer.written.len(), 1);
    writer.delete("ts");
    assert_eq!(writer.written, BTreeMap::new());
}

/// A change of a profile by somebody else is a change of its root, so that its unit is looked at again at once. That profiles are watched
/// is for the adapter to show, and so is that a field which somebody took over is reported.
#[test]
fn l_6_a_profile_that_changes_is_looked_at_again() {
    let mut writer = Writer::start(&with(&split("ts", "website", &EVENLY)), BTreeMap::new());
    let written = writer.written.clone();
    writer.written.values_mut().for_each(|profile| profile["spec"]["dstOverrides"] = json!([]));
    let body = json!({
        "metadata": {"name": PROFILE, "namespace": "shop"}, "spec": {"routes": [{"name": "all", "condition": {}}]},
    });
    let object = ObjectRef::new("ServiceProfile", "shop", PROFILE);
    let affected = writer.inventory.apply(Object::Foreign(Foreign { object, body }));
    writer.write(&affected);
    assert_eq!(writer.written, written, "the drift is repaired");
}

#[test]
fn l_7_what_has_not_changed_is_not_written() {
    let mut writer = Writer::start(&with(&split("ts", "website", &EVENLY)), BTreeMap::new());
    let writes = writer.writes;
    for _ in 0..3 {
        writer.apply(&split("ts", "website", &EVENLY));
        let units = writer.inventory.units().collect();
        writer.write(&units);
    }
    // Other numbers of the same shares, and the same backends in another version's spelling of weights.
    writer.apply(&split("ts", "website", &[("website-v1", "50"), ("website-v2", "50")]));
    assert_eq!(writer.writes, writes);
    let again = Writer::start(&with(&split("ts", "website", &EVENLY)), writer.written);
    assert_eq!(again.writes, 0, "nor after a restart");
}

#[test]
fn l_8_a_backend_without_weight_is_no_panic() {
    for version in ["v1alpha1", "v1alpha2", "v1alpha3", "v1alpha4"] {
        let split = json!({
            "apiVersion": format!("split.smi-spec.io/{version}"), "kind": "TrafficSplit",
            "metadata": {"name": "ts", "namespace": "shop"},
            "spec": {"service": "website", "backends": [{"service": "website-v1"}, {"service": "website-v2", "weight": 1}]},
        });
        let (inventory, mut said) = read(&with(&split.to_string()), Options::default());
        let translation = translate(&inventory, &Linkerd::default());
        said.extend(translation.diagnostics);
        assert!(codes(&said).contains(&"SMI-VAL-43"), "{version}: {said:?}");
        let profile = serde_json::to_value(&translation.manifests[0]).expect("a rendered object is JSON");
        let overrides = json!([
            {"authority": "website-v1.shop.svc.cluster.local", "weight": 0},
            {"authority": "website-v2.shop.svc.cluster.local", "weight": 1},
        ]);
        assert_eq!(profile["spec"]["dstOverrides"], overrides, "{version}");
    }
}

#[test]
fn l_9_the_domain_of_the_cluster_is_in_every_name() {
    let options = Options { cluster_domain: "k8s.example".to_owned(), ..Options::default() };
    // A root that is written with a domain is the same Service, not a part of its name.
    for root in ["website", "website.shop", "website.shop.svc.k8s.example."] {
        let (inventory, _) = read(&with(&split("ts", root, &EVENLY)), options.clone());
        let translation = translate(&inventory, &Linkerd::default());
        let profile = serde_json::to_value(&translation.manifests[0]).expect("a rendered object is JSON");
        assert_eq!(profile["metadata"]["name"], "website.shop.svc.k8s.example", "{root}");
        let authority = &profile["spec"]["dstOverrides"][0]["authority"];
        assert_eq!(authority, "website-v1.shop.svc.k8s.example", "{root}");
    }
}

/// `500m` was right in v1alpha1 and comes back in later versions, where the CRD of linkerd-smi converts nothing. It costs nobody else
/// anything; that our CRD converts it is for the tests of the conversion webhook.
#[test]
fn l_10_a_quantity_in_a_later_version_stays_the_matter_of_its_object() {
    let stored = split("ts", "website", &EVENLY).replace("v1alpha1", "v1alpha2");
    let good = split("other", "orders", &EVENLY);
    let (inventory, mut said) = read(&[with(&stored), vec![good]].concat(), Options::default());
    let translation = translate(&inventory, &Linkerd::default());
    said.extend(translation.diagnostics);
    let names: Vec<&str> = translation.manifests.iter().map(|one| one.name.as_str()).collect();
    assert!(names.contains(&"orders.shop.svc.cluster.local"), "{names:?}");
    let about_it =
        said.iter().any(|one| one.object == Some(reference("ts")) && one.severity >= Severity::Warning);
    assert!(names.contains(&PROFILE) || about_it, "{said:?}");
}

/// Running proxies look for a profile only once, which only a route avoids: the user is told.
#[test]
fn l_11_it_is_said_that_busy_clients_do_not_follow_a_new_profile() {
    let (inventory, _) = read(&with(&split("ts", "website", &EVENLY)), Options::default());
    let said = |backend: &Linkerd| {
        let diagnostics = translate(&inventory, backend).diagnostics;
        diagnostics.into_iter().find(|diagnostic| diagnostic.code.0 == "LINKERD-PROFILE-1")
    };
    let diagnostic = said(&Linkerd::default()).expect("a profile is rendered");
    assert!(diagnostic.effect.contains("once they were idle or are restarted"), "{}", diagnostic.effect);
    let routing = RoutingForm::HttpRoute;
    assert_eq!(said(&Linkerd::new(LinkerdOptions { routing, ..LinkerdOptions::default() })), None);
}

#[test]
fn l_12_what_has_no_effect_is_named() {
    let whole = Options { missing_services: MissingServices::Exclude, ..Options::default() };
    let of = |objects: Vec<String>| {
        let (inventory, mut said) = read(&objects, whole.clone());
        let translation = translate(&inventory, &Linkerd::default());
        said.extend(translation.diagnostics);
        let named = said.iter().any(|one| {
            one.severity >= Severity::Warning
                && one.object == Some(reference("ts"))
                && one.code.0 != "SMI-VAL-4"
        });
        (named, codes(&said))
    };
    let silent = of(with(&split("ts", "website", &EVENLY)));
    assert!(!silent.0, "nothing is wrong: {silent:?}");
    let no_root = [services(&["website-v1", "website-v2"]), vec![split("ts", "website", &EVENLY)]].concat();
    let no_backend = [services(&["website", "website-v1"]), vec![split("ts", "website", &EVENLY)]].concat();
    let other_port = all_services().join("\n---\n").replacen("80", "81", 1);
    let mismatch = vec![other_port, split("ts", "website", &EVENLY)];
    let zero = with(&split("ts", "website", &[("website-v1", "0"), ("website-v2", "0")]));
    for (what, objects) in
        [("no root", no_root), ("no backend", no_backend), ("other port", mismatch), ("all zero", zero)]
    {
        let (named, codes) = of(objects);
        assert!(named, "{what}: {codes:?}");
    }
}

/// What is rendered is never a CRD, and everything says who wrote it. That the chart installs CRDs only where they are missing, and never
/// removes them, is for the tests of the chart.
#[test]
fn l_13_every_object_says_whose_it_is() {
    let writer = Writer::start(&with(&split("ts", "website", &EVENLY)), BTreeMap::new());
    for object in writer.written.values() {
        assert_eq!(object["metadata"]["labels"][MANAGED_BY_LABEL], smi_linkerd::WRITER);
        assert_eq!(object["kind"], "ServiceProfile");
    }
}
