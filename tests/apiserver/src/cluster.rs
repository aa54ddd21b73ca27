//! The one cluster that all tests of a process share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use k8s_openapi::api::core::v1::Namespace;
use kube::api::{Api, ObjectMeta, PostParams};
use kube::{Client, Config};
use tokio::sync::OnceCell;

use crate::assets::existing_cluster;
use crate::{ApiServer, AuditLog, Options, StartError, assets};

/// On namespaces of tests, to find them again in a cluster that stays.
const LABEL: &str = "adapters.smi-spec.io/tests";

/// A cluster: one of ours, or the one of the current kubeconfig (`USE_EXISTING_CLUSTER=true`).
pub struct Cluster {
    kind: Kind,
    /// Keeps the namespaces of one run apart from those of another.
    run: u128,
    namespaces: AtomicUsize,
}

enum Kind {
    Own(Box<ApiServer>),
    Existing(Box<Config>),
}

impl Cluster {
    /// The cluster that all tests of this process share; the first that asks for it starts it. `None`, and a line that says so, where
    /// there are no [`assets`](assets()). Nobody can kill it: it cannot be had mutably.
    ///
    /// # Panics
    ///
    /// When it does not start; with `CI=true` also where there are no assets.
    pub async fn shared() -> Option<&'static Cluster> {
        static SHARED: OnceCell<Result<Option<Cluster>, String>> = OnceCell::const_new();
        // A second try would fail as the first, and take as long.
        let start = async || Cluster::start().await.map_err(|error| error.to_string());
        match SHARED.get_or_init(start).await {
            Ok(cluster) => cluster.as_ref(),
            Err(error) => panic!("{error}"),
        }
    }

    async fn start() -> Result<Option<Cluster>, StartError> {
        let kind = if existing_cluster() {
            Kind::Existing(Box::new(Config::from_kubeconfig(&Default::default()).await?))
        } else {
            let Some(assets) = assets() else { return Ok(None) };
            Kind::Own(Box::new(ApiServer::start(&assets, &Options::default()).await?))
        };
        let run = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        Ok(Some(Cluster { kind, run, namespaces: AtomicUsize::new(0) }))
    }

    /// The server, if it is one of ours.
    #[must_use]
    pub fn own(&self) -> Option<&ApiServer> {
        match &self.kind {
            Kind::Own(server) => Some(server),
            Kind::Existing(_) => None,
        }
    }

    /// What the server has been asked, if it is one of ours.
    #[must_use]
    pub fn audit_log(&self) -> Option<AuditLog> {
        self.own().map(ApiServer::audit_log)
    }

    /// A client that may do everything; not for what is under test ([`ApiServer::admin`]).
    ///
    /// # Errors
    ///
    /// Where no client can be made.
    pub async fn admin(&self) -> Result<Client, StartError> {
        let config = match &self.kind {
            Kind::Own(server) => server.admin().await?,
            Kind::Existing(config) => Config::clone(config),
        };
        Ok(Client::try_from(config)?)
    }

    /// A client that may do what RBAC lets this user or this group do. In a cluster that is not ours the user is impersonated.
    ///
    /// # Errors
    ///
    /// Where no client can be made.
    pub async fn user(&self, name: &str, group: Option<&str>) -> Result<Client, StartError> {
        let config = match &self.kind {
            Kind::Own(server) => server.user(name, group).await?,
            Kind::Existing(config) => {
                let mut config = Config::clone(config);
                config.auth_info.impersonate = Some(name.to_owned());
                config.auth_info.impersonate_groups = group.map(|group| vec![group.to_owned()]);
                config
            }
        };
        Ok(Client::try_from(config)?)
    }

    /// A new namespace, for one test. It begins with the given name.
    ///
    /// # Errors
    ///
    /// What the server says.
    pub async fn namespace(&self, name: &str) -> Result<String, StartError> {
        let number = self.namespaces.fetch_add(1, Ordering::Relaxed);
        let name = format!("{name}-{:x}-{number}", self.run);
        self.named_namespace(&name).await?;
        Ok(name)
    }

    /// The namespace of a name, which is made unless it is there.
    ///
    /// # Errors
    ///
    /// What the server says.
    pub async fn named_namespace(&self, name: &str) -> Result<(), StartError> {
        let labels = BTreeMap::from([(LABEL.to_owned(), "true".to_owned())]);
        let metadata =
            ObjectMeta { name: Some(name.to_owned()), labels: Some(labels), ..ObjectMeta::default() };
        let namespace = Namespace { metadata, ..Namespace::default() };
        let namespaces: Api<Namespace> = Api::all(self.admin().await?);
        match namespaces.create(&PostParams::default(), &namespace).await {
            Err(kube::Error::Api(status)) if status.is_already_exists() => Ok(()),
            made => Ok(made.map(drop)?),
        }
    }
}
