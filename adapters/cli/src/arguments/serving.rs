//! Which versions definitions serve, and who converts between them.

use std::path::{Path, PathBuf};

use clap::Args;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use smi_types::crd::{CONVERSION_PATH, Endpoint, Serving, Webhook};

use super::names;
use crate::exit::Failure;
use crate::{input, terminal};

/// Which versions are served.
#[derive(Debug, Args)]
pub(crate) struct ServingArgs {
    /// Serve and store one version of every kind, v1alpha4; nothing is converted [default without --conversion-webhook]
    #[arg(long, conflicts_with = "conversion_webhook")]
    one_version: bool,

    /// Serve every version, and let this webhook convert: NAMESPACE/SERVICE, NAMESPACE/SERVICE:PORT/PATH (without them :443 and /convert), or a URL
    /// that begins with https://
    #[arg(long, value_name = "ENDPOINT", value_parser = endpoint)]
    conversion_webhook: Option<Endpoint>,

    /// Certificates in PEM by which API servers know the webhook [default: those that their machines trust]
    #[arg(long, value_name = "FILE", requires = "conversion_webhook")]
    ca_bundle: Option<PathBuf>,

    /// Serve TCPRoute v1alpha1 to v1alpha3 too: they have no ports, so whoever reads them takes every route for all ports
    #[arg(long, requires = "conversion_webhook")]
    old_tcp_routes: bool,
}

/// No bundle of certificates is as long; six definitions hold one each, and none may be larger than 1.5 MB.
const LONGEST_BUNDLE: usize = 256 << 10;

impl ServingArgs {
    /// What is asked for, or one version where nothing is.
    pub(crate) fn serving(&self) -> Result<Serving, Failure> {
        let Some(endpoint) = &self.conversion_webhook else { return Ok(Serving::OneVersion) };
        let ca_bundle = self.ca_bundle.as_deref().map(certificates).transpose()?;
        let webhook = Webhook { endpoint: endpoint.clone(), ca_bundle };
        Ok(Serving::EveryVersion { webhook, old_tcp_routes: self.old_tcp_routes })
    }

    /// Whether the user chose.
    pub(crate) fn is_chosen(&self) -> bool {
        self.one_version || self.conversion_webhook.is_some()
    }
}

fn certificates(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = input::read_one(path)?.bytes;
    let shown = terminal::path(path);
    let has = |mark: &str| bytes.windows(mark.len()).any(|window| window == mark.as_bytes());
    if has("PRIVATE KEY-----") {
        return Err(Failure::new(format!(
            "{shown} holds a private key, which must not get into a definition"
        ))
        .help("name a file that holds nothing but certificates"));
    }
    if !has("-----BEGIN CERTIFICATE-----") {
        return Err(Failure::new(format!("{shown} holds no certificate in PEM"))
            .help("it begins with -----BEGIN CERTIFICATE-----"));
    }
    // An API server refuses a definition whose bundle it cannot read.
    if CertificateDer::pem_slice_iter(&bytes).any(|certificate| certificate.is_err()) {
        return Err(Failure::new(format!("{shown} holds a certificate that is cut off or not in base64"))
            .help("copy the whole file, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----"));
    }
    if bytes.len() > LONGEST_BUNDLE {
        return Err(Failure::new(format!("{shown} is too large for a definition: {} bytes", bytes.len()))
            .help("name the certificate that signed the one of the webhook"));
    }
    Ok(bytes)
}

/// The address of a webhook, as API servers take it.
fn endpoint(text: &str) -> Result<Endpoint, String> {
    if let Some(rest) = text.strip_prefix("https://") {
        let host = rest.split(['/', ':']).next().unwrap_or_default();
        let is_plain =
            !rest.contains(['@', '?', '#']) && !rest.contains(|c: char| c.is_whitespace() || c.is_control());
        return match !host.is_empty() && is_plain {
            true => Ok(Endpoint::Url(text.to_owned())),
            false => {
                Err("a URL is written https://HOST:PORT/PATH, without user, query and fragment".to_owned())
            }
        };
    }
    if text.contains("://") {
        return Err("the URL of a webhook begins with https://".to_owned());
    }
    service(text).ok_or_else(|| {
        "a webhook is written NAMESPACE/SERVICE, NAMESPACE/SERVICE:PORT/PATH, or as a URL that begins with https://".to_owned()
    })
}

fn service(text: &str) -> Option<Endpoint> {
    let (namespace, rest) = text.split_once('/')?;
    let (address, path) = match rest.split_once('/') {
        Some((address, path)) => (address, format!("/{path}")),
        None => (rest, CONVERSION_PATH.to_owned()),
    };
    let (name, port) = match address.split_once(':') {
        Some((name, port)) => (name, port.parse().ok().filter(|port| *port > 0)?),
        None => (address, 443),
    };
    // API servers ask for names between the slashes.
    let is_path = path == "/" || path.split('/').skip(1).all(|step| names::object(step).is_ok());
    let namespace = names::namespace(namespace).ok()?;
    // A Service's name is a label, as that of a namespace is.
    let name = names::namespace(name).ok()?;
    is_path.then_some(Endpoint::Service { namespace, name, port, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(namespace: &str, name: &str, port: u16, path: &str) -> Endpoint {
        let [namespace, name, path] = [namespace, name, path].map(str::to_owned);
        Endpoint::Service { namespace, name, port, path }
    }

    #[test]
    fn endpoints() {
        assert_eq!(endpoint("smi/webhook"), Ok(of("smi", "webhook", 443, "/convert")));
        assert_eq!(endpoint("smi/webhook:8443"), Ok(of("smi", "webhook", 8443, "/convert")));
        assert_eq!(endpoint("smi/webhook/crd/convert"), Ok(of("smi", "webhook", 443, "/crd/convert")));
        assert_eq!(endpoint("smi/webhook:1/"), Ok(of("smi", "webhook", 1, "/")));
        let url = "https://127.0.0.1:8443/convert";
        assert_eq!(endpoint(url), Ok(Endpoint::Url(url.to_owned())));
        for text in [
            "",
            "webhook",
            "/webhook",
            "smi/",
            "Smi/webhook",
            "smi/web_hook",
            "smi/webhook:0",
            "smi/webhook:65536",
            "smi/webhook:",
            "smi/webhook//",
            "smi/webhook/a b",
            "http://smi",
            "https://",
            "https:///convert",
            "https://a@b",
            "https://a?b",
            "https://a#b",
            "https://a b",
            "ftp://a",
        ] {
            assert!(endpoint(text).is_err(), "{text:?}");
        }
    }
}
