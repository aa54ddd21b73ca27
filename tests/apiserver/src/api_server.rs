//! One API server with its etcd: starting, killing and starting again, and the users that may come.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use http::Request;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tokio::sync::Mutex;

use crate::folder::Folder;
use crate::kubeconfig::kubeconfig;
use crate::pki::{Authority, IdentityFiles, service_account_key};
use crate::ports::free_ports;
use crate::process::Process;
use crate::{Assets, AuditLog, StartError, controllers, etcd};

/// How often a start is tried where somebody else is faster to take a port.
const ATTEMPTS: usize = 5;
/// A start takes two seconds; a machine with other work takes longer.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(50);

const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
";

/// How a server is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Further arguments of kube-apiserver.
    pub arguments: Vec<String>,
}

/// A kube-apiserver and its etcd, which end when this is dropped.
pub struct ApiServer {
    // Dropped from top to bottom: the folder goes when nobody writes into it any more.
    controllers: Mutex<Option<Process>>,
    server: Process,
    etcd: Process,
    assets: Assets,
    arguments: Vec<String>,
    url: String,
    etcd_port: u16,
    serving: PathBuf,
    clients: Authority,
    users: AtomicUsize,
    admin: PathBuf,
    folder: Folder,
}

impl ApiServer {
    /// Starts a server and waits until it is ready.
    ///
    /// # Errors
    ///
    /// What could not be had, or the end of the log of what did not come up.
    pub async fn start(assets: &Assets, options: &Options) -> Result<ApiServer, StartError> {
        let mut attempts = 1..ATTEMPTS;
        loop {
            match ApiServer::start_once(assets, options).await {
                Err(error) if error.is_lost_port() && attempts.next().is_some() => {}
                result => return result,
            }
        }
    }

    async fn start_once(assets: &Assets, options: &Options) -> Result<ApiServer, StartError> {
        let folder = Folder::new()?;
        let [port, etcd_port, peers] = free_ports()?;
        let url = format!("https://127.0.0.1:{port}");
        let serving = Authority::new("serving")?;
        let served = serving.server("kube-apiserver")?.written("serving", &folder)?;
        let serving = folder.write("serving-ca.crt", &serving.certificate)?;
        let clients = Authority::new("clients")?;
        let client_ca = folder.write("client-ca.crt", &clients.certificate)?;
        let mut arguments = arguments(port, etcd_port, &folder)?;
        arguments.extend(identified("tls-cert-file", "tls-private-key-file", &served));
        arguments.push(format!("--client-ca-file={}", client_ca.display()));
        arguments.extend(options.arguments.iter().cloned());

        let admin = clients.client("admin", Some("system:masters"))?.written("admin", &folder)?;
        let admin = folder.write("admin.kubeconfig", &kubeconfig(&url, &serving, &admin))?;
        let etcd = etcd::start(&assets.etcd, [etcd_port, peers], folder.path())?;
        let server = Process::start("kube-apiserver", &assets.api_server, &arguments, folder.path())?;
        let mut started = ApiServer {
            controllers: Mutex::new(None),
            server,
            etcd,
            assets: assets.clone(),
            arguments,
            url,
            etcd_port,
            serving,
            clients,
            users: AtomicUsize::new(0),
            admin,
            folder,
        };
        started.ready().await?;
        Ok(started)
    }

    /// Waits until all that runs at the start of the server has run.
    async fn ready(&mut self) -> Result<(), StartError> {
        let client = Client::try_from(self.admin().await?)?;
        let begin = Instant::now();
        loop {
            let request = Request::get("/readyz").body(Vec::new()).expect("a path is a request");
            let Err(last) = client.request_text(request).await else { return Ok(()) };
            self.etcd.still_runs()?;
            self.server.still_runs()?;
            if begin.elapsed() > PATIENCE {
                let (last, log) = (last.to_string(), self.server.log_tail());
                return Err(StartError::NotReady { name: "kube-apiserver", waited: PATIENCE, last, log });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// `kill -9`. What etcd holds stays.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts the server again where it was, killing it first if it still runs, and waits until it is ready.
    ///
    /// # Errors
    ///
    /// The end of its log, where it does not come up.
    pub async fn restart(&mut self) -> Result<(), StartError> {
        let begin = Instant::now();
        loop {
            self.server.kill();
            self.server = Process::start(
                "kube-apiserver",
                &self.assets.api_server,
                &self.arguments,
                self.folder.path(),
            )?;
            match self.ready().await {
                // Somebody's outgoing connection has the port, which clients know: it will be free again.
                Err(error) if error.is_lost_port() && begin.elapsed() < PATIENCE => {
                    tokio::time::sleep(PAUSE).await;
                }
                result => return result,
            }
        }
    }

    /// Has kube-controller-manager running: it collects garbage, finishes the deletion of namespaces, and makes Pods of Deployments.
    ///
    /// # Errors
    ///
    /// Where it cannot be run.
    pub async fn start_controllers(&self) -> Result<(), StartError> {
        let mut controllers = self.controllers.lock().await;
        if controllers.is_none() {
            let program = self.assets.controller_manager.as_ref().ok_or_else(|| {
                let source = std::io::Error::from(std::io::ErrorKind::NotFound);
                StartError::Run { program: "kube-controller-manager".into(), source }
            })?;
            *controllers = Some(controllers::start(program, &self.admin, self.folder.path())?);
        }
        Ok(())
    }

    /// Makes etcd forget all revisions but the last. The server has a cache: only after a [restart](ApiServer::restart) a watch from
    /// an older revision is told that it is gone (410).
    ///
    /// # Errors
    ///
    /// What etcd answers.
    pub async fn forget_history(&self) -> Result<(), kube::Error> {
        etcd::compact(self.etcd_port).await
    }

    /// How to reach the server as a user who may do everything. The API server exempts it from more than RBAC (system:masters), so
    /// nothing that is under test may come as this user.
    ///
    /// # Errors
    ///
    /// Where its kubeconfig cannot be read.
    pub async fn admin(&self) -> Result<Config, StartError> {
        config(&self.admin).await
    }

    /// How to reach the server as a user with a certificate, who may do what RBAC lets this user or this group do.
    ///
    /// # Errors
    ///
    /// Where no certificate can be made.
    pub async fn user(&self, name: &str, group: Option<&str>) -> Result<Config, StartError> {
        config(&self.user_kubeconfig(name, group)?).await
    }

    /// The same as a file, for programs.
    ///
    /// # Errors
    ///
    /// Where no certificate can be made.
    pub fn user_kubeconfig(&self, name: &str, group: Option<&str>) -> Result<PathBuf, StartError> {
        let file = format!("user-{}", self.users.fetch_add(1, Ordering::Relaxed));
        let identity = self.clients.client(name, group)?.written(&file, &self.folder)?;
        let text = kubeconfig(&self.url, &self.serving, &identity);
        self.folder.write(&format!("{file}.kubeconfig"), &text)
    }

    /// What the server has been asked.
    #[must_use]
    pub fn audit_log(&self) -> AuditLog {
        AuditLog::new(self.folder.path().join("audit.log"))
    }

    /// The folder of everything that belongs to the server, logs included.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }
}

async fn config(kubeconfig: &std::path::Path) -> Result<Config, StartError> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    // Tests count requests and want to see refusals.
    config.default_retry = false;
    Ok(config)
}

fn arguments(port: u16, etcd_port: u16, folder: &Folder) -> Result<Vec<String>, StartError> {
    let proxies = Authority::new("front-proxies")?;
    let proxy = proxies.client("front-proxy-client", None)?.written("front-proxy", folder)?;
    let proxies = folder.write("front-proxy-ca.crt", &proxies.certificate)?;
    let [checked_with, signed_with] = service_account_key(folder)?;
    let policy = folder.write("audit-policy.yaml", AUDIT_POLICY)?;
    let mut arguments = vec![
        format!("--etcd-servers={}", etcd::url(etcd_port)),
        "--bind-address=127.0.0.1".to_owned(),
        format!("--secure-port={port}"),
        "--external-hostname=127.0.0.1".to_owned(),
        // There is no endpoint to reconcile: nothing may call itself 127.0.0.1.
        "--endpoint-reconciler-type=none".to_owned(),
        "--service-cluster-ip-range=10.0.0.0/24".to_owned(),
        "--allow-privileged=true".to_owned(),
        "--authorization-mode=RBAC".to_owned(),
        // Nobody makes the service accounts that Pods would need.
        "--disable-admission-plugins=ServiceAccount".to_owned(),
        format!("--service-account-issuer=https://127.0.0.1:{port}/"),
        format!("--service-account-key-file={}", checked_with.display()),
        format!("--service-account-signing-key-file={}", signed_with.display()),
        format!("--requestheader-client-ca-file={}", proxies.display()),
        "--requestheader-allowed-names=front-proxy-client".to_owned(),
        "--requestheader-username-headers=X-Remote-User".to_owned(),
        "--requestheader-group-headers=X-Remote-Group".to_owned(),
        "--requestheader-extra-headers-prefix=X-Remote-Extra-".to_owned(),
        format!("--audit-policy-file={}", policy.display()),
        format!("--audit-log-path={}", folder.path().join("audit.log").display()),
        // In megabytes: it is never cut off while somebody counts.
        "--audit-log-maxsize=100000".to_owned(),
    ];
    arguments.extend(identified("proxy-client-cert-file", "proxy-client-key-file", &proxy));
    Ok(arguments)
}

/// The two arguments that name an identity.
fn identified(certificate: &str, key: &str, identity: &IdentityFiles) -> [String; 2] {
    let certificate = format!("--{certificate}={}", identity.certificate.display());
    [certificate, format!("--{key}={}", identity.key.display())]
}
