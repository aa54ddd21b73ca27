//! Requests: as lines of JSON, whose form is stable (DESIGN, section 7), and as options.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use serde::Deserialize;
use serde_json::Value;
use smi_translate::intent::{Ports, Root};
use smi_translate::{HttpRequest, Intent, MissingServices, Options, Request, Traffic, UnitKey};
use smi_types::service_name::{self, ServiceName, ServiceNameError};

use crate::exit::Failure;

/// What is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Requests")]
#[command(group(ArgGroup::new("asked").required(true).args(["requests", "host"])))]
pub(super) struct RequestArgs {
    /// Requests, one JSON object a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) requests: Option<PathBuf>,

    /// The Service a single request goes to; also as its DNS name
    #[arg(long, value_name = "NS/SERVICE")]
    host: Option<String>,

    /// Port of that Service [default: its only port]
    #[arg(long, requires = "host", conflicts_with = "requests", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,

    /// Protocol of the request
    #[arg(long, requires = "host", conflicts_with = "requests", value_enum, default_value_t)]
    protocol: Protocol,

    /// HTTP method [default: GET]
    #[arg(long, requires = "host", conflicts_with = "requests")]
    method: Option<String>,

    /// HTTP path [default: /]
    #[arg(long, requires = "host", conflicts_with = "requests")]
    path: Option<String>,

    /// HTTP header (repeatable; default: none)
    #[arg(long, requires = "host", conflicts_with = "requests", value_name = "NAME=VALUE", value_parser = header)]
    header: Vec<(String, String)>,
}

/// Protocol of a request, as the mesh sees it at the client.
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

/// A request, and the root it goes to.
#[derive(Debug)]
pub(super) struct Question {
    /// The root, as it was named.
    pub(super) host: String,
    /// The unit that answers.
    pub(super) root: UnitKey,
    /// The request.
    pub(super) request: Request,
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
            _ => Ok(()),
        }
    }

    /// The request the options make.
    pub(super) fn question(&self, cluster_domain: &str) -> Result<Question, String> {
        let RequestArgs { requests: _, host, port, protocol, method, path, header } = self;
        let http = http(method.clone(), path.clone(), header.clone());
        question(host.as_deref().unwrap_or_default(), cluster_domain, *port, *protocol, http)
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("a header is written NAME=VALUE".to_owned()),
    }
}

/// A line of requests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    to: Option<String>,
    #[serde(default, rename = "from")]
    _from: Option<String>,
    #[serde(default)]
    protocol: Option<Value>,
    #[serde(default)]
    port: Option<Value>,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    headers: Option<BTreeMap<String, Lines>>,
}

/// One line of a header, or several.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a header's value is a string or a list of strings")]
enum Lines {
    One(String),
    Several(Vec<String>),
}

/// Reads one line; the message says what is wrong with it.
pub(super) fn parse(line: &[u8], cluster_domain: &str) -> Result<Question, String> {
    if line.trim_ascii().is_empty() {
        return Err("the line is empty; every line is one request".to_owned());
    }
    let Line { host, to, _from: _, protocol, port, method, path, headers } =
        serde_json::from_slice(line).map_err(|error| without_line(&error.to_string()))?;
    let host = match (host, to) {
        (Some(host), None) => host,
        (None, Some(_)) => {
            return Err("a request with \"to\" asks who may call whom, which this version cannot answer; ask with \"host\" where it \
                        goes"
                .to_owned());
        }
        (Some(_), Some(_)) => return Err("a request has either \"host\" or \"to\"".to_owned()),
        (None, None) => return Err("a request has a \"host\": \"namespace/service\"".to_owned()),
    };
    let mut lines = Vec::new();
    for (name, value) in headers.into_iter().flatten() {
        match value {
            Lines::One(value) => lines.push((name, value)),
            Lines::Several(values) => lines.extend(values.into_iter().map(|value| (name.clone(), value))),
        }
    }
    let (protocol, port) = (read_protocol(protocol.as_ref())?, read_port(port.as_ref())?);
    question(&host, cluster_domain, port, protocol, http(method, path, lines))
}

fn read_protocol(value: Option<&Value>) -> Result<Protocol, String> {
    match value.map(Value::as_str) {
        None | Some(Some("http")) => Ok(Protocol::Http),
        Some(Some("tcp")) => Ok(Protocol::Tcp),
        Some(Some("udp")) => Ok(Protocol::Udp),
        _ => Err("protocol must be http, tcp or udp".to_owned()),
    }
}

fn read_port(value: Option<&Value>) -> Result<Option<u16>, String> {
    let port =
        |value: &Value| value.as_u64().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
    match value {
        None => Ok(None),
        Some(value) => match port(value) {
            Some(port) => Ok(Some(port)),
            None => Err("port must be a number from 1 to 65535".to_owned()),
        },
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

/// The message without the position: the line is always the first.
fn without_line(message: &str) -> String {
    format!("this is no request: {}", message.replace(" at line 1 column ", " at column "))
}

fn question(
    host: &str,
    cluster_domain: &str,
    port: Option<u16>,
    protocol: Protocol,
    http: HttpRequest,
) -> Result<Question, String> {
    let (namespace, root) = root(host, cluster_domain)?;
    let traffic = match protocol {
        Protocol::Http => Traffic::Http(http),
        Protocol::Tcp => Traffic::Tcp,
        Protocol::Udp => Traffic::Udp,
    };
    Ok(Question {
        host: format!("{namespace}/{root}"),
        root: UnitKey::Routing { namespace, root },
        request: Request { port, traffic },
    })
}

/// Namespace and root of a host: `NAMESPACE/SERVICE`, where the Service may be written as splits write it, or the DNS name alone.
fn root(host: &str, cluster_domain: &str) -> Result<(String, String), String> {
    let explain = |error: ServiceNameError| match error.help() {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    };
    let Some((namespace, name)) = host.split_once('/') else {
        // No namespace is empty, so that a plain name is nobody's own.
        return match service_name::parse(host, "", cluster_domain).map_err(explain)? {
            ServiceName::Other { service, namespace } => Ok((namespace, service)),
            ServiceName::Own(_) | ServiceName::Host(_) => {
                Err(format!("the host {host:?} names no namespace; write NAMESPACE/SERVICE"))
            }
        };
    };
    if namespace.is_empty() || name.is_empty() || name.contains('/') {
        return Err(format!("the host {host:?} is not of the form NAMESPACE/SERVICE"));
    }
    match service_name::parse(name, namespace, cluster_domain).map_err(explain)? {
        ServiceName::Own(name) | ServiceName::Host(name) => Ok((namespace.to_owned(), name)),
        ServiceName::Other { namespace: other, .. } => {
            Err(format!("the host {host:?} names the namespaces {namespace} and {other}"))
        }
    }
}

/// The only port of the root where none was named; several, and the question makes no sense without one: the error names them.
pub(super) fn fill_port(question: &mut Question, intent: &Intent) -> Result<(), String> {
    let Intent::Routing(routing) = intent;
    let (None, Ports::Known(ports)) = (question.request.port, &routing.ports) else { return Ok(()) };
    match ports.as_slice() {
        [] => Ok(()),
        [only] => {
            question.request.port = Some(only.port);
            Ok(())
        }
        several => Err(several.iter().map(|port| port.port.to_string()).collect::<Vec<_>>().join(", ")),
    }
}

/// Whether there is such a Service, and such a port: nothing can be sent to one that is not there.
pub(super) fn check(question: &Question, intent: &Intent, options: &Options) -> Result<(), String> {
    let Intent::Routing(routing) = intent;
    let Root::Service(_) = routing.root else { return Ok(()) };
    let host = &question.host;
    match &routing.ports {
        Ports::Assumed if options.missing_services == MissingServices::Exclude => {
            Err(format!("there is no Service {host} in the input, which is the whole cluster"))
        }
        Ports::Assumed => Ok(()),
        Ports::Known(ports) => match question.request.port {
            Some(port) if !ports.iter().any(|known| known.port == port) => {
                Err(format!("the Service {host} has no port {port}"))
            }
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let line = br#"{"from":null,"host":"shop/web","protocol":"http","port":80,"method":"GET","path":"/a","headers":{"x":["1","2"]}}"#;
        let question = parse(line, "cluster.local").unwrap();
        assert_eq!(question.request.port, Some(80));
        let Traffic::Http(http) = question.request.traffic else { panic!("HTTP") };
        assert_eq!(http.headers, [("x".to_owned(), "1".to_owned()), ("x".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn hosts_are_spelled_as_splits_spell_them() {
        for host in ["a/b", "a/b.a", "a/b.a.svc", "a/b.a.svc.cluster.local.", "b.a", "b.a.svc.cluster.local"]
        {
            assert_eq!(root(host, "cluster.local"), Ok(("a".to_owned(), "b".to_owned())), "{host}");
        }
        let outside = ("a".to_owned(), "www.example.com".to_owned());
        assert_eq!(root("a/www.example.com", "cluster.local"), Ok(outside));
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        for (line, message) in [
            ("", "the line is empty; every line is one request"),
            ("{}", "a request has a \"host\": \"namespace/service\""),
            (r#"{"host":"a/b/c"}"#, "the host \"a/b/c\" is not of the form NAMESPACE/SERVICE"),
            (r#"{"host":"a/b","to":"a/c"}"#, "a request has either \"host\" or \"to\""),
            (
                r#"{"host":"a/b","prot":80}"#,
                "this is no request: unknown field `prot`, expected one of `host`, `to`, `from`",
            ),
            (
                r#"{"host":"a/b","headers":{"x":1}}"#,
                "this is no request: a header's value is a string or a list of strings",
            ),
            (r#"{"host":"a/b","port":70000}"#, "port must be a number from 1 to 65535"),
            (r#"{"host":"a/b","port":0}"#, "port must be a number from 1 to 65535"),
            (r#"{"host":"a/b","port":"80"}"#, "port must be a number from 1 to 65535"),
            (r#"{"host":"a/b","protocol":"HTTPS"}"#, "protocol must be http, tcp or udp"),
            (r#"{"host":"b"}"#, "the host \"b\" names no namespace; write NAMESPACE/SERVICE"),
            (r#"{"host":"www.example.com"}"#, "the host \"www.example.com\" names no namespace"),
            (r#"{"host":"a/b.c.svc"}"#, "the host \"a/b.c.svc\" names the namespaces a and c"),
            (r#"{"host":"a/B"}"#, "\"B\" has upper-case letters, which no Kubernetes name has; write \"b\""),
        ] {
            let error = parse(line.as_bytes(), "cluster.local").unwrap_err();
            assert!(error.starts_with(message), "{line}: {error}");
        }
    }
}
