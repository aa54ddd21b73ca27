//! Objects that no API server takes. What is certainly too much is refused before it is built; the rest is measured.

use std::io::{self, Write};

use serde::Serialize;
use smi_translate::Manifest;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::ServicePort;
use smi_translate::intent::{Condition, Ports, Root, RoutingIntent};

use super::gateways::Binding;
use crate::protocol::Protocol;
use crate::resources::VirtualServiceSpec;

/// Bytes of one object that an API server takes, with its default settings.
const OBJECT_LIMIT: usize = 1_500_000;

/// Match blocks of one object, over all ports. Every sidecar of the mesh gets them.
const BLOCK_LIMIT: usize = 20_000;

/// Destinations of one object, over all ports and routes.
const DESTINATION_LIMIT: usize = 50_000;

/// Blocks, headers and destinations below which an object cannot reach the limit: a pattern has at most 4096 bytes, and JSON writes
/// a byte with at most six. Measuring every object would cost a second serialisation.
const SURELY_SMALL: usize = 50;

/// How many places have routes for HTTP, and how many for TCP.
fn places(routing: &RoutingIntent, binding: &Binding) -> (usize, usize) {
    let gateways = usize::from(!binding.gateways.is_empty());
    if !binding.mesh {
        return (gateways, 0);
    }
    let protocol = |port: &ServicePort| match routing.root {
        Root::Service(_) => Protocol::of(port),
        Root::Host(_) => Protocol::Http,
    };
    let (http, tcp) = match &routing.ports {
        Ports::Assumed => (1, 1),
        Ports::Known(ports) => {
            ports.iter().map(protocol).fold((0, 0), |(http, tcp), protocol| match protocol {
                Protocol::Http => (http + 1, tcp),
                Protocol::Tcp => (http, tcp + 1),
                Protocol::Detect => (http + 1, tcp + 1),
                Protocol::Tls | Protocol::None => (http, tcp),
            })
        }
    };
    (http + gateways, tcp)
}

/// Refuses what would be too many match blocks or destinations.
pub(super) fn estimated(routing: &RoutingIntent, binding: &Binding) -> Option<Diagnostic> {
    let (http, tcp) = places(routing, binding);
    let (mut blocks, mut destinations) = (0_usize, 0_usize);
    for rule in &routing.rules {
        let places = match rule.when {
            Condition::Always => http + tcp,
            Condition::Http(_) => http,
        };
        blocks = blocks.saturating_add(rule.when.alternatives().saturating_mul(http));
        destinations = destinations.saturating_add(rule.backends.len().saturating_mul(places));
    }
    (blocks > BLOCK_LIMIT || destinations > DESTINATION_LIMIT).then(|| {
        refused(
            routing,
            format!(
                "the VirtualService for this root would have {blocks} match blocks and {destinations} destinations over all ports; at most {BLOCK_LIMIT} and {DESTINATION_LIMIT} are written"
            ),
        )
    })?
}

/// Whether an object is worth being measured.
pub(super) fn may_be_large(spec: &VirtualServiceSpec) -> bool {
    let matches = spec.http.iter().flat_map(|route| &route.matches);
    let blocks: usize = matches.map(|block| 1 + block.headers.len()).sum();
    let http = spec.http.iter().map(|route| route.route.len());
    let tcp = spec.tcp.iter().map(|route| route.route.len());
    blocks + http.chain(tcp).sum::<usize>() > SURELY_SMALL
}

/// Refuses an object that is larger than an API server takes.
pub(super) fn measured(manifest: &Manifest, routing: &RoutingIntent) -> Option<Diagnostic> {
    let size = written(manifest);
    if size <= OBJECT_LIMIT {
        return None;
    }
    refused(
        routing,
        format!(
            "the VirtualService for this root has {size} bytes; an API server takes at most {OBJECT_LIMIT}"
        ),
    )
}

fn refused(routing: &RoutingIntent, message: String) -> Option<Diagnostic> {
    let diagnostic = Diagnostic::new(
        Code("ISTIO-SIZE-1"),
        Severity::Error,
        message,
        "nothing is rendered for this root: the root Service answers",
    )
    .help("use fewer matches or backends, or patterns that cover more matches");
    Some(diagnostic.on(&routing.rules.first()?.split))
}

/// Bytes of a value as JSON.
pub(super) fn written(value: &impl Serialize) -> usize {
    let mut counter = Counter(0);
    serde_json::to_writer(&mut counter, value).map_or(usize::MAX, |()| counter.0)
}

/// Counts bytes and keeps none.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::{Duration, Instant};

    use smi_translate::read::{ReadOptions, Reader};
    use smi_translate::{Options, Translation, translate};

    use crate::Istio;

    /// A root with some ports and its splits.
    fn split(splits: usize, matches: &[String], ports: usize, backends: usize) -> (Translation, Duration) {
        let mut text =
            "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector: {app: web}\n  ports:\n"
                .to_owned();
        for port in 1..=ports {
            writeln!(text, "  - {{name: http-{port}, port: {port}}}").unwrap();
        }
        if !matches.is_empty() {
            text.push_str("---\napiVersion: specs.smi-spec.io/v1alpha4\nkind: HTTPRouteGroup\nmetadata: {name: group}\nspec:\n  matches:\n");
            for (index, path) in matches.iter().enumerate() {
                writeln!(text, "  - {{name: m{index}, pathRegex: \"{path}\"}}").unwrap();
            }
        }
        let condition =
            if matches.is_empty() { "" } else { "\n  matches: [{kind: HTTPRouteGroup, name: group}]" };
        for split in 0..splits {
            write!(text, "---\napiVersion: split.smi-spec.io/v1alpha4\nkind: TrafficSplit\nmetadata: {{name: s{split}}}\nspec:\n  service: web{condition}\n  backends:\n").unwrap();
            for backend in 0..backends {
                writeln!(text, "  - {{service: web-{backend}, weight: 1}}").unwrap();
            }
        }
        let mut reader = Reader::new(ReadOptions::default());
        reader.add("large.yaml", text.as_bytes());
        let input = reader.finish(Options::default());
        let start = Instant::now();
        (translate(&input.inventory, &Istio::default()), start.elapsed())
    }

    fn paths(number: usize, padding: usize) -> Vec<String> {
        (0..number).map(|index| format!("/{}/{index}/$", "a".repeat(padding))).collect()
    }

    fn is_refused_for_size(translation: &Translation) -> bool {
        let codes = translation.diagnostics.iter().filter(|d| d.code.0 == "ISTIO-SIZE-1").count();
        translation.manifests.is_empty() && codes == 1 && translation.refused.len() == 1
    }

    #[test]
    fn matches_count_once_per_port() {
        assert!(is_refused_for_size(&split(1, &paths(99, 150), 99, 2).0));
        assert!(!is_refused_for_size(&split(1, &paths(99, 150), 9, 2).0));
        assert!(!is_refused_for_size(&split(1, &paths(9, 150), 99, 2).0));
    }

    #[test]
    fn destinations_count_too() {
        assert!(is_refused_for_size(&split(1, &[], 1, 20_000).0));
        assert!(is_refused_for_size(&split(1, &[], 99, 1_000).0));
        assert!(!is_refused_for_size(&split(1, &[], 1, 1_000).0));
    }

    #[test]
    fn what_is_certainly_too_much_is_not_built() {
        let (translation, time) = split(50, &paths(2_000, 5), 99, 2);
        assert!(is_refused_for_size(&translation));
        assert!(time < Duration::from_secs(20), "{time:?}");
    }

    #[test]
    fn what_cannot_be_said_is_said_once_for_all_ports() {
        let (translation, _) = split(1, &paths(100, 1_020), 99, 2);
        // Exact paths have no limit of their own; what is written is too large.
        assert!(is_refused_for_size(&translation));
        let long: Vec<String> =
            (0..100).map(|index| format!("/{}[0-9]+{index}", "a".repeat(1_020))).collect();
        let (translation, _) = split(1, &long, 99, 2);
        let codes = translation.diagnostics.iter().filter(|d| d.code.0 == "ISTIO-REGEX-1").count();
        assert_eq!(codes, 100);
    }
}
