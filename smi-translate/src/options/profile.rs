//! Source profiles: how the meshes that read SMI themselves read it, as records of options.

use std::fmt;
use std::str::FromStr;

use super::{
    BackendNamespaces, BackendPorts, HeaderMatching, NoMatches, NoRules, Options, PathAnchoring,
    TargetReading,
};

/// Whose reading of SMI the input was written for.
///
/// ```
/// use smi_translate::options::{Options, PathAnchoring, Profile};
///
/// let options = Options::for_profile("osm".parse().unwrap());
/// assert_eq!(options.path_anchoring, PathAnchoring::Full);
/// assert_eq!(Options::for_profile(Profile::Spec), Options::default());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Profile {
    /// The specification.
    #[default]
    Spec,
    /// Open Service Mesh.
    Osm,
    /// Flomesh Service Mesh, and osm-edge.
    Fsm,
    /// Traefik Mesh.
    Traefik,
    /// NGINX Service Mesh.
    Nginx,
    /// Linkerd and its SMI extension.
    Linkerd,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 6] =
        [Profile::Spec, Profile::Osm, Profile::Fsm, Profile::Traefik, Profile::Nginx, Profile::Linkerd];

    /// Its name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Profile::Spec => "spec",
            Profile::Osm => "osm",
            Profile::Fsm => "fsm",
            Profile::Traefik => "traefik",
            Profile::Nginx => "nginx",
            Profile::Linkerd => "linkerd",
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Profile {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Profile::ALL.into_iter().find(|profile| profile.as_str() == text);
        known.ok_or_else(|| format!("{text:?} is no source profile"))
    }
}

impl Options {
    /// The options of a profile; everything that is not a matter of reading keeps its default.
    #[must_use]
    pub fn for_profile(profile: Profile) -> Options {
        let spec = Options { profile, ..Options::default() };
        match profile {
            // The extension for Linkerd reads TrafficSplits only, and those as the specification does.
            Profile::Spec | Profile::Linkerd => spec,
            Profile::Osm => Options {
                path_anchoring: PathAnchoring::Full,
                no_matches: NoMatches::Nothing,
                target_reading: TargetReading::Osm,
                ..spec
            },
            Profile::Fsm => Options {
                path_anchoring: PathAnchoring::Full,
                no_matches: NoMatches::Nothing,
                target_reading: TargetReading::Osm,
                backend_namespaces: BackendNamespaces::Any,
                ..spec
            },
            Profile::Traefik => {
                Options { header_matching: HeaderMatching::Search, backend_ports: BackendPorts::All, ..spec }
            }
            Profile::Nginx => {
                Options { header_matching: HeaderMatching::Search, no_rules: NoRules::AllTcp, ..spec }
            }
        }
    }
}
