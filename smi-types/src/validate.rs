//! Checks of one object that need nothing but the object (reference, section 4). Each check has a stable code,
//! and makes its own finding next to the condition it tests.
//!
//! [`object()`] makes all checks of an object of any kind that is given as JSON, those of its fields and types included. The others take
//! the version-free form: [`any`] of any kind, [`traffic_split`] and so on of one.
//!
//! A [`Finding`] says where (`path`), what (`message`), what it means for traffic (`effect`) and what to do (`help`). An
//! [error](Severity::Error) is what admission denies.
//!
//! Not here: regular expressions (SMI-VAL-31, 35, 36), and everything that looks at a second object (SMI-VAL-19, 20, 48 to 50).

use std::error::Error;
use std::fmt;

use crate::quote::clause;
use crate::{FieldPath, hub};

mod http_match;
mod http_route_group;
mod identity_binding;
mod metadata;
mod object;
mod port_routes;
mod split_weights;
mod subject;
mod traffic_split;
mod traffic_target;
mod unknown_field;

pub(crate) use object::unknown_fields;
pub use object::{Contexts, any, carrier, object};
pub use unknown_field::unknown_field;

/// Whether an API server takes these as a label of an object.
///
/// ```
/// use smi_types::validate::is_label;
///
/// assert!(is_label("app.kubernetes.io/name", "web") && is_label("canary", ""));
/// assert!(!is_label("app", "*") && !is_label("a b", "c"));
/// ```
#[must_use]
pub fn is_label(key: &str, value: &str) -> bool {
    identity_binding::is_label_key(key) && (value.is_empty() || identity_binding::is_label_name(value))
}

/// How much a finding weighs (reference, section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// The object works, but perhaps not as meant.
    Warning,
    /// Admission denies the object; where it is stored already, [`Finding::effect`] says how it is treated.
    Error,
}

impl Severity {
    /// `error`, `warning` or `info`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing a check has to say about an object.
///
/// The texts start in lower case, end without a full stop, and are made to be shown after each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code of the check, `SMI-VAL-43`.
    pub code: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// The field it is about.
    pub path: FieldPath,
    /// What is wrong.
    pub message: String,
    /// What it means for traffic.
    pub effect: String,
    /// What to do, where there is more to say than the message does.
    pub help: Option<String>,
}

impl Finding {
    /// An error, such as one that a caller of [`review::admission_with`](crate::review::admission_with) adds.
    ///
    /// ```
    /// use smi_types::FieldPath;
    /// use smi_types::validate::Finding;
    ///
    /// let path = FieldPath::of("spec").key("service");
    /// let finding = Finding::error("SHOP-1", path, "the root is not ours", "the split is refused").help("name a Service of the shop");
    /// assert_eq!(finding.to_string(), "spec.service: the root is not ours");
    /// ```
    #[must_use]
    pub fn error(
        code: &'static str,
        path: FieldPath,
        message: impl Into<String>,
        effect: impl Into<String>,
    ) -> Self {
        let (message, effect) = (clause(message.into()), clause(effect.into()));
        Finding { code, severity: Severity::Error, path, message, effect, help: None }
    }

    /// A warning.
    #[must_use]
    pub fn warning(
        code: &'static str,
        path: FieldPath,
        message: impl Into<String>,
        effect: impl Into<String>,
    ) -> Self {
        Finding { severity: Severity::Warning, ..Finding::error(code, path, message, effect) }
    }

    /// The finding with what to do.
    #[must_use]
    pub fn help(self, help: impl Into<String>) -> Self {
        Finding { help: Some(clause(help.into())), ..self }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_root() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl Error for Finding {}

/// What a check must know besides the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// DNS domain of the cluster, in which Services have names.
    pub cluster_domain: String,
    /// Whether the root of a split may be a host name that is no Service (SMI-SPLIT-1).
    pub allow_host_root: bool,
}

impl Default for Context {
    /// `cluster.local`, and Services only.
    fn default() -> Self {
        Context { cluster_domain: "cluster.local".to_owned(), allow_host_root: false }
    }
}

/// What a check of access must know besides the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessContext {
    /// Trust domain of the mesh, in which ServiceAccounts have SPIFFE IDs (SMI-ACCESS-6).
    pub trust_domain: String,
    /// Whether a TrafficTarget may protect a workload of another namespace (SMI-ACCESS-11).
    pub allow_foreign_destination: bool,
}

impl Default for AccessContext {
    /// `cluster.local`, and the own namespace only.
    fn default() -> Self {
        AccessContext { trust_domain: "cluster.local".to_owned(), allow_foreign_destination: false }
    }
}

/// Checks a TrafficSplit: SMI-VAL-2, 4, 41 to 45, and 47.
///
/// ```
/// use smi_types::hub::{Backend, TrafficSplit};
/// use smi_types::{Metadata, Version, Weight, validate};
///
/// let backend = |name: &str, n| Backend { service: name.into(), weight: Some(Weight::Integer(n)) };
/// let split = TrafficSplit {
///     metadata: Metadata::named("shop", "web"),
///     version: Version::V1Alpha4,
///     service: "web".into(),
///     backends: vec![backend("web-v1", 90), backend("web-v2", -10)],
///     matches: None,
/// };
/// let findings = validate::traffic_split(&split, &validate::Context::default());
/// assert_eq!(findings[0].code, "SMI-VAL-43");
/// assert_eq!(findings[0].to_string(), r#"spec.backends[1].weight: the weight -10 of backend "web-v2" is negative"#);
/// ```
#[must_use]
pub fn traffic_split(split: &hub::TrafficSplit, context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    metadata::check(&split.metadata, &mut findings);
    findings.extend(metadata::deprecated("TrafficSplit", split.version));
    traffic_split::check(split, context, &mut findings);
    findings
}

/// Checks an HTTPRouteGroup: SMI-VAL-2, 4, 30, 32 to 34, 37, 38 and 40; and SMI-VAL-3 for header conditions in v1alpha1.
#[must_use]
pub fn http_route_group(group: &hub::HTTPRouteGroup, _context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    metadata::check(&group.metadata, &mut findings);
    findings.extend(metadata::deprecated("HTTPRouteGroup", group.version));
    http_route_group::check(group, &mut findings);
    findings
}

/// Checks a TrafficTarget: SMI-VAL-2, 4, and 10 to 18; and SMI-VAL-3 for the port of a source.
///
/// ```
/// use smi_types::hub::{Rule, Subject, TrafficTarget};
/// use smi_types::{Metadata, Port, Version, validate};
///
/// let target = TrafficTarget {
///     metadata: Metadata::named("shop", "api"),
///     version: Version::V1Alpha2,
///     destination: Subject { kind: "ServiceAccount".into(), name: "api".into(), ..Subject::default() },
///     port: Some(Port::from(0)),
///     rules: vec![Rule { kind: "TCPRoute".into(), name: "all".into(), matches: None }],
///     sources: vec![],
/// };
/// let findings = validate::traffic_target(&target, &validate::AccessContext::default());
/// let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
/// assert_eq!(lines[1], "spec.destination.port: the destination port is invalid: 0 is no port number");
/// assert_eq!(lines[2], "spec.sources: the target has no source");
/// ```
#[must_use]
pub fn traffic_target(target: &hub::TrafficTarget, context: &AccessContext) -> Vec<Finding> {
    let mut findings = Vec::new();
    metadata::check(&target.metadata, &mut findings);
    findings.extend(metadata::deprecated("TrafficTarget", target.version));
    traffic_target::check(target, context, &mut findings);
    findings
}

/// Checks an IdentityBinding: SMI-VAL-2, and 21 to 25.
#[must_use]
pub fn identity_binding(binding: &hub::IdentityBinding, context: &AccessContext) -> Vec<Finding> {
    let mut findings = Vec::new();
    metadata::check(&binding.metadata, &mut findings);
    identity_binding::check(binding, context, &mut findings);
    findings
}

/// Checks a TCPRoute: SMI-VAL-2, 4 and 39.
#[must_use]
pub fn tcp_route(route: &hub::TCPRoute) -> Vec<Finding> {
    let mut findings = Vec::new();
    metadata::check(&route.metadata, &mut findings);
    findings.extend(metadata::deprecated("TCPRoute", route.version));
    port_routes::check(&route.ports, &mut findings);
    findings
}

/// Checks a UDPRoute: SMI-VAL-2 and 39.
#[must_use]
pub fn udp_route(route: &hub::UDPRoute) -> Vec<Finding> {
    let mut findings = Vec::new();
    metadata::check(&route.metadata, &mut findings);
    port_routes::check(&route.ports, &mut findings);
    findings
}
