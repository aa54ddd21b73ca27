//! etcd: its command line, and forgetting history.

use std::path::Path;

use http::Request;
use kube::{Client, Config};
use serde::Deserialize;
use serde_json::json;

use crate::StartError;
use crate::process::Process;

/// Runs etcd at two ports: one for clients, one for peers that it does not have.
pub(crate) fn start(
    program: &Path,
    [clients, peers]: [u16; 2],
    folder: &Path,
) -> Result<Process, StartError> {
    let (clients, peers) = (url(clients), url(peers));
    let arguments = [
        format!("--data-dir={}", folder.join("etcd").display()),
        format!("--listen-client-urls={clients}"),
        format!("--advertise-client-urls={clients}"),
        format!("--listen-peer-urls={peers}"),
        format!("--initial-advertise-peer-urls={peers}"),
        format!("--initial-cluster=default={peers}"),
        // A crash of the machine is not among what is tested.
        "--unsafe-no-fsync".to_owned(),
    ];
    Process::start("etcd", program, &arguments, folder)
}

/// Where etcd is.
pub(crate) fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

#[derive(Deserialize)]
struct Status {
    header: Header,
}

#[derive(Deserialize)]
struct Header {
    /// 64-bit numbers are strings in its JSON.
    revision: String,
}

/// Forgets all revisions but the last.
pub(crate) async fn compact(port: u16) -> Result<(), kube::Error> {
    let client = Client::try_from(Config::new(url(port).parse().expect("an address is a URL")))?;
    let call = |path: &str, body: serde_json::Value| {
        let request = Request::post(path).header("content-type", "application/json");
        request.body(body.to_string().into_bytes()).expect("a path and a body are a request")
    };
    let Status { header } = client.request(call("/v3/maintenance/status", json!({}))).await?;
    let all = json!({"revision": header.revision, "physical": true});
    client.request::<serde_json::Value>(call("/v3/kv/compaction", all)).await?;
    Ok(())
}
