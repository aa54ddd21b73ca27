//! Every scenario of `fixtures/`: its requests get the verdicts and the exact shares that are written there.

use serde_json::{Value, json};
use smi_tests::fixture::{Answer, Expected, ExpectedAccess, Fixture, Protocol, documents};
use smi_tests::istio_model::{Addressing, Outcome, Passage};
use smi_tests::istio_view::{self, RunningPod};
use smi_tests::istiod::{self, Istiod, Job};
use smi_translate::manifest::UNIT_LABEL;
use smi_translate::read::Input;
use smi_translate::{
    Backend, Diagnostic, Inventory, Translation, UnitKey, decide, resolve_access, translate,
};

use super::{Asked, Question, ask, istiod_or_skip, unless_equal};

#[test]
fn requests_get_what_is_written() {
    let istiod = istiod_or_skip!();
    // Waypoints and node proxies run no listeners of a sidecar.
    let sidecars = |fixture: &Fixture| !fixture.expect.options.istio.in_ambient_mode();
    // An alias of the trust domain is an option of the mesh that the program does not have.
    let no_alias = |fixture: &Fixture| fixture.expect.options.istio.trust_domain_aliases.is_empty();
    let fixtures = Fixture::all().into_iter().filter(|fixture| sidecars(fixture) && no_alias(fixture));
    let asked: Vec<Asked> = fixtures.map(|fixture| Scenario::new(fixture).asked()).collect();
    let answered = ask(&istiod, &asked);
    println!("{answered} requests of {} scenarios", asked.len());
    assert!(answered > 1200, "{answered}");
}

/// A scenario, translated.
struct Scenario {
    fixture: Fixture,
    inventory: Inventory,
    translation: Translation,
    /// The objects of the input.
    written: Vec<Value>,
    pods: Vec<RunningPod>,
}

impl Scenario {
    fn new(fixture: Fixture) -> Scenario {
        let backend = fixture.expect.options.istio.backend();
        let Input { inventory, diagnostics, .. } = fixture.inventory(backend.foreign_kinds());
        let translation = translate(&inventory, &backend);
        let mut written = documents(&fixture.input);
        // An API server refuses what is no object, or cannot be read.
        written.retain(Value::is_object);
        written.retain(|object| {
            let name = |d: &Diagnostic| {
                d.object.as_ref().map(|object| (object.kind.to_string(), object.name.clone()))
            };
            let own = Some((text(&object["kind"]), text(&object["metadata"]["name"])));
            !diagnostics.iter().any(|d| d.code.0 == "SMI-READ-5" && name(d) == own)
        });
        let pods = istio_view::pods(&written);
        Scenario { fixture, inventory, translation, written, pods }
    }

    fn asked(self) -> Asked {
        let known = istio_view::services(&self.written);
        let mut objects = istiod::facts(&self.written);
        objects.extend(istiod::services(&self.fixture.assumed_services(&self.inventory, &known)));
        // The user's own policies are there too; what an earlier translation wrote is replaced or removed.
        let is_own = |object: &&Value| {
            object["kind"] == "AuthorizationPolicy" && object["metadata"]["labels"][UNIT_LABEL].is_null()
        };
        objects.extend(self.written.iter().filter(is_own).cloned());
        let value = |manifest| serde_json::to_value(manifest).expect("a rendered object is JSON");
        objects.extend(self.translation.manifests.iter().map(value));
        let expect = &self.fixture.expect;
        let routing = expect.requests.iter().filter_map(|expected| self.routed(expected));
        let access = expect.access.iter().flat_map(|expected| self.let_through(expected));
        let (requests, questions) = routing.chain(access).unzip();
        let options = self.fixture.options();
        let (name, trust_domain) = (self.fixture.name.clone(), options.trust_domain);
        let job = Job { name, trust_domain, cluster_domain: options.cluster_domain, objects, requests };
        Asked { job, questions, world: String::new() }
    }

    /// A request to a Service. Hosts outside the cluster are for gateways, and UDP for nobody.
    fn routed(&self, expected: &Expected) -> Option<(Value, Question)> {
        let (namespace, service) = expected.service()?;
        // Without an address there is nothing to dial; clients of a headless Service dial its pods, which these scenarios do not have.
        let known = istio_view::services(&self.written);
        let called = known.iter().find(|s| s.namespace == namespace && s.name == service);
        if called.is_some_and(|service| service.addressing != Addressing::ClusterIp) {
            return None;
        }
        let host = format!("{service}.{namespace}.svc.{}", self.fixture.options().cluster_domain);
        let request =
            istiod::routing(namespace, (namespace, service), &host, expected.port, &expected.payload())?;
        let unit = UnitKey::Routing { namespace: namespace.to_owned(), root: service.to_owned() };
        let refused = self.translation.refused.contains(&unit);
        let wanted = expected.outcome("istio", (namespace, service), refused);
        let dialled = Outcome::all(namespace, service, expected.port);
        let show = |outcome: &Outcome| outcome.to_string();
        let question = Question::new(expected, move |answer| {
            unless_equal(&wanted, answer.outcome(&dialled).as_ref(), show, answer)
        });
        Some((request, question))
    }

    /// A request to each of the pods that it is for.
    fn let_through(&self, expected: &ExpectedAccess) -> Vec<(Value, Question)> {
        let destination = expected.destination();
        let meant: Vec<&RunningPod> = self
            .pods
            .iter()
            .filter(|running| {
                running.pod.namespace == destination.namespace && running.account == destination.name
            })
            .filter(|running| expected.to_labels.as_ref().is_none_or(|labels| *labels == running.pod.labels))
            .collect();
        let alone = meant.len() == 1;
        let guarded = meant.into_iter().filter(|running| running.guarded);
        guarded.filter_map(|running| self.let_through_to(expected, running, alone)).collect()
    }

    fn let_through_to(
        &self,
        expected: &ExpectedAccess,
        running: &RunningPod,
        alone: bool,
    ) -> Option<(Value, Question)> {
        // Bytes that are not HTTP are no traffic of a port that is declared as HTTP.
        let declared = running.pod.protocol(expected.port);
        if expected.protocol == Protocol::Tcp && declared == smi_tests::istio_model::Protocol::Http {
            return None;
        }
        let to = json!({
            "namespace": running.pod.namespace, "serviceAccount": running.account, "labels": running.pod.labels,
        });
        let trust_domain = self.fixture.options().trust_domain;
        let from = expected.principal(&trust_domain).map(|id| format!("spiffe://{id}"));
        let request = istiod::access(from.as_deref(), &to, expected.port, &expected.payload())?;
        // What is written is for all pods that are meant together.
        let wanted = match alone {
            true => expected.wanted("istio"),
            false => {
                let mut request = expected.request(&trust_domain);
                request.destination = Some(running.pod.labels.clone());
                let intent = resolve_access(&self.inventory, &expected.destination()).intent;
                // One that is nobody's destination stays as open as it is.
                if intent.unprotected.iter().any(|workload| workload.labels == running.pod.labels) {
                    return None;
                }
                Answer::of(decide(&intent, &request).allowed)
            }
        };
        let wanted = match wanted {
            Answer::Allow => Passage::Allowed,
            Answer::Deny => Passage::Denied,
        };
        // A mesh that federates with nobody refuses certificates of other trust domains, whatever a policy says.
        let is_own = |id: &String| id.starts_with(&format!("spiffe://{trust_domain}/"));
        if wanted == Passage::Allowed && !from.as_ref().is_none_or(is_own) {
            return None;
        }
        let show = |passage: &Passage| format!("{passage:?}");
        let question = Question::new(format_args!("{expected} ({})", running.pod.name), move |answer| {
            unless_equal(&wanted, answer.passage().as_ref(), show, answer)
        });
        Some((request, question))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
