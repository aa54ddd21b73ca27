//! A real API server: what it makes of the objects that we render.
//!
//! All tests share one server; each leaves alone what the others have.

#[path = "cluster/clients.rs"]
mod clients;
#[path = "cluster/definitions.rs"]
mod definitions;
#[path = "cluster/rendered.rs"]
mod rendered;

use std::fs;
use std::path::{Path, PathBuf};

use smi_apiserver::{Cluster, Resources, install};
use tokio::sync::OnceCell;

/// How many requests are under way at a time.
const AT_ONCE: usize = 16;

/// What upstream projects publish; `None`, and a line that says so, where it is not beside the workspace.
#[expect(clippy::print_stdout, reason = "what a test leaves out, it says")]
fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/crds");
    if folder.is_dir() {
        return Some(folder);
    }
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "there is no ../shared/crds beside the workspace, and CI may leave nothing out");
    println!("left out: no ../shared/crds beside the workspace");
    None
}

/// The manifests directly in a folder, in the order of their names.
fn manifests(folder: &Path) -> String {
    let files = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> =
        files.map(|file| file.expect("a folder that was opened can be listed").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(!files.is_empty(), "{} has no manifests", folder.display());
    let text = |file: &PathBuf| {
        fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    };
    files.iter().map(text).collect::<Vec<_>>().join("\n---\n")
}

/// The folders of CRDs that each mesh brings are named as the mesh; this one is for all that take its kinds.
const GATEWAY_API: &str = "gateway-api/standard";

/// The server with the CRDs of every mesh; `None` where something for it is not there.
async fn cluster() -> Option<(&'static Cluster, Resources)> {
    static INSTALLED: OnceCell<()> = OnceCell::const_new();
    let crds = shared()?;
    let cluster = Cluster::shared().await?;
    let client = cluster.admin().await.expect("a cluster has an administrator");
    let all = async || {
        for folder in smi_tests::mesh::MESHES.map(|mesh| mesh.name).into_iter().chain([GATEWAY_API]) {
            let installed = install(&client, &manifests(&crds.join(folder))).await;
            installed.unwrap_or_else(|error| panic!("{folder}: {error}"));
        }
    };
    INSTALLED.get_or_init(all).await;
    Some((cluster, Resources::new(&client)))
}
