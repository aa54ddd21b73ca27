//! A webhook at loopback, for API servers to call.

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::StartError;
use crate::error::preparing;
use crate::pki::{Authority, Identity};

/// Answers what it is asked; `Err` says why that cannot be answered (status 400).
type Answer = dyn Fn(&Value) -> Result<Value, String> + Send + Sync;

/// A server of one function over HTTPS: JSON in, JSON out, whatever the path. It ends when it is dropped.
pub struct Webhook {
    port: u16,
    ca_bundle: String,
    /// Closed to end it.
    #[expect(dead_code, reason = "it is the drop that the server waits for")]
    running: oneshot::Sender<Infallible>,
}

impl Webhook {
    /// Starts it, in a thread of its own: it outlives the runtime of the test that starts it, if others use it too.
    ///
    /// # Errors
    ///
    /// When it can have no port or no certificate.
    pub fn start(
        answer: impl Fn(&Value) -> Result<Value, String> + Send + Sync + 'static,
    ) -> Result<Webhook, StartError> {
        let authority = Authority::new("webhooks")?;
        let acceptor = acceptor(&authority.server("webhook")?)?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(preparing("a port"))?;
        let port = listener.local_addr().map_err(preparing("a port"))?.port();
        listener.set_nonblocking(true).map_err(preparing("a port"))?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(preparing("a runtime"))?;
        let (running, dropped) = oneshot::channel();
        std::thread::spawn(move || {
            // What is under way ends with the runtime.
            runtime.block_on(async {
                tokio::spawn(serve(listener, acceptor, Arc::new(answer)));
                let _ = dropped.await;
            });
        });
        Ok(Webhook { port, ca_bundle: authority.certificate, running })
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}/", self.port)
    }

    /// The certificate by which it is known, as PEM.
    #[must_use]
    pub fn ca_bundle(&self) -> &str {
        &self.ca_bundle
    }
}

fn acceptor(identity: &Identity) -> Result<TlsAcceptor, StartError> {
    let invalid = |error: rustls::pki_types::pem::Error| io::Error::other(error.to_string());
    let prepare = || preparing("a certificate");
    let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes());
    let certificate = certificate.map_err(invalid).map_err(prepare())?;
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes());
    let key = key.map_err(invalid).map_err(prepare())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|config| config.with_no_client_auth().with_single_cert(vec![certificate], key));
    let config = config.map_err(io::Error::other).map_err(prepare())?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn serve(listener: std::net::TcpListener, acceptor: TlsAcceptor, answer: Arc<Answer>) {
    let listener = TcpListener::from_std(listener).expect("a listener that does not block can be waited for");
    loop {
        // A connection that is gone before it is taken is its client's loss.
        if let Ok((connection, _)) = listener.accept().await {
            tokio::spawn(serve_connection(connection, acceptor.clone(), answer.clone()));
        }
    }
}

async fn serve_connection(connection: TcpStream, acceptor: TlsAcceptor, answer: Arc<Answer>) {
    let Ok(connection) = acceptor.accept(connection).await else { return };
    let service = service_fn(|request| respond(request, &*answer));
    // The client sees a connection that breaks.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(connection), service).await;
}

async fn respond(request: Request<Incoming>, answer: &Answer) -> Result<Response<Full<Bytes>>, hyper::Error> {
    let body = request.into_body().collect().await?.to_bytes();
    let asked = serde_json::from_slice(&body).map_err(|error| error.to_string());
    let (status, body) = match asked.and_then(|asked| answer(&asked)) {
        Ok(answer) => (StatusCode::OK, answer.to_string()),
        Err(reason) => (StatusCode::BAD_REQUEST, reason),
    };
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    Ok(response)
}
