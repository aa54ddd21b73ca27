//! Kubeconfigs: how clients and programs reach a server of ours as some user.

use std::path::Path;

use serde_json::json;

use crate::pki::IdentityFiles;

/// A kubeconfig with one user, as JSON, which every reader of YAML reads.
pub(crate) fn kubeconfig(url: &str, authority: &Path, user: &IdentityFiles) -> String {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "tests", "cluster": {"server": url, "certificate-authority": authority}}],
        "users": [{"name": "user", "user": {"client-certificate": user.certificate, "client-key": user.key}}],
        "contexts": [{"name": "tests", "context": {"cluster": "tests", "user": "user"}}],
        "current-context": "tests",
    });
    config.to_string()
}
