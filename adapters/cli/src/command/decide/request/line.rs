//! Requests as lines of JSON, whose form is stable (DESIGN, section 7).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use smi_translate::Options;

use super::access::{self, Caller, Ends, Labels};
use super::{Protocol, Question, http, routing};
use crate::arguments::names;

/// A line of requests.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Line {
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    to_labels: Option<Labels>,
    #[serde(default)]
    from_labels: Option<Labels>,
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
pub(crate) fn parse(line: &[u8], options: &Options) -> Result<Question, String> {
    if line.trim_ascii().is_empty() {
        return Err("the line is empty; every line is one request".to_owned());
    }
    let Line { host, to, from, to_labels, from_labels, protocol, port, method, path, headers } =
        serde_json::from_slice(line).map_err(|error| without_line(&error.to_string()))?;
    let mut lines = Vec::new();
    for (name, value) in headers.into_iter().flatten() {
        match value {
            Lines::One(value) => lines.push((name, value)),
            Lines::Several(values) => lines.extend(values.into_iter().map(|value| (name.clone(), value))),
        }
    }
    let (protocol, port) = (read_protocol(protocol.as_ref())?, read_port(port.as_ref())?);
    let traffic = protocol.traffic(http(method, path, lines));
    match (host, to) {
        (Some(_), Some(_)) => Err("a request has either \"host\" or \"to\"".to_owned()),
        (None, None) => {
            Err("a request has a \"host\": \"namespace/service\", or a \"to\": \"namespace/serviceaccount\""
                .to_owned())
        }
        (Some(_), None) if to_labels.is_some() || from_labels.is_some() => {
            Err("labels are about access: they stand beside \"to\", not beside \"host\"".to_owned())
        }
        // Where a request goes does not depend on who sends it.
        (Some(host), None) => {
            routing::question(&host, &options.cluster_domain, port, traffic).map(Question::Routing)
        }
        (None, Some(to)) => {
            let to = names::account(&to).map_err(|message| format!("to: {message}"))?;
            let from = from.map(|from| Caller::parse(&from)).transpose();
            let from = from.map_err(|message| format!("from: {message}"))?;
            let Some(port) = port else {
                return Err(
                    "a request with \"to\" has a \"port\": the one the workload listens on".to_owned()
                );
            };
            let ends = Ends { from, from_labels, to, to_labels };
            access::question(ends, &options.trust_domain, port, traffic).map(Question::Access)
        }
    }
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

/// The message without the position: the line is always the first.
fn without_line(message: &str) -> String {
    format!("this is no request: {}", message.replace(" at line 1 column ", " at column "))
}

#[cfg(test)]
mod tests {
    use smi_translate::Traffic;

    use super::*;

    fn parsed(line: &str) -> Result<Question, String> {
        parse(line.as_bytes(), &Options::default())
    }

    #[test]
    fn lines_are_read() {
        let line = r#"{"from":null,"host":"shop/web","protocol":"http","port":80,"method":"GET","path":"/a","headers":{"x":["1","2"]}}"#;
        let Ok(Question::Routing(question)) = parsed(line) else { panic!("routing") };
        assert_eq!(question.request.port, Some(80));
        let Traffic::Http(http) = question.request.traffic else { panic!("HTTP") };
        assert_eq!(http.headers, [("x".to_owned(), "1".to_owned()), ("x".to_owned(), "2".to_owned())]);
    }

    #[test]
    fn lines_about_access_are_read() {
        let line =
            r#"{"from":"shop/web","to":"shop/api","protocol":"tcp","port":8080,"toLabels":{"app":"api"}}"#;
        let Ok(Question::Access(question)) = parsed(line) else { panic!("access") };
        assert_eq!((question.to.to_string().as_str(), question.request.port), ("shop/api", 8080));
        assert_eq!(question.request.traffic, Traffic::Tcp);
        assert_eq!(question.request.destination, Some(Labels::from([("app".to_owned(), "api".to_owned())])));
        assert_eq!(question.request.source.unwrap().labels, None);
        for line in [r#"{"to":"shop/api","port":1}"#, r#"{"from":null,"to":"shop/api","port":1}"#] {
            let Ok(Question::Access(question)) = parsed(line) else { panic!("access") };
            assert_eq!(question.request.source, None);
        }
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        for (line, message) in [
            ("", "the line is empty; every line is one request"),
            (
                "{}",
                "a request has a \"host\": \"namespace/service\", or a \"to\": \"namespace/serviceaccount\"",
            ),
            (r#"{"to":"a/b"}"#, "a request with \"to\" has a \"port\": the one the workload listens on"),
            (r#"{"to":"b","port":1}"#, "to: \"b\" is no service account; write NAMESPACE/NAME"),
            (
                r#"{"to":"a/b","from":"c","port":1}"#,
                "from: \"c\" is no caller; write NAMESPACE/NAME of a service account, or spiffe",
            ),
            (
                r#"{"to":"a/b","from":"spiffe://A/c","port":1}"#,
                "from: \"spiffe://A/c\" is no SPIFFE ID: a trust domain has",
            ),
            (
                r#"{"to":"a/b","fromLabels":{"a":"b"},"port":1}"#,
                "labels of the caller say nothing without its identity",
            ),
            (
                r#"{"host":"a/b","toLabels":{}}"#,
                "labels are about access: they stand beside \"to\", not beside \"host\"",
            ),
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
            let error = parsed(line).unwrap_err();
            assert!(error.starts_with(message), "{line}: {error}");
        }
    }
}
