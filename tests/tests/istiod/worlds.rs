//! Generated worlds: the model must do what istiod does.

use serde_json::{Value, json};
use smi_tests::istio_model::{Addressing, CLUSTER_DOMAIN, Mesh, Outcome, Passage, Payload, Service};
use smi_tests::istiod::{self, Istiod, Job};
use smi_tests::project::{Choices, Translated, TranslatedAccess};
use smi_tests::search::{number, values};
use smi_tests::world::access::{AccessScenario, Caller, Workload};
use smi_tests::world::{Scenario, access, scenario};

use super::{Asked, Question, ask, istiod_or_skip, unless_equal};

/// Calls made in each world.
const CALLS: usize = 12;

fn worlds() -> u64 {
    number("SMI_ISTIOD_WORLDS", 200)
}

#[test]
fn requests_are_let_through_as_the_model_says() {
    let istiod = istiod_or_skip!();
    // Neither aliases of the trust domain nor their effects are options of the program.
    let choices = [Choices::Default, Choices::Losses, Choices::Exact];
    let jobs = values(access::scenario(CALLS), worlds())
        .enumerate()
        .map(|(index, scenario)| access_job(index, &scenario, choices[index % choices.len()]))
        .collect::<Vec<_>>();
    let answered = ask(&istiod, &jobs);
    println!("{answered} requests to workloads");
}

fn access_job(index: usize, scenario: &AccessScenario, choices: Choices) -> Asked {
    let AccessScenario { world, calls } = scenario;
    let translated = TranslatedAccess::of(world, choices);
    let guard = translated.guard().unwrap_or_else(|refusals| panic!("{world:?}: {}", refusals[0]));
    let others = ["Service", "Namespace", "ServiceAccount"];
    let mut objects = istiod::facts(&world.manifests);
    objects.retain(|object| others.iter().any(|kind| object["kind"] == *kind));
    objects.extend(world.workloads.iter().map(pod));
    objects.extend(translated.rendered.iter().map(|rendered| rendered.object.clone()));
    let (mut requests, mut questions) = (Vec::new(), Vec::new());
    for call in calls {
        let from = match &call.caller {
            // No pod has a service account without a name.
            Caller::Account { account, .. } if account.is_empty() => continue,
            Caller::Account { namespace, account, alias: false, .. } => {
                Some(format!("{namespace}/{account}"))
            }
            caller => caller.id(&world.trust_domain).map(|id| format!("spiffe://{id}")),
        };
        let workload = &world.workloads[call.to];
        let to = json!({
            "namespace": workload.pod.namespace, "serviceAccount": workload.account, "labels": workload.pod.labels,
        });
        let Some(request) = istiod::access(from.as_deref(), &to, call.port, &call.payload) else { continue };
        let wanted = guard.judge(&world.inbound(call));
        // A mesh that federates with nobody refuses certificates of other trust domains, whatever a policy says.
        let own = format!("{}/", world.trust_domain);
        let foreign = call.caller.id(&world.trust_domain).is_some_and(|id| !id.starts_with(&own));
        if wanted == Passage::Unseen || (foreign && wanted == Passage::Allowed) || !is_http(&call.payload) {
            continue;
        }
        requests.push(request);
        let show = |passage: &Passage| format!("{passage:?}");
        questions.push(Question::new(format_args!("{call:?}"), move |answer| {
            unless_equal(&wanted, answer.passage().as_ref(), show, answer)
        }));
    }
    let name = format!("world {index} of access, {choices:?}");
    let (trust_domain, cluster_domain) = (world.trust_domain.clone(), CLUSTER_DOMAIN.to_owned());
    Asked {
        job: Job { name, trust_domain, cluster_domain, objects, requests },
        questions,
        world: format!("{world:?}"),
    }
}

/// The pod of a workload, as its controller makes it.
fn pod(workload: &Workload) -> Value {
    let ports: Vec<Value> =
        access::PORTS.iter().map(|port| json!({"containerPort": port, "name": format!("p{port}")})).collect();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": workload.object.1, "namespace": workload.pod.namespace, "labels": workload.pod.labels,
        },
        "spec": {"serviceAccountName": workload.account, "containers": [{"name": "main", "image": "example", "ports": ports}]},
    })
}

/// Whether Envoy would take what is called HTTP for HTTP: it has no other bytes in a target than those of ASCII.
fn is_http(payload: &Payload) -> bool {
    match payload {
        Payload::Http { target, .. } => target.is_ascii(),
        Payload::Tcp | Payload::Udp => true,
    }
}

#[test]
fn requests_are_routed_as_the_model_says() {
    let istiod = istiod_or_skip!();
    let jobs =
        values(scenario(CALLS), worlds()).enumerate().map(|(index, scenario)| routing_job(index, &scenario));
    let answered = ask(&istiod, &jobs.collect::<Vec<_>>());
    println!("{answered} requests to Services");
}

fn routing_job(index: usize, scenario: &Scenario) -> Asked {
    let Scenario { world, calls } = scenario;
    let translated = Translated::of(world);
    let mesh = Mesh::new(&translated.objects, &world.cluster)
        .unwrap_or_else(|refusals| panic!("{world:?}: {}", refusals[0]));
    let mut objects = istiod::services(&world.cluster);
    objects.extend(translated.objects.iter().cloned());
    let (mut requests, mut questions) = (Vec::new(), Vec::new());
    for call in calls {
        // What SMI and the mesh cannot be compared in says nothing about our objects. Nor does a port that the Service does not have, and
        // one without a cluster IP needs pods, which these worlds do not have: scenarios do.
        let called = world.cluster.iter().find(|s| s.namespace == call.namespace && s.name == call.service);
        let is_plain =
            |s: &&Service| s.addressing == Addressing::ClusterIp && s.tcp_port(call.port).is_some();
        let listens = called.filter(is_plain).is_some();
        if !listens || translated.meaning(world, call).is_none() {
            continue;
        }
        let service = (call.namespace.as_str(), call.service.as_str());
        let host = format!("{}.{}.svc.{CLUSTER_DOMAIN}", call.service, call.namespace);
        let Some(request) = istiod::routing(&call.caller_namespace, service, &host, call.port, &call.payload)
        else {
            continue;
        };
        let wanted = mesh.route(call);
        if wanted == Outcome::NoSuchService || !is_http(&call.payload) {
            continue;
        }
        let dialled = Outcome::all(&call.namespace, &call.service, call.port);
        requests.push(request);
        let show = |outcome: &Outcome| outcome.to_string();
        questions.push(Question::new(format_args!("{call:?}"), move |answer| {
            unless_equal(&wanted, answer.outcome(&dialled).as_ref(), show, answer)
        }));
    }
    let name = format!("world {index} of routing");
    let (trust_domain, cluster_domain) = ("cluster.local".to_owned(), CLUSTER_DOMAIN.to_owned());
    Asked {
        job: Job { name, trust_domain, cluster_domain, objects, requests },
        questions,
        world: format!("{world:?}"),
    }
}
