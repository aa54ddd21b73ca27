//! Probes: kubelets have no identity, and get through to pods whose ports are guarded.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use smi_tests::linkerd_model::{Ages, Arrival, Mesh, Passage, Payload, Precedence};
use smi_tests::project::{LinkerdChoices, TranslatedAccess, linkerd_pod, reference};
use smi_tests::search::{number, runner, values};
use smi_tests::world::access::{AccessScenario, AccessWorld, PORTS, Workload, scenario};

use super::super::shown;

/// What a kubelet asks a pod for.
#[derive(Clone, Debug)]
struct Probe {
    port: u16,
    path: &'static str,
    /// Whether the port is meant by its name.
    named: bool,
}

fn probe() -> impl Strategy<Value = Probe> {
    let path = select(vec!["/healthz", "/healthz", "/healthz?full", "/", "/a"]);
    (select(PORTS.to_vec()), path, any::<bool>()).prop_map(|(port, path, named)| Probe { port, path, named })
}

/// Writes a probe into the template of a workload's pods.
fn put(world: &mut AccessWorld, workload: &Workload, probe: &Probe) {
    let is_meant = |manifest: &&mut Value| {
        let name = reference(manifest);
        (name.kind.as_ref(), name.name.as_str()) == (workload.object.0, workload.object.1.as_str())
    };
    let manifest = world.manifests.iter_mut().find(is_meant).expect("every workload is a manifest");
    let template = match workload.object.0 {
        "Pod" => manifest,
        "CronJob" => &mut manifest["spec"]["jobTemplate"]["spec"]["template"],
        _ => &mut manifest["spec"]["template"],
    };
    let port = if probe.named { json!(format!("p{}", probe.port)) } else { json!(probe.port) };
    template["spec"]["containers"][0]["livenessProbe"] =
        json!({"httpGet": {"path": probe.path, "port": port}});
}

/// A kubelet that is not let through to a pod though nothing says so.
fn shut_out(
    world: &AccessWorld,
    probes: &[(Workload, Probe)],
    choices: LinkerdChoices,
    is_written: impl Fn(&Value) -> bool,
) -> Option<String> {
    let mut translated = TranslatedAccess::of(world, choices);
    translated.rendered.retain(|one| is_written(&one.object));
    let mesh = Mesh::new(&translated.objects(), &[], &choices.installation(world)).expect("it is taken");
    // The last two say that a Server, of another workload too, decides about a pod.
    let saying = ["LINKERD-PROBE-3", "LINKERD-SERVER-1", "LINKERD-SELECTOR-1"];
    let is_said = translated.diagnostics.iter().any(|diagnostic| saying.contains(&diagnostic.code.0));
    probes.iter().find_map(|(workload, probe)| {
        let path = probe.path.split('?').next().unwrap_or_default();
        let pod = linkerd_pod(workload).probed(probe.port, path);
        let payload = Payload::get(probe.path, &[("User-Agent", "kube-probe/1.36"), ("Host", "10.1.2.3")]);
        let arrival = Arrival::new(&pod, None, probe.port, payload);
        let judged = Ages::ALL.into_iter().flat_map(|ages| {
            let mesh = mesh.clone().with_ages(ages);
            Precedence::ALL.map(|precedence| mesh.clone().with_precedence(precedence).judge(&arrival))
        });
        let shut = judged.into_iter().find(|passage| *passage != Passage::Allowed)?;
        (!is_said).then(|| format!("{probe:?} of {workload:?}: {shut:?}\n            {}", shown(&translated)))
    })
}

/// Somebody without an identity who is let in because of what a kubelet asks for, though he does not say to be one. Where two Servers may
/// guard a pod, or nobody knows how it is probed, that is said.
fn let_in(
    world: &AccessWorld,
    probes: &[(Workload, Probe)],
    choices: LinkerdChoices,
    is_written: impl Fn(&Value) -> bool,
) -> Option<String> {
    let mut translated = TranslatedAccess::of(world, choices);
    translated.rendered.retain(|one| is_written(&one.object));
    let mesh = Mesh::new(&translated.objects(), &[], &choices.installation(world)).expect("it is taken");
    let saying = ["LINKERD-SERVER-1", "LINKERD-SELECTOR-1"];
    let is_said = translated.diagnostics.iter().any(|diagnostic| saying.contains(&diagnostic.code.0));
    probes.iter().filter(|_| !is_said).find_map(|(workload, probe)| {
        let path = probe.path.split('?').next().unwrap_or_default();
        let pod = linkerd_pod(workload).probed(probe.port, path);
        let arrival =
            Arrival::new(&pod, None, probe.port, Payload::get(probe.path, &[("User-Agent", "curl/8")]));
        let is_let_in = mesh.is_guarded(&pod, probe.port) && mesh.judge(&arrival) == Passage::Allowed;
        is_let_in.then(|| format!("{probe:?} of {workload:?}\n            {}", shown(&translated)))
    })
}

/// A world with probes, and what is probed.
fn probed() -> impl Strategy<Value = (AccessWorld, Vec<(Workload, Probe)>)> {
    (scenario(0), vec(weighted(0.7, probe()), 5)).prop_map(|(AccessScenario { mut world, .. }, probes)| {
        let workloads = world.workloads.clone().into_iter().zip(probes);
        let probes: Vec<(Workload, Probe)> =
            workloads.filter_map(|(one, probe)| Some((one, probe?))).collect();
        for (workload, probe) in &probes {
            put(&mut world, workload, probe);
        }
        (world, probes)
    })
}

fn kubelets_get_through(choices: LinkerdChoices) {
    let checked = runner(number("SMI_WORLDS", 150)).run(&probed(), |(world, probes)| {
        match shut_out(&world, &probes, choices, |_| true) {
            Some(problem) => Err(TestCaseError::fail(problem)),
            None => Ok(()),
        }
    });
    if let Err(failure) = checked {
        panic!("{choices:?}: {failure}");
    }
}

#[test]
fn kubelets_get_through_to_pods() {
    kubelets_get_through(LinkerdChoices::Losses);
}

#[test]
fn kubelets_get_through_where_callers_share_routes() {
    kubelets_get_through(LinkerdChoices::SharedRoutes);
}

#[test]
fn nobody_else_is_let_in_for_the_path_of_a_probe() {
    let checked = runner(number("SMI_WORLDS", 150)).run(&probed(), |(world, probes)| {
        match let_in(&world, &probes, LinkerdChoices::Losses, |_| true) {
            Some(problem) => Err(TestCaseError::fail(problem)),
            None => Ok(()),
        }
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
    let is_written = |object: &Value| object["kind"] != "HTTPRoute";
    let mut worlds = values(probed(), 500);
    let noticed =
        worlds.any(|(world, probes)| let_in(&world, &probes, LinkerdChoices::Losses, is_written).is_some());
    assert!(noticed, "without routes, Linkerd's own let them in");
}

#[test]
fn probes_that_are_forgotten_are_noticed() {
    let is_written = |object: &Value| object["kind"] != "NetworkAuthentication";
    let mut worlds = values(probed(), 500);
    let noticed =
        worlds.any(|(world, probes)| shut_out(&world, &probes, LinkerdChoices::Losses, is_written).is_some());
    assert!(noticed);
}
