//! kube-controller-manager: what collects garbage, finishes the deletion of namespaces, and makes Pods of Deployments.

use std::path::Path;

use crate::StartError;
use crate::process::Process;

const CONTROLLERS: &str = "deployment-controller,replicaset-controller,garbage-collector-controller,namespace-controller,\
                           endpointslice-controller";

/// Runs the controllers as the user of a kubeconfig.
pub(crate) fn start(program: &Path, kubeconfig: &Path, folder: &Path) -> Result<Process, StartError> {
    let arguments = [
        format!("--kubeconfig={}", kubeconfig.display()),
        format!("--controllers={CONTROLLERS}"),
        "--leader-elect=false".to_owned(),
        "--secure-port=0".to_owned(),
        "--bind-address=127.0.0.1".to_owned(),
    ];
    Process::start("kube-controller-manager", program, &arguments, folder)
}
