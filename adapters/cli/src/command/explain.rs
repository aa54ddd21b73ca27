//! `smi explain`: what SMI objects mean, root by root and destination by destination.

mod form;
mod text;

use std::collections::BTreeSet;

use clap::Args;
use smi_translate::lint::lint;
use smi_translate::read::Input;
use smi_translate::{
    AccessIntent, Account, Diagnostic, Intent, Inventory, Severity, resolve, resolve_access,
};

use crate::arguments::{FindingsArgs, InputArgs, MeaningArgs, TextOrStructure, names};
use crate::exit::{Exit, Failure, Outcome};
use crate::output;
use crate::report::{Findings, Reporter, counted, listed};
use crate::terminal::{Terminal, printable};
use form::{Explanation, Refused};

pub(super) use text::percent;

const EXAMPLES: &str = r#"Examples:
  {smi} explain manifests/
  {smi} explain --workload shop/api manifests/      who may call this Deployment, and why
  {smi} explain --to shop/api-account manifests/    who may call the workloads of this service account
  {smi} explain -o json manifests/

Form of -o json:
  {"routing":[{"namespace","root","ports":[80]|null,"rules":[{"split","when":[…],"backends":[{"service","weight","share"}]}],
               "otherwise"}],
   "access":[{"namespace","destination":"ns/account","workloads":["Deployment ns/name"],
              "grants":[{"target":"ns/name","sources":[…],"protocol":"http|tcp|udp","ports":[8080]|null,"matches":[…]}]}],
   "refused":[{"object":"Kind ns/name","codes":["SMI-VAL-43"]}]}
"when" and "matches" hold alternatives {"path","methods","headers"}; in each of them everything must hold. A "service" outside the
namespace of the root is "ns/name". A source is the account "ns/name", an identity "spiffe://…", or "IdentityBinding ns/name" for the
pods that it selects by "sourceLabels". A grant with "destinationLabels" is only for pods that have them. "unprotected" are workloads of
the account that are no destination, "inseparable" those that no selector tells from workloads of another account, and "denyByDefault"
namespaces that deny what no TrafficTarget allows.

Exit status:
  0  clean
  1  losses or warnings at or above --fail-on
  2  some objects have errors
  3  unreadable input, or an error of usage"#;

/// Show what SMI objects mean: who gets which share of the traffic, and who may call whom
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explain {
    #[command(flatten)]
    input: InputArgs,

    /// Only who may call the workloads of this service account
    #[arg(long, value_name = "NS/ACCOUNT", value_parser = names::account)]
    to: Option<Account>,

    /// Only who may call this workload, whatever its kind
    #[arg(long, value_name = "NS/NAME", value_parser = names::namespaced, conflicts_with = "to")]
    workload: Option<(String, String)>,

    /// Form of the answer
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t)]
    output: TextOrStructure,

    #[command(flatten)]
    meaning: MeaningArgs,

    #[command(flatten)]
    findings: FindingsArgs,
}

impl Explain {
    /// Runs the command.
    pub(crate) fn run(&self, terminal: Terminal) -> Outcome {
        let reporter = Reporter::new(&self.findings, &self.input.files, terminal)?;
        let options = self.meaning.options(reporter.allow())?;
        let Input { inventory, sources, mut diagnostics } = self.input.load(options, None)?;
        self.meaning.check(&inventory)?;
        diagnostics.extend(inventory.check());
        diagnostics.extend(lint(&inventory));
        let mut explanation = Explanation::default();
        let (mut roots, mut destinations) = (0, 0);
        for unit in inventory.units() {
            let resolved = resolve(&inventory, &unit);
            diagnostics.extend(resolved.diagnostics);
            match resolved.intent {
                Intent::Routing(routing) => {
                    roots += 1;
                    explanation.routing.extend(form::routing(&routing));
                }
                Intent::Access(access) => {
                    destinations += 1;
                    explanation.access.push(form::access(&access));
                }
                Intent::Namespace(namespace) => explanation.deny_by_default.push(namespace.namespace),
            }
        }
        let mut words = listed(&[(roots, "root"), (destinations, "destination")])
            .unwrap_or_else(|| "no root and no destination".to_owned());
        if let Some(selected) = self.selected(&inventory)? {
            diagnostics.retain(|diagnostic| selected.iter().any(|one| is_about(diagnostic, &one.intent)));
            let access: Vec<_> = selected.into_iter().map(|one| one.form).collect();
            words = counted(access.len(), "destination");
            explanation = Explanation { access, ..Explanation::default() };
        }
        let findings = Findings::new(&sources, diagnostics);
        explanation.refused = findings
            .refused()
            .into_iter()
            .map(|(object, codes)| Refused { object: object.map(|object| object.to_string()), codes })
            .collect();

        let text = match self.output {
            TextOrStructure::Json => output::json(&explanation)?,
            TextOrStructure::Yaml => output::yaml(&explanation)?,
            TextOrStructure::Text => printable(&text::render(&explanation)),
        };
        output::stdout(&text)?;
        let words: Vec<String> = [words].into_iter().chain(findings.tally()).collect();
        reporter.publish(&findings, &words.join("; "), false, Exit::Clean)
    }

    /// The destinations that were asked for; `None` where everything is.
    fn selected(&self, inventory: &Inventory) -> Result<Option<Vec<Selected>>, Failure> {
        if let Some(account) = &self.to {
            let intent = resolve_access(inventory, account).intent;
            return Ok(Some(vec![Selected { form: form::access(&intent), intent }]));
        }
        let Some((namespace, name)) = &self.workload else { return Ok(None) };
        let named: Vec<_> = inventory.workloads(namespace).filter(|w| w.object.name == *name).collect();
        if named.is_empty() {
            return Err(no_workload(inventory, namespace, name));
        }
        let selected = named.into_iter().map(|workload| {
            let account = Account::new(namespace.clone(), workload.service_account.clone());
            let intent = resolve_access(inventory, &account).intent;
            Selected { form: form::access_of(&intent, workload), intent }
        });
        Ok(Some(selected.collect()))
    }
}

/// A destination that was asked for.
struct Selected {
    form: form::Access,
    intent: AccessIntent,
}

/// Whether a finding may matter to a destination: it is about an object that takes part, or about one that might if it had no error.
fn is_about(diagnostic: &Diagnostic, intent: &AccessIntent) -> bool {
    diagnostic.object.as_ref().is_none_or(|object| {
        let may_take_part =
            object.namespace == intent.destination.namespace && diagnostic.severity == Severity::Error;
        may_take_part || intent.targets.contains(object) || intent.sources.contains(object)
    })
}

fn no_workload(inventory: &Inventory, namespace: &str, name: &str) -> Failure {
    let known: BTreeSet<&str> = inventory.workloads(namespace).map(|w| w.object.name.as_ref()).collect();
    let failure = Failure::new(format!("there is no workload {namespace}/{name} in the input"));
    match known.len() {
        0 => failure.help("add its manifest, or ask for its service account: --to NAMESPACE/ACCOUNT"),
        1..=20 => {
            let known: Vec<&str> = known.into_iter().collect();
            failure.help(format!("the workloads of namespace {namespace} are {}", known.join(", ")))
        }
        n => failure.help(format!("namespace {namespace} has {n} others")),
    }
}
