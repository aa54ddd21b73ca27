//! Conditions that AuthorizationPolicy cannot say, enforced exactly (`istio.md` 12): an EnvoyFilter compares and notes the verdict, and the
//! policy asks for the verdict beside callers and ports.
//!
//! A verdict has a name of its own, made from the conditions as well. So a filter and a policy of different times never meet: callers of
//! the one are not let in by conditions of the other, whichever is written first, and where the filter is missing the policy denies.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use serde_json::Value;
use smi_translate::backend::Report;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::Labels;
use smi_translate::intent::{Grant, HttpMatch, Methods, PortSet};
use smi_translate::manifest::stable_hash;
use smi_translate::pattern::Pattern;
use smi_translate::{ObjectRef, OneOrMore};

use super::limits;
use super::loss::{self, Losses};
use super::traffic::{Clause, Http, header_name};
use crate::render::envoy_regex::{self, Reading, Refusal};
use crate::render::size::written;
use crate::resources::authorization::When;
use crate::resources::envoy_filter::{self, EnvoyFilterSpec};

/// Bytes of the conditions of one filter, and of all filters of one object.
const PATCH_BYTES: usize = 400_000;
const OBJECT_BYTES: usize = 1_200_000;

/// A filter that notes one verdict.
#[derive(Debug)]
pub(super) struct Verdict {
    /// What the name of the verdict begins with: `smi_<hash>_`.
    prefix: String,
    patch: Value,
}

/// Conditions of a target, by the address of what was said of them.
type Key = (ObjectRef, usize);

/// Makes verdicts, each once.
#[derive(Default)]
pub(super) struct Verdicts {
    known: HashMap<Key, Vec<Rc<Verdict>>>,
    /// What each prefix stands for.
    prefixes: BTreeMap<String, (ObjectRef, String)>,
}

impl Verdicts {
    /// The verdicts about those matches of a grant that cannot be said without.
    pub(super) fn of(&mut self, grant: &Grant, http: &Rc<Http>, report: &mut Report) -> Vec<Rc<Verdict>> {
        let key = (grant.target.clone(), Rc::as_ptr(http) as usize);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let mut permissions = Vec::new();
        for said in &http.partly {
            if said.asks_for_removed() {
                loss::diagnostics(grant, said, Losses::default(), false).for_each(|loss| report.say(loss));
                continue;
            }
            if said
                .source
                .headers
                .iter()
                .any(|header| envoy_regex::reading(header.pattern.source()) == Reading::OnlyAscii)
            {
                report.say(only_ascii(grant, &said.source));
            }
            match permission(&said.source) {
                Ok(permission) if written(&permission) <= PATCH_BYTES => permissions.push(permission),
                Ok(_) => report.say(refused(grant, &said.source, TOO_LARGE)),
                Err(reason) => report.say(refused(grant, &said.source, reason)),
            }
        }
        let chunks = limits::chunks(permissions, usize::MAX, PATCH_BYTES);
        let verdicts: Vec<_> =
            chunks.iter().map(|permissions| Rc::new(self.verdict(&grant.target, permissions))).collect();
        self.known.insert(key, verdicts.clone());
        verdicts
    }

    fn verdict(&mut self, target: &ObjectRef, permissions: &OneOrMore<Value>) -> Verdict {
        let content = serde_json::to_string(permissions).expect("JSON values can be written");
        let meaning = (target.clone(), content);
        // Two verdicts must not share a name, however unlikely that is.
        let named = |salt: u32| {
            let salt = salt.to_string();
            let parts = [target.namespace.as_str(), &target.name, &meaning.1, &salt];
            format!("smi_{:016x}_", stable_hash(parts))
        };
        let free = |prefix: &String| self.prefixes.get(prefix).is_none_or(|known| *known == meaning);
        let prefix = (0..).map(named).find(free).expect("there are more names than verdicts");
        self.prefixes.insert(prefix.clone(), meaning);
        Verdict { patch: envoy_filter::shadow_patch(&prefix, permissions), prefix }
    }
}

impl Verdict {
    /// What the policy asks for.
    pub(super) fn clause(&self, ports: &PortSet) -> Clause {
        let key = format!("experimental.envoy.filters.http.rbac[{}shadow_engine_result]", self.prefix);
        Clause::on_ports(ports, vec![When { key, values: OneOrMore::one("allowed".to_owned()) }])
    }
}

/// The EnvoyFilters with some verdicts for the pods with these labels.
pub(super) fn filters(labels: &Labels, verdicts: &[Rc<Verdict>]) -> Vec<EnvoyFilterSpec> {
    let mut seen = BTreeSet::new();
    let new = verdicts.iter().filter(|verdict| seen.insert(verdict.prefix.as_str()));
    let patches: Vec<Value> = new.map(|verdict| verdict.patch.clone()).collect();
    let chunks = limits::chunks(patches, usize::MAX, OBJECT_BYTES);
    chunks.into_iter().filter_map(|patches| EnvoyFilterSpec::for_pods(labels, patches)).collect()
}

/// Why a match is not rendered.
type Reason = (&'static str, &'static str);

const TOO_LARGE: Reason = (
    "conditions that are too large for Envoy",
    "use shorter patterns, or fewer repetitions, in several matches",
);
const NOT_ASCII: Reason = (
    "a pattern with characters beyond ASCII, which Envoy reads as several",
    "write the value as an exact text, a prefix or a suffix",
);

/// A match as a permission of Envoy, if it is one that Envoy reads as SMI does.
fn permission(source: &HttpMatch) -> Result<Value, Reason> {
    let mut conditions = Vec::new();
    if let Methods::OneOf(methods) = &source.methods {
        let methods = methods.iter().filter(|method| !method.is_empty());
        let methods = methods.map(|method| envoy_filter::method(method)).collect();
        conditions.extend(OneOrMore::new(methods).map(envoy_filter::any));
    }
    // No path has characters beyond ASCII: Envoy answers such a request itself.
    if let Some(path) = &source.path {
        conditions.push(envoy_filter::path(&regex(path)?));
    }
    for header in &source.headers {
        // A match with such a name is never satisfied, and asks for no verdict.
        let name = header_name(&header.name).unwrap_or_default();
        conditions.push(envoy_filter::header(name, &regex(&header.pattern)?));
        if envoy_regex::reading(header.pattern.source()) != Reading::Same {
            // No line at all: another line than the one that matches would not help.
            conditions.push(envoy_filter::not(&envoy_filter::header(name, BEYOND_ASCII)));
        }
    }
    // Without conditions it can be said, and asks for no verdict either.
    OneOrMore::new(conditions).map(envoy_filter::all).ok_or(TOO_LARGE)
}

/// Matches texts with a character beyond ASCII, whether they are read as bytes or as characters.
const BEYOND_ASCII: &str = ".*[^\\x00-\\x7F].*";

/// An expression that must match the whole text. Envoy refuses an empty one; the empty group means the empty text.
fn regex(pattern: &Pattern) -> Result<String, Reason> {
    envoy_regex::check(pattern).map_err(|refusal| match refusal {
        Refusal::TooLarge => TOO_LARGE,
        Refusal::NotAscii => NOT_ASCII,
    })?;
    Ok(Some(pattern.full_match_regex()).filter(|regex| !regex.is_empty()).unwrap_or_else(|| "()".to_owned()))
}

fn refused(grant: &Grant, source: &HttpMatch, (what, help): Reason) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-REGEX-2"),
        Severity::Error,
        format!("match {:?} of {} has {what}", source.name, source.group),
        "the match is left out: what no other match admits is denied",
    )
    .on(&grant.target)
    .at(grant.rule_path(source))
    .help(help)
}

fn only_ascii(grant: &Grant, source: &HttpMatch) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-HEADER-3"),
        Severity::Warning,
        format!(
            "match {:?} of {} has a pattern for a header that Envoy would read otherwise for values with characters beyond ASCII",
            source.name, source.group
        ),
        "requests with such a value in that header are denied",
    )
    .on(&grant.target)
    .at(grant.rule_path(source))
}
