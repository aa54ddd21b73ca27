//! CustomResourceDefinitions as clusters have them: whatever stands in one, there is something to say or nothing, and no panic.

use serde_json::Value;
use smi_types::Kind;
use smi_types::crd::{self, Endpoint, KINDS, Serving, Webhook};

use super::choices::Choices;
use super::objects::{objects, spoil};
use super::validation::is_for_people;

/// Definitions in YAML or JSON, or one of ours with something strange in it, see [`super`].
pub fn definition(data: &[u8]) {
    if data.first().is_none_or(|first| *first >= b'\t') {
        return objects(data).iter().for_each(check);
    }
    let mut choices = Choices::new(&data[1..]);
    let kind = choices.of(&KINDS);
    let url = Endpoint::Url("https://example.com/convert".to_owned());
    let webhook = Webhook { endpoint: url, ca_bundle: Some(b"pem".to_vec()) };
    let old_tcp_routes = choices.once_in(2);
    let every = Serving::EveryVersion { webhook, old_tcp_routes };
    let serving = choices.of(&[Serving::OneVersion, every]);
    let mut definition = crd::definition(kind, &serving).expect("the kind is stored");
    sound(kind, &definition);
    for _ in 0..=choices.below(4) {
        spoil(&mut definition, &mut choices);
        check(&definition);
    }
}

/// Our own definitions lack nothing that keeps a controller from working.
fn sound(kind: Kind, definition: &Value) {
    let checked = crd::check(definition).expect("it defines a kind of SMI");
    assert_eq!(checked.kind, Some(kind));
    let errors = checked.findings.iter().filter(|one| one.severity > smi_types::validate::Severity::Info);
    assert_eq!(errors.map(|finding| finding.code).collect::<Vec<_>>(), Vec::<&str>::new());
}

fn check(definition: &Value) {
    let Some(checked) = crd::check(definition) else { return };
    checked.findings.iter().for_each(is_for_people);
    let is_stored = checked.kind.is_none_or(|kind| KINDS.contains(&kind));
    assert!(is_stored, "{definition} defines {:?}", checked.kind);
    assert!(checked.kind.is_some() || !checked.findings.is_empty(), "nothing is said about {definition}");
}
