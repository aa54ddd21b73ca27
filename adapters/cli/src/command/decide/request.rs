//! Requests: as lines of JSON, whose form is stable (DESIGN, section 7), and as options.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{ArgGroup, Args, ValueEnum};
use serde::Deserialize;
use smi_translate::intent::Ports;
use smi_translate::{HttpRequest, Intent, Inventory, Request, Traffic, UnitKey, resolve};

use crate::exit::Failure;

/// What is asked.
#[derive(Debug, Args)]
#[command(next_help_heading = "Requests")]
#[command(group(ArgGroup::new("asked").required(true).args(["requests", "host"])))]
pub(super) struct RequestArgs {
    /// Requests, one JSON object a line; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(super) requests: Option<PathBuf>,

    /// The Service a single request goes to
    #[arg(long, value_name = "NS/SERVICE")]
    host: Option<String>,

    /// Port of that Service [default: its only port]
    #[arg(long, requires = "host", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,

    /// Protocol of the request
    #[arg(long, requires = "host", value_enum, default_value_t)]
    protocol: Protocol,

    /// HTTP method
    #[arg(long, requires = "host", default_value = "GET")]
    method: String,

    /// HTTP path
    #[arg(long, requires = "host", default_value = "/")]
    path: String,

    /// HTTP header (repeatable; default: none)
    #[arg(long, requires = "host", value_name = "NAME=VALUE", value_parser = header)]
    header: Vec<(String, String)>,
}

/// Protocol of a request, as the mesh sees it at the client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
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
    /// The request the options make.
    pub(super) fn question(&self, namespace: &str) -> Result<Question, String> {
        let RequestArgs { requests: _, host, port, protocol, method, path, header } = self;
        let http = HttpRequest { method: method.clone(), path: path.clone(), headers: header.clone() };
        question(host.as_deref().unwrap_or_default(), namespace, *port, *protocol, http)
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
    protocol: Protocol,
    #[serde(default)]
    port: Option<u16>,
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
pub(super) fn parse(line: &[u8], namespace: &str) -> Result<Question, String> {
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
    let http = HttpRequest {
        method: method.unwrap_or_else(|| "GET".to_owned()),
        path: path.unwrap_or_else(|| "/".to_owned()),
        headers: lines,
    };
    question(&host, namespace, port, protocol, http)
}

/// The message without the position: the line is always the first.
fn without_line(message: &str) -> String {
    format!("this is no request: {}", message.replace(" at line 1 column ", " at column "))
}

fn question(
    host: &str,
    namespace: &str,
    port: Option<u16>,
    protocol: Protocol,
    http: HttpRequest,
) -> Result<Question, String> {
    let (namespace, root) = host.split_once('/').unwrap_or((namespace, host));
    if namespace.is_empty() || root.is_empty() || root.contains('/') {
        return Err(format!("the host {host:?} is not of the form namespace/service"));
    }
    let traffic = match protocol {
        Protocol::Http => Traffic::Http(http),
        Protocol::Tcp => Traffic::Tcp,
        Protocol::Udp => Traffic::Udp,
    };
    Ok(Question {
        host: format!("{namespace}/{root}"),
        root: UnitKey::Routing { namespace: namespace.to_owned(), root: root.to_owned() },
        request: Request { port, traffic },
    })
}

/// The only port of the root where none was named; several, and the question makes no sense without one.
pub(super) fn fill_port(question: &mut Question, inventory: &Inventory) -> Result<(), Failure> {
    let Intent::Routing(routing) = resolve(inventory, &question.root).intent;
    let (None, Ports::Known(ports)) = (question.request.port, &routing.ports) else { return Ok(()) };
    let numbers: Vec<String> = ports.iter().map(|port| port.port.to_string()).collect();
    match ports.as_slice() {
        [only] => question.request.port = Some(only.port),
        _ => {
            return Err(Failure::new(format!("{} has several ports", question.host))
                .help(format!("name one with --port: {}", numbers.join(", "))));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let line = br#"{"from":null,"host":"shop/web","protocol":"http","port":80,"method":"GET","path":"/a","headers":{"x":["1","2"]}}"#;
        let question = parse(line, "default").unwrap();
        assert_eq!(question.request.port, Some(80));
        let Traffic::Http(http) = question.request.traffic else { panic!("HTTP") };
        assert_eq!(http.headers, [("x".to_owned(), "1".to_owned()), ("x".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        for (line, message) in [
            ("", "the line is empty; every line is one request"),
            ("{}", "a request has a \"host\": \"namespace/service\""),
            (r#"{"host":"a/b/c"}"#, "the host \"a/b/c\" is not of the form namespace/service"),
            (r#"{"host":"a/b","to":"a/c"}"#, "a request has either \"host\" or \"to\""),
            (
                r#"{"host":"a/b","prot":80}"#,
                "this is no request: unknown field `prot`, expected one of `host`, `to`, `from`",
            ),
            (
                r#"{"host":"a/b","headers":{"x":1}}"#,
                "this is no request: a header's value is a string or a list of strings",
            ),
            (
                r#"{"host":"a/b","port":70000}"#,
                "this is no request: invalid value: integer `70000`, expected u16",
            ),
        ] {
            let error = parse(line.as_bytes(), "default").unwrap_err();
            assert!(error.starts_with(message), "{line}: {error}");
        }
    }
}
