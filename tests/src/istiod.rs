//! istiod's own code and a real Envoy, asked what they make of rendered objects. The program is `tests/istiod`; `tests/run` builds it
//! and says where it is, in `SMI_ISTIOD` and `SMI_ENVOY`.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::istio_model::{Outcome, Passage, Payload, Service, Target};

/// The program, and the Envoy that it runs.
#[derive(Clone, Debug)]
pub struct Istiod {
    program: String,
    envoy: String,
}

/// A world, and what is to be asked of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Given back in the result.
    pub name: String,
    /// Trust domain of the mesh.
    pub trust_domain: String,
    /// DNS domain of the cluster.
    pub cluster_domain: String,
    /// Facts of the cluster, and objects of Istio.
    pub objects: Vec<Value>,
    /// Made by [`access`] and [`routing`]; the program answers in this order.
    pub requests: Vec<Value>,
}

/// The answers to one job.
#[derive(Clone, Debug, Deserialize)]
pub struct Answers {
    /// The name of the job.
    pub name: String,
    /// Objects that admission refused.
    pub refused: Vec<Refused>,
    /// One for each request.
    pub answers: Vec<Answer>,
    /// What went wrong for the whole job.
    pub errors: Vec<String>,
}

/// An object that admission refused.
#[derive(Clone, Debug, Deserialize)]
pub struct Refused {
    /// Kind, namespace and name.
    pub object: String,
    /// Why.
    pub error: String,
}

/// The answer to one request.
#[derive(Clone, Debug, Deserialize)]
pub struct Answer {
    #[serde(default)]
    verdict: Option<String>,
    #[serde(default)]
    shares: Vec<ClusterShare>,
    /// The status that a proxy answered with.
    #[serde(default)]
    pub status: u16,
    /// Why there is no answer.
    #[serde(default)]
    pub error: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct ClusterShare {
    cluster: String,
    #[serde(default)]
    service: String,
    #[serde(default)]
    port: u16,
    weight: u64,
    #[serde(default)]
    missing: bool,
}

impl Istiod {
    /// The program, where `tests/run` has prepared it. Without it, the tests that need it are left out; with `CI=true` nothing may be.
    ///
    /// # Errors
    ///
    /// What there is to say where it is left out.
    ///
    /// # Panics
    ///
    /// With `CI=true`, where the program is not there.
    pub fn find() -> Result<Istiod, &'static str> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        match (variable("SMI_ISTIOD"), variable("SMI_ENVOY")) {
            (Some(program), Some(envoy)) => Ok(Istiod { program, envoy }),
            _ => {
                let message = "left out: istiod and Envoy are prepared by tests/run, which sets SMI_ISTIOD and SMI_ENVOY";
                assert!(variable("CI").as_deref() != Some("true"), "{message}");
                Err(message)
            }
        }
    }

    /// Runs jobs.
    ///
    /// # Panics
    ///
    /// When the program fails, or gives back something else than an answer to each job.
    #[must_use]
    pub fn run(&self, jobs: &[Job]) -> Vec<Answers> {
        let mut child = Command::new(&self.program)
            .args(["--envoy", &self.envoy, "--timeout", "20m"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program that tests/run has built can be started");
        let mut stdin = child.stdin.take().expect("its standard input is a pipe");
        let stdout = child.stdout.take().expect("its standard output is a pipe");
        let lines: Vec<String> =
            jobs.iter().map(|job| serde_json::to_string(job).expect("a job is JSON")).collect();
        let writer = std::thread::spawn(move || {
            for line in lines {
                // If the program has ended, the number of its answers says so.
                if writeln!(stdin, "{line}").is_err() {
                    return;
                }
            }
        });
        let answers: Vec<Answers> = BufReader::new(stdout)
            .lines()
            .map(|line| {
                let line = line.expect("the program writes text");
                serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
            })
            .collect();
        writer.join().expect("writing does not panic");
        let status = child.wait().expect("the program ends after its input");
        let same = answers.len() == jobs.len()
            && answers.iter().zip(jobs).all(|(answers, job)| {
                answers.name == job.name && answers.answers.len() == job.requests.len()
            });
        assert!(same && status.success(), "{} answers to {} jobs, {status}", answers.len(), jobs.len());
        answers
    }
}

/// Whether a request to a container port of a workload gets through. `from` is `namespace/account`, a SPIFFE ID, or nobody that the mesh
/// knows. `None` for UDP, which no mesh sees.
#[must_use]
pub fn access(from: Option<&str>, to: &Value, port: u16, payload: &Payload) -> Option<Value> {
    let mut request = json!({"id": 0, "kind": "access", "from": from, "to": to, "port": port});
    fill(&mut request, payload)?;
    Some(request)
}

/// Where a request of a client in a namespace to a Service goes. `None` for UDP, which is never split.
#[must_use]
pub fn routing(
    caller: &str,
    (namespace, service): (&str, &str),
    host: &str,
    port: u16,
    payload: &Payload,
) -> Option<Value> {
    let mut request = json!({
        "id": 0, "kind": "routing", "from": format!("{caller}/a-client"), "service": format!("{namespace}/{service}"), "host": host,
        "port": port,
    });
    fill(&mut request, payload)?;
    Some(request)
}

fn fill(request: &mut Value, payload: &Payload) -> Option<()> {
    match payload {
        Payload::Http { method, target, headers } => {
            request["protocol"] = json!("http");
            request["method"] = json!(method);
            request["path"] = json!(target);
            request["headers"] = json!(headers);
        }
        Payload::Tcp => request["protocol"] = json!("tcp"),
        Payload::Udp => return None,
    }
    Some(())
}

impl Answer {
    /// Whether the request gets through, as the model says it.
    #[must_use]
    pub fn passage(&self) -> Option<Passage> {
        match self.verdict.as_deref() {
            Some("allow") => Some(Passage::Allowed),
            Some("deny") => Some(Passage::Denied),
            _ => None,
        }
    }

    /// Where the request goes, as the model says it; `None` where it was not routed. What passes a sidecar by goes to what was `dialled`.
    #[must_use]
    pub fn outcome(&self, dialled: &Outcome) -> Option<Outcome> {
        if self.error.is_some() {
            return None;
        }
        match self.shares.as_slice() {
            [] => return Some(Outcome::Status(self.status)),
            [only] if only.cluster == "PassthroughCluster" => return Some(dialled.clone()),
            _ => {}
        }
        Some(Outcome::weighted(self.shares.iter().map(|share| (share.target(), share.weight))))
    }

    /// Whether the proxy would not read the request at all, which says nothing about our objects.
    #[must_use]
    pub fn is_bad_request(&self) -> bool {
        self.status == 400
    }
}

impl ClusterShare {
    fn target(&self) -> Target {
        match (self.missing, self.service.split_once('/')) {
            (false, Some((namespace, name))) => Target::service(namespace, name, self.port),
            _ => Target::NoCluster(self.cluster.clone()),
        }
    }
}

/// Facts that a cluster needs besides those of a file: Services that are assumed to exist.
#[must_use]
pub fn services(services: &[Service]) -> Vec<Value> {
    services.iter().map(crate::world::service_manifest).collect()
}

/// The objects that say something about the cluster and not about the mesh. One that is there twice is there once.
#[must_use]
pub fn facts(objects: &[Value]) -> Vec<Value> {
    let mut seen = std::collections::BTreeSet::new();
    let name = |object: &Value| {
        let metadata = &object["metadata"];
        format!(
            "{} {} {}",
            object["kind"],
            metadata["namespace"].as_str().unwrap_or("default"),
            metadata["name"]
        )
    };
    let once = objects.iter().filter(|object| is_fact(object) && seen.insert(name(object)));
    once.map(|object| plain(object.clone())).collect()
}

/// A workload in the words of today's Kubernetes: Argo's kind of a Deployment, and the old name of the service account.
fn plain(mut object: Value) -> Value {
    if object["kind"] == "Rollout" {
        object["apiVersion"] = json!("apps/v1");
        object["kind"] = json!("Deployment");
    }
    let templates = ["/spec/template/spec", "/spec/jobTemplate/spec/template/spec", "/spec"];
    for template in templates {
        let Some(pod) = object.pointer_mut(template).and_then(Value::as_object_mut) else { continue };
        if let Some(account) = pod.remove("serviceAccount") {
            pod.entry("serviceAccountName").or_insert(account);
        }
    }
    object
}

/// What a user wrote for a mesh is not ours to judge.
fn is_fact(object: &Value) -> bool {
    let group = object["apiVersion"].as_str().unwrap_or_default().split('/').next().unwrap_or_default();
    !group.ends_with(".istio.io") && !group.ends_with("smi-spec.io") && group != "gateway.networking.k8s.io"
}
