//! Questions: where a request goes, or whether it is allowed. As options here, as lines of JSON in [`line`](mod@line).

mod access;
mod line;
mod routing;

use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use smi_translate::{Account, HttpRequest, Options, Traffic};

use crate::arguments::names;
use crate::exit::Failure;
use access::Ends;

pub(super) use access::{AccessQuestion, Caller};
pub(super) use line::parse;
pub(super) use routing::{RoutingQuestion, check, fill_port};

/// What is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Requests")]
#[command(group(ArgGroup::new("asked").required(true).args(["requests", "host", "to"])))]
pub(super) struct RequestArgs {
    /// Requests, one JSON object a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) requests: Option<PathBuf>,

    /// Ask where a request to this Service goes; also as its DNS name
    #[arg(long, value_name = "NS/SERVICE")]
    host: Option<String>,

    /// Ask whether a request to the workloads of this service account is allowed
    #[arg(long, value_name = "NS/ACCOUNT", value_parser = names::account)]
    to: Option<Account>,

    /// Service account or SPIFFE ID of the caller [default: a caller that the mesh did not authenticate]
    #[arg(long, value_name = "NS/ACCOUNT", conflicts_with_all = ["requests", "host"], value_parser = Caller::parse)]
    from: Option<Caller>,

    /// Port of the Service, or with --to the port the workload listens on [default: the only port of the Service]
    #[arg(long, conflicts_with = "requests", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,

    /// Protocol of the request
    #[arg(long, conflicts_with = "requests", value_enum, default_value_t)]
    protocol: Protocol,

    /// HTTP method [default: GET]
    #[arg(long, conflicts_with = "requests")]
    method: Option<String>,

    /// HTTP path [default: /]
    #[arg(long, conflicts_with = "requests")]
    path: Option<String>,

    /// HTTP header (repeatable; default: none)
    #[arg(long, conflicts_with = "requests", value_name = "NAME=VALUE", value_parser = header)]
    header: Vec<(String, String)>,

    /// Label of the pod that calls (repeatable; default: not known, so that only what every pod of the account may do is allowed)
    #[arg(long, requires = "from", conflicts_with_all = ["requests", "host"], value_name = "KEY=VALUE", value_parser = names::label)]
    from_label: Vec<(String, String)>,

    /// Label of the pod that is called (repeatable; default: not known, so that only what every pod of the account allows is allowed)
    #[arg(long, conflicts_with_all = ["requests", "host"], value_name = "KEY=VALUE", value_parser = names::label)]
    to_label: Vec<(String, String)>,
}

/// Protocol of a request, as the mesh sees it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Protocol {
    /// HTTP
    #[default]
    Http,
    /// TCP that the mesh does not see as HTTP
    Tcp,
    /// UDP, which is never split
    Udp,
}

impl Protocol {
    /// What is sent; `http` is what it is over HTTP.
    fn traffic(self, http: HttpRequest) -> Traffic {
        match self {
            Protocol::Http => Traffic::Http(http),
            Protocol::Tcp => Traffic::Tcp,
            Protocol::Udp => Traffic::Udp,
        }
    }
}

/// What can be asked.
#[derive(Debug)]
pub(super) enum Question {
    /// Where a request goes.
    Routing(RoutingQuestion),
    /// Whether a request is allowed.
    Access(AccessQuestion),
}

impl RequestArgs {
    /// Whether the options make sense together.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let http = [
            ("--method", self.method.is_some()),
            ("--path", self.path.is_some()),
            ("--header", !self.header.is_empty()),
        ];
        match http.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) if self.protocol != Protocol::Http => {
                Err(Failure::new(format!("{option} is about HTTP, but the protocol is another"))
                    .help(format!("remove {option}, or write --protocol http")))
            }
            _ if self.to.is_some() && self.port.is_none() => Err(Failure::new(
                "--to needs --port: what is allowed depends on the port the workload listens on",
            )
            .help("add --port with the port of the container, which may differ from that of its Service")),
            _ => Ok(()),
        }
    }

    /// The request the options make.
    pub(super) fn question(&self, options: &Options) -> Result<Question, String> {
        let RequestArgs {
            requests: _,
            host,
            to,
            from,
            port,
            protocol,
            method,
            path,
            header,
            from_label,
            to_label,
        } = self;
        let traffic = protocol.traffic(http(method.clone(), path.clone(), header.clone()));
        let labels =
            |pairs: &[(String, String)]| (!pairs.is_empty()).then(|| pairs.iter().cloned().collect());
        match (to, port) {
            (Some(to), Some(port)) => {
                let ends = Ends {
                    from: from.clone(),
                    from_labels: labels(from_label),
                    to: to.clone(),
                    to_labels: labels(to_label),
                };
                access::question(ends, &options.trust_domain, *port, traffic).map(Question::Access)
            }
            _ => {
                let host = host.as_deref().unwrap_or_default();
                routing::question(host, &options.cluster_domain, *port, traffic).map(Question::Routing)
            }
        }
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a header is written NAME=VALUE".to_owned()),
    }
}

/// A request with what was not said filled in.
fn http(method: Option<String>, path: Option<String>, headers: Vec<(String, String)>) -> HttpRequest {
    HttpRequest {
        method: method.unwrap_or_else(|| "GET".to_owned()),
        path: path.unwrap_or_else(|| "/".to_owned()),
        headers,
    }
}
