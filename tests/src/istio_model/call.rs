//! What a client in the mesh sends, and what Envoy makes of it before it looks at routes.

use super::CLUSTER_DOMAIN;

/// A request or connection from a pod with a sidecar to a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// Namespace of the client.
    pub caller_namespace: String,
    /// Namespace of the Service called.
    pub namespace: String,
    /// Name of the Service called.
    pub service: String,
    /// Port dialled.
    pub port: u16,
    /// What is sent.
    pub payload: Payload,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// An HTTP request.
    Http {
        /// Method.
        method: String,
        /// Request target, as on the request line.
        target: String,
        /// Header lines. `host` is the authority; without it the client sends the full name of the Service.
        headers: Vec<(String, String)>,
    },
    /// Bytes that are not HTTP.
    Tcp,
    /// Datagrams.
    Udp,
}

impl Payload {
    /// A GET request.
    #[must_use]
    pub fn get(target: &str, headers: &[(&str, &str)]) -> Payload {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Payload::Http { method: "GET".to_owned(), target: target.to_owned(), headers }
    }
}

impl Call {
    /// Calls a Service.
    #[must_use]
    pub fn new(caller_namespace: &str, namespace: &str, service: &str, port: u16, payload: Payload) -> Call {
        Call {
            caller_namespace: caller_namespace.to_owned(),
            namespace: namespace.to_owned(),
            service: service.to_owned(),
            port,
            payload,
        }
    }

    /// The authority of the request.
    pub(super) fn authority(&self) -> String {
        self.lines("host").next().map_or_else(
            || format!("{}.{}.svc.{CLUSTER_DOMAIN}", self.service, self.namespace),
            str::to_owned,
        )
    }

    /// The values of the lines of one header, named in any case.
    pub(super) fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        let headers = match &self.payload {
            Payload::Http { headers, .. } => headers.as_slice(),
            Payload::Tcp | Payload::Udp => &[],
        };
        headers
            .iter()
            .filter(move |(line, _)| line.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// The method; empty where there is none.
    pub(super) fn method(&self) -> &str {
        match &self.payload {
            Payload::Http { method, .. } => method,
            Payload::Tcp | Payload::Udp => "",
        }
    }

    /// The path that routes are compared with: without query and fragment, normalised as sidecars do by default (section 11).
    pub(super) fn path(&self) -> String {
        match &self.payload {
            Payload::Http { target, .. } => normalise(target),
            Payload::Tcp | Payload::Udp => String::new(),
        }
    }
}

/// RFC 3986 normalisation without merging slashes: `\\` taken for `/`, unreserved characters decoded, dot segments removed, and
/// what has no place in a path percent-encoded (4.5).
pub(super) fn normalise(target: &str) -> String {
    let target = target.split(['?', '#']).next().unwrap_or_default();
    let path = match target.split_once("://") {
        Some((_, rest)) if !target.starts_with('/') => rest.find('/').map_or("/", |slash| &rest[slash..]),
        _ => target,
    };
    if !path.starts_with('/') {
        return path.to_owned();
    }
    let decoded = decode_unreserved(&path.replace('\\', "/"));
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = decoded[1..].split('/').peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." | ".." => {
                if segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    encode_forbidden(&format!("/{}", kept.join("/")))
}

fn encode_forbidden(path: &str) -> String {
    let encoded = |c: char| match c {
        '"' | '<' | '>' | '^' | '{' | '|' | '}' | '`' => format!("%{:02X}", u32::from(c)),
        other => other.to_string(),
    };
    path.chars().map(encoded).collect()
}

fn decode_unreserved(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let byte = after.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte.filter(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(byte)) {
            Some(byte) => {
                out.push(char::from(byte));
                rest = &after[2..];
            }
            None => {
                out.push('%');
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::normalise;

    #[test]
    fn targets_are_normalised_as_sidecars_do() {
        assert_eq!(normalise("/foo?x=/bar#z"), "/foo");
        assert_eq!(normalise("/foo#x"), "/foo");
        assert_eq!(normalise("/a/../foo"), "/foo");
        assert_eq!(normalise("/%66oo"), "/foo");
        assert_eq!(normalise("/%2fa%zz%"), "/%2fa%zz%");
        assert_eq!(normalise("//foo"), "//foo");
        assert_eq!(normalise("/a/b/."), "/a/b/");
        assert_eq!(normalise("/a/b/.."), "/a/");
        assert_eq!(normalise("/.."), "/");
        assert_eq!(normalise("http://shop.example/foo?x"), "/foo");
        assert_eq!(normalise("http://shop.example"), "/");
        assert_eq!(normalise("*"), "*");
        assert_eq!(normalise(r"/a\b\..\c"), "/a/c");
        assert_eq!(normalise(r#"/"<>^{|}`[]"#), "/%22%3C%3E%5E%7B%7C%7D%60[]");
        assert_eq!(normalise("/%7Ba%7D%41"), "/%7Ba%7DA");
    }
}
