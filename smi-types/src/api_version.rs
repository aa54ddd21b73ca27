//! Which kinds SMI has, and whether an `apiVersion` and a `kind` name one of them (SMI-VAL-1).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::quote::quoted;
use crate::validate::Finding;
use crate::version::{ACCESS_GROUP, METRICS_GROUP, SPECS_GROUP, SPLIT_GROUP, Version};
use crate::{FieldPath, UnknownName};

/// A kind of SMI (reference, section 1.1).
///
/// It is read and written as Kubernetes spells it, as text and with serde.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use smi_types::{Kind, Version};
///
/// let config = r#"{"TrafficTarget":"v1alpha3","TrafficSplit":"v1alpha4"}"#;
/// let written_as: BTreeMap<Kind, Version> = serde_json::from_str(config)?;
/// assert_eq!(written_as[&Kind::TrafficSplit], Version::V1Alpha4);
/// assert_eq!(serde_json::to_string(&written_as)?, config);
///
/// assert_eq!("UDPRoute".parse(), Ok(Kind::UDPRoute));
/// assert!("Ingress".parse::<Kind>().unwrap_err().to_string().starts_with(r#""Ingress" is no kind of SMI; there are "#));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
pub enum Kind {
    /// Grants to a destination workload.
    TrafficTarget,
    /// Names for workloads that are not service accounts.
    IdentityBinding,
    /// A set of HTTP requests.
    HTTPRouteGroup,
    /// A set of TCP ports.
    TCPRoute,
    /// A set of UDP ports.
    UDPRoute,
    /// Shares of the traffic to a Service.
    TrafficSplit,
    /// Measurements of one resource or edge; served, never stored.
    TrafficMetrics,
    /// Several TrafficMetrics.
    TrafficMetricsList,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 8] = [
        Kind::TrafficTarget,
        Kind::IdentityBinding,
        Kind::HTTPRouteGroup,
        Kind::TCPRoute,
        Kind::UDPRoute,
        Kind::TrafficSplit,
        Kind::TrafficMetrics,
        Kind::TrafficMetricsList,
    ];

    /// The kind as Kubernetes spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::TrafficTarget => "TrafficTarget",
            Kind::IdentityBinding => "IdentityBinding",
            Kind::HTTPRouteGroup => "HTTPRouteGroup",
            Kind::TCPRoute => "TCPRoute",
            Kind::UDPRoute => "UDPRoute",
            Kind::TrafficSplit => "TrafficSplit",
            Kind::TrafficMetrics => "TrafficMetrics",
            Kind::TrafficMetricsList => "TrafficMetricsList",
        }
    }

    /// Reads a kind; `None` for anything that is not SMI's. [`FromStr`] has an error that names the kinds.
    #[must_use]
    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The API group of the kind.
    #[must_use]
    pub const fn group(self) -> &'static str {
        match self {
            Kind::TrafficTarget | Kind::IdentityBinding => ACCESS_GROUP,
            Kind::HTTPRouteGroup | Kind::TCPRoute | Kind::UDPRoute => SPECS_GROUP,
            Kind::TrafficSplit => SPLIT_GROUP,
            Kind::TrafficMetrics | Kind::TrafficMetricsList => METRICS_GROUP,
        }
    }

    /// The versions that have the kind, oldest first.
    #[must_use]
    pub const fn versions(self) -> &'static [Version] {
        match self {
            Kind::TrafficTarget | Kind::HTTPRouteGroup | Kind::TCPRoute | Kind::TrafficSplit => &Version::ALL,
            Kind::IdentityBinding | Kind::UDPRoute => &[Version::V1Alpha4],
            // v1alpha2 of the metrics exists as Go types only.
            Kind::TrafficMetrics | Kind::TrafficMetricsList => &[Version::V1Alpha1, Version::V1Alpha2],
        }
    }

    /// What to say of a version that the kind does not have.
    pub(crate) fn has_not(self, version: Version) -> String {
        let versions: Vec<&str> = self.versions().iter().map(|version| version.as_str()).collect();
        format!("{self} has no version {version}; it has {}", versions.join(", "))
    }

    /// Whether another API has a kind of this name: Gateway API has its own TCPRoute and UDPRoute.
    const fn is_shared_name(self) -> bool {
        matches!(self, Kind::TCPRoute | Kind::UDPRoute)
    }
}

impl FromStr for Kind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Kind::parse(text).ok_or_else(|| UnknownName::new("kind of SMI", text, Kind::ALL.map(Kind::as_str)))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the `apiVersion` and `kind` of an SMI object say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ApiVersion {
    /// The kind, which implies the group.
    pub kind: Kind,
    /// The version.
    pub version: Version,
}

impl fmt::Display for ApiVersion {
    /// `group/version`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind.group(), self.version)
    }
}

impl ApiVersion {
    /// Reads the `apiVersion` (empty where it is missing) and `kind` of an object; `None` when the object is not SMI's.
    ///
    /// ```
    /// use smi_types::{ApiVersion, Kind, Version};
    ///
    /// let split = ApiVersion::parse("split.smi-spec.io/v1alpha4", "TrafficSplit").unwrap().unwrap();
    /// assert_eq!((split.kind, split.version), (Kind::TrafficSplit, Version::V1Alpha4));
    /// assert_eq!(ApiVersion::parse("apps/v1", "Deployment").unwrap(), None);
    ///
    /// let error = ApiVersion::parse("spec.smi-spec.io/v1alpha4", "HTTPRouteGroup").unwrap_err();
    /// assert_eq!(error.help.as_deref(), Some("write apiVersion: specs.smi-spec.io/v1alpha4"));
    /// ```
    ///
    /// # Errors
    ///
    /// SMI-VAL-1, for an object that is meant as an SMI object and is none: an SMI group with a kind or version it does not
    /// have, a misspelt group, or a kind that only SMI has without a group.
    pub fn parse(api_version: &str, kind: &str) -> Result<Option<ApiVersion>, Finding> {
        let known = Kind::parse(kind);
        let Some((group, version)) = api_version.split_once('/') else {
            return match known {
                _ if is_smi_group(api_version) => Err(no_version(api_version, known)),
                Some(kind) if api_version.is_empty() => Err(no_api_version(kind)),
                Some(kind) => Err(no_group(api_version, kind)),
                None => Ok(None),
            };
        };
        if group == "spec.smi-spec.io" {
            return Err(misspelt_group(version));
        }
        if !is_smi_group(group) {
            return if group == "smi-spec.io" || group.ends_with(".smi-spec.io") {
                Err(unknown_group(group, known))
            } else {
                Ok(None)
            };
        }
        let Some(kind) = known else { return Err(unknown_kind(group, kind)) };
        if kind.group() != group {
            return Err(other_group(group, kind));
        }
        match Version::parse(version).filter(|version| kind.versions().contains(version)) {
            Some(version) => Ok(Some(ApiVersion { kind, version })),
            None => Err(unknown_version(version, kind)),
        }
    }
}

const GROUPS: [&str; 4] = [ACCESS_GROUP, SPECS_GROUP, SPLIT_GROUP, METRICS_GROUP];

fn is_smi_group(group: &str) -> bool {
    GROUPS.contains(&group)
}

fn newest(kind: Kind) -> Version {
    kind.versions().iter().copied().max().unwrap_or(Version::V1Alpha4)
}

/// `group/version` to suggest for a kind; `preferred` is taken where the kind has it.
fn suggestion(kind: Kind, preferred: &str) -> String {
    let preferred = Version::parse(preferred).filter(|version| kind.versions().contains(version));
    format!("write apiVersion: {}/{}", kind.group(), preferred.unwrap_or(newest(kind)))
}

const UNREAD: &str = "the object is not read, and has no effect";

fn finding(field: &'static str, message: String) -> Finding {
    Finding::error("SMI-VAL-1", FieldPath::of(field), message, UNREAD)
}

fn no_api_version(kind: Kind) -> Finding {
    finding("apiVersion", format!("the {kind} has no apiVersion"))
        .help(with_gateway_api(kind, suggestion(kind, "")))
}

fn no_group(api_version: &str, kind: Kind) -> Finding {
    let message = format!("{} of the {kind} names no API group", quoted(api_version));
    finding("apiVersion", message).help(with_gateway_api(kind, suggestion(kind, api_version)))
}

fn with_gateway_api(kind: Kind, help: String) -> String {
    if kind.is_shared_name() {
        format!("{help} for SMI; Gateway API has a kind {kind} too, in group gateway.networking.k8s.io")
    } else {
        help
    }
}

fn no_version(group: &str, kind: Option<Kind>) -> Finding {
    let message = format!("{} names no version", quoted(group));
    let help = match kind {
        Some(kind) => suggestion(kind, ""),
        None => format!("write apiVersion: {group}/v1alpha4"),
    };
    finding("apiVersion", message).help(help)
}

/// The group of the upstream schemas before February 2020 (section 1.1 of the reference).
fn misspelt_group(version: &str) -> Finding {
    let version = Version::parse(version).unwrap_or(Version::V1Alpha4);
    finding("apiVersion", "group spec.smi-spec.io does not exist".to_owned())
        .help(format!("write apiVersion: {SPECS_GROUP}/{version}"))
}

fn unknown_group(group: &str, kind: Option<Kind>) -> Finding {
    let message = format!("group {} is not a group of SMI", quoted(group));
    let help = match kind {
        Some(kind) => suggestion(kind, ""),
        None => format!("the groups are {}", GROUPS.join(", ")),
    };
    finding("apiVersion", message).help(help)
}

fn unknown_kind(group: &str, text: &str) -> Finding {
    let in_group = || Kind::ALL.into_iter().filter(|kind| kind.group() == group).map(Kind::as_str);
    let message = match text {
        "" => "the object has no kind".to_owned(),
        text => format!("group {group} has no kind {}", quoted(text)),
    };
    let help = if let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    {
        format!("write kind: {kind}")
    } else if text.strip_suffix("List").and_then(Kind::parse).is_some() {
        "give the items of the list as objects of their own, or in a list of kind List".to_owned()
    } else {
        format!("its kinds are {}", in_group().collect::<Vec<_>>().join(", "))
    };
    finding("kind", message).help(help)
}

fn other_group(group: &str, kind: Kind) -> Finding {
    finding("apiVersion", format!("{kind} is not a kind of group {group}")).help(suggestion(kind, ""))
}

fn unknown_version(text: &str, kind: Kind) -> Finding {
    let group = kind.group();
    let message = match text {
        "" => format!("the version of the {kind} is missing"),
        "v1alpha5" | "v1alpha5-draft" => format!("{kind} {text} was a draft and never released"),
        text => format!("{kind} has no version {}", quoted(text)),
    };
    let versions: Vec<&str> = kind.versions().iter().map(|version| version.as_str()).collect();
    let help = match versions.as_slice() {
        [only] => format!("write apiVersion: {group}/{only}, its only version"),
        several => {
            format!("write apiVersion: {group}/{}; its versions are {}", newest(kind), several.join(", "))
        }
    };
    finding("apiVersion", message).help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, serde and keys of maps agree.
    #[test]
    fn names_are_those_of_kubernetes() {
        for kind in Kind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(serde_json::from_value::<Kind>(kind.as_str().into()).unwrap(), kind);
        }
        for version in Version::ALL {
            assert_eq!(version.as_str().parse(), Ok(version));
            assert_eq!(serde_json::to_value(version).unwrap(), version.as_str());
            assert_eq!(serde_json::from_value::<Version>(version.as_str().into()).unwrap(), version);
        }
        for wrong in ["", "trafficsplit", "V1Alpha1", "v1alpha5", "v1alpha1 "] {
            assert!(wrong.parse::<Kind>().is_err() && wrong.parse::<Version>().is_err());
            let json: serde_json::Value = wrong.into();
            assert!(serde_json::from_value::<Kind>(json.clone()).is_err());
            assert!(serde_json::from_value::<Version>(json).is_err());
        }
        assert_eq!(
            "Ingress\n".parse::<Kind>().unwrap_err().to_string(),
            r#""Ingress\n" is no kind of SMI; there are TrafficTarget, IdentityBinding, HTTPRouteGroup, TCPRoute, UDPRoute, "#
                .to_owned()
                + "TrafficSplit, TrafficMetrics, TrafficMetricsList"
        );
    }

    #[test]
    fn every_kind_is_known_in_its_versions() {
        for kind in Kind::ALL {
            for version in kind.versions() {
                let read = ApiVersion { kind, version: *version };
                assert_eq!(ApiVersion::parse(&read.to_string(), kind.as_str()), Ok(Some(read)));
            }
        }
    }

    #[test]
    fn what_is_not_ours() {
        for (api_version, kind) in [
            ("v1", "Service"),
            ("apps/v1", "Deployment"),
            ("", "Deployment"),
            ("", ""),
            ("gateway.networking.k8s.io/v1alpha2", "TCPRoute"),
            ("example.com/v1", "TrafficSplit"),
        ] {
            assert_eq!(ApiVersion::parse(api_version, kind), Ok(None), "{api_version} {kind}");
        }
    }

    #[test]
    fn errors_say_what_to_write() {
        for (api_version, kind, message, help) in [
            (
                "spec.smi-spec.io/v1alpha3",
                "HTTPRouteGroup",
                "apiVersion: group spec.smi-spec.io does not exist",
                "write apiVersion: specs.smi-spec.io/v1alpha3",
            ),
            (
                "v1alpha1",
                "TrafficSplit",
                r#"apiVersion: "v1alpha1" of the TrafficSplit names no API group"#,
                "write apiVersion: split.smi-spec.io/v1alpha1",
            ),
            (
                "v1beta1",
                "TrafficSplit",
                r#"apiVersion: "v1beta1" of the TrafficSplit names no API group"#,
                "write apiVersion: split.smi-spec.io/v1alpha4",
            ),
            (
                "",
                "TrafficTarget",
                "apiVersion: the TrafficTarget has no apiVersion",
                "write apiVersion: access.smi-spec.io/v1alpha4",
            ),
            (
                "",
                "UDPRoute",
                "apiVersion: the UDPRoute has no apiVersion",
                "write apiVersion: specs.smi-spec.io/v1alpha4 for SMI; Gateway API has a kind UDPRoute too, in group \
                 gateway.networking.k8s.io",
            ),
            (
                "split.smi-spec.io/v1alpha5",
                "TrafficSplit",
                "apiVersion: TrafficSplit v1alpha5 was a draft and never released",
                "write apiVersion: split.smi-spec.io/v1alpha4; its versions are v1alpha1, v1alpha2, v1alpha3, v1alpha4",
            ),
            (
                "specs.smi-spec.io/v1alpha1",
                "UDPRoute",
                r#"apiVersion: UDPRoute has no version "v1alpha1""#,
                "write apiVersion: specs.smi-spec.io/v1alpha4, its only version",
            ),
            (
                "split.smi-spec.io/v1beta1",
                "TrafficSplit",
                r#"apiVersion: TrafficSplit has no version "v1beta1""#,
                "write apiVersion: split.smi-spec.io/v1alpha4; its versions are v1alpha1, v1alpha2, v1alpha3, v1alpha4",
            ),
            (
                "specs.smi-spec.io/v1alpha4",
                "TrafficSplit",
                "apiVersion: TrafficSplit is not a kind of group specs.smi-spec.io",
                "write apiVersion: split.smi-spec.io/v1alpha4",
            ),
            (
                "specs.smi-spec.io/v1alpha4",
                "HttpRouteGroup",
                r#"kind: group specs.smi-spec.io has no kind "HttpRouteGroup""#,
                "write kind: HTTPRouteGroup",
            ),
            (
                "specs.smi-spec.io/v1alpha4",
                "GRPCRoute",
                r#"kind: group specs.smi-spec.io has no kind "GRPCRoute""#,
                "its kinds are HTTPRouteGroup, TCPRoute, UDPRoute",
            ),
            (
                "splits.smi-spec.io/v1alpha4",
                "TrafficSplit",
                r#"apiVersion: group "splits.smi-spec.io" is not a group of SMI"#,
                "write apiVersion: split.smi-spec.io/v1alpha4",
            ),
            (
                "split.smi-spec.io",
                "TrafficSplit",
                r#"apiVersion: "split.smi-spec.io" names no version"#,
                "write apiVersion: split.smi-spec.io/v1alpha4",
            ),
        ] {
            let error = ApiVersion::parse(api_version, kind).unwrap_err();
            assert_eq!(error.code, "SMI-VAL-1");
            assert_eq!((error.to_string().as_str(), error.help.as_deref()), (message, Some(help)));
        }
    }
}
