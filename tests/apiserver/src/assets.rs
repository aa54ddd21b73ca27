//! Where the programs are.

use std::env;
use std::path::{Path, PathBuf};

/// The programs of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    pub(crate) etcd: PathBuf,
    pub(crate) api_server: PathBuf,
    /// Some folders of controller-runtime have none.
    pub(crate) controller_manager: Option<PathBuf>,
}

/// The programs, each from the first of these places that has it:
///
/// 1. `TEST_ASSET_ETCD`, `TEST_ASSET_KUBE_APISERVER`, `TEST_ASSET_KUBE_CONTROLLER_MANAGER`;
/// 2. the folder `KUBEBUILDER_ASSETS`;
/// 3. what `tests/cluster/prepare` has built: the folder `current` in `SMI_CLUSTER_CACHE`, by default `~/.cache/smi/kubernetes`;
/// 4. `/usr/local/kubebuilder/bin`.
///
/// `None`, and a line that says so, where they are nowhere, or where `SMI_CLUSTER=off`.
///
/// # Panics
///
/// With `CI=true`, where nothing may be left out.
#[must_use]
pub fn assets() -> Option<Assets> {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    match Assets::find(&variable, &|path| path.is_file()) {
        Ok(assets) => Some(assets),
        Err(reason) => leave_out(&reason),
    }
}

#[expect(clippy::print_stdout, reason = "what a test leaves out, it says")]
fn leave_out(reason: &str) -> Option<Assets> {
    let in_ci = env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "{reason}, and CI may leave nothing out");
    println!("left out: {reason}");
    None
}

/// The programs, for a test that kills what it runs: none where the cluster is not ours.
///
/// # Panics
///
/// As [`assets`].
#[must_use]
#[expect(clippy::print_stdout, reason = "what a test leaves out, it says")]
pub fn assets_of_ours() -> Option<Assets> {
    if existing_cluster() {
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("this test");
        println!("left out: {test} kills servers, and those of the kubeconfig are not ours");
        return None;
    }
    assets()
}

/// Whether the tests run against the cluster of the current kubeconfig.
pub(crate) fn existing_cluster() -> bool {
    env::var("USE_EXISTING_CLUSTER").is_ok_and(|value| value == "true")
}

impl Assets {
    /// The same for a test that needs kube-controller-manager too, which controller-runtime's folders do not have.
    ///
    /// # Panics
    ///
    /// As [`assets`].
    #[must_use]
    pub fn with_controllers(self) -> Option<Assets> {
        match self.controller_manager {
            Some(_) => Some(self),
            None => leave_out(&missing("kube-controller-manager")),
        }
    }

    fn find(
        variable: &dyn Fn(&str) -> Option<String>,
        is_file: &dyn Fn(&Path) -> bool,
    ) -> Result<Assets, String> {
        if variable("SMI_CLUSTER").as_deref() == Some("off") {
            return Err("SMI_CLUSTER=off".to_owned());
        }
        let folders = folders(variable);
        let program = |name: &str| {
            let named = variable(&format!("TEST_ASSET_{}", name.replace('-', "_").to_uppercase()));
            let placed = folders.iter().map(|folder| folder.join(name));
            named.map(PathBuf::from).into_iter().chain(placed).find(|path| is_file(path))
        };
        let needed = |name| {
            program(name).ok_or_else(|| format!("there is no {name}; tests/cluster/prepare builds it"))
        };
        Ok(Assets {
            etcd: needed("etcd")?,
            api_server: needed("kube-apiserver")?,
            controller_manager: program("kube-controller-manager"),
        })
    }
}

fn missing(program: &str) -> String {
    format!("there is no {program}; tests/cluster/prepare builds it")
}

/// The folders that may hold programs, in their order.
fn folders(variable: &dyn Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let below = |folder: String, path: &str| Path::new(&folder).join(path);
    let caches = variable("XDG_CACHE_HOME").map(PathBuf::from);
    let caches = caches.or_else(|| variable("HOME").map(|home| below(home, ".cache")));
    let cache = variable("SMI_CLUSTER_CACHE").map(PathBuf::from);
    let cache = cache.or_else(|| caches.map(|caches| caches.join("smi/kubernetes")));
    let built = cache.map(|cache| cache.join("current"));
    let controller_runtime = variable("KUBEBUILDER_ASSETS").map(PathBuf::from);
    let installed = Some(PathBuf::from("/usr/local/kubebuilder/bin"));
    [controller_runtime, built, installed].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The programs of a machine with these variables and files.
    fn find(variables: &[(&str, &str)], files: &[&str]) -> Result<Assets, String> {
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        Assets::find(&variable, &|path| files.iter().any(|file| Path::new(file) == path))
    }

    #[test]
    fn each_program_is_taken_from_the_first_place_that_has_it() {
        let variables =
            [("TEST_ASSET_ETCD", "/own/my-etcd"), ("KUBEBUILDER_ASSETS", "/runtime"), ("HOME", "/home/me")];
        let files = [
            "/own/my-etcd",
            "/runtime/etcd",
            "/runtime/kube-apiserver",
            "/home/me/.cache/smi/kubernetes/current/kube-apiserver",
            "/home/me/.cache/smi/kubernetes/current/kube-controller-manager",
            "/usr/local/kubebuilder/bin/kube-controller-manager",
        ];
        let assets = find(&variables, &files).unwrap();
        assert_eq!(assets.etcd, Path::new("/own/my-etcd"));
        assert_eq!(assets.api_server, Path::new("/runtime/kube-apiserver"));
        let built = Path::new("/home/me/.cache/smi/kubernetes/current/kube-controller-manager");
        assert_eq!(assets.controller_manager.as_deref(), Some(built));
    }

    #[test]
    fn the_cache_is_where_the_nearest_variable_says() {
        let all = [("SMI_CLUSTER_CACHE", "/cache"), ("XDG_CACHE_HOME", "/xdg"), ("HOME", "/home/me")];
        let third = Path::new("/usr/local/kubebuilder/bin");
        for (variables, cache) in [
            (&all[..], "/cache/current"),
            (&all[1..], "/xdg/smi/kubernetes/current"),
            (&all[2..], "/home/me/.cache/smi/kubernetes/current"),
        ] {
            let variable = |name: &str| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(folders(&variable), [Path::new(cache), third]);
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let installed = "/usr/local/kubebuilder/bin/etcd";
        let missing = "there is no kube-apiserver; tests/cluster/prepare builds it";
        assert_eq!(find(&[], &[installed]).unwrap_err(), missing);
        let both = [installed, "/usr/local/kubebuilder/bin/kube-apiserver"];
        assert_eq!(find(&[], &both).unwrap().controller_manager, None);
        assert_eq!(find(&[("SMI_CLUSTER", "off")], &both).unwrap_err(), "SMI_CLUSTER=off");
    }
}
