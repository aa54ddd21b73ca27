//! `smi decide`: requests in; where they go, or whether they are allowed, out. What is answered is the written meaning of SMI, not that of
//! a mesh.

mod answer;
mod request;

use std::path::PathBuf;

use clap::Args;
use smi_translate::lint::lint;
use smi_translate::read::Input;
use smi_translate::{
    AccessIntent, AccessScope, Decision, Inventory, Options, Severity, Verdict, decide, resolve,
    resolve_access, resolve_routing,
};

use crate::arguments::{FindingsArgs, InputArgs, MeaningArgs};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output;
use crate::report::{Findings, Reporter, counted};
use crate::terminal::{self, Terminal, printable};
use answer::{Answer, access_sentence, routing_sentence};
use request::{AccessQuestion, Question, RequestArgs, RoutingQuestion};

const EXAMPLES: &str = r#"Examples:
  {smi} decide manifests/ --host shop/website --port 80 --path /api --header x-user=beta
  {smi} decide manifests/ --from shop/website --to shop/api --port 8080 --path /api
  {smi} decide manifests/ --requests requests.jsonl

Lines of requests.jsonl, and the answers to them:
  {"host":"shop/website","protocol":"http","port":80,"method":"GET","path":"/","headers":{"x-user":"beta"}}
  {"shares":[{"service":"website-v1","share":"9/10"},{"service":"website-v2","share":"1/10"}],"by":"TrafficSplit shop/website"}
  {"from":"shop/website","to":"shop/api","protocol":"http","port":8080,"method":"GET","path":"/api","headers":{}}
  {"decision":"allow","by":"TrafficTarget shop/api","rule":"SMI-ACCESS-3"}
"from" may be a SPIFFE ID; null, or none, is a caller that the mesh did not authenticate. "fromLabels" and "toLabels" are the labels of
the pods. A header's value may be a list. A request that cannot be answered gets {"error":"…"}, so that the counts agree.

Access is decided as SMI is written: what no TrafficTarget allows is denied, also where none is about the destination. How far a mesh
denies by default is another matter, and --access-scope of translate: by default only destinations of TrafficTargets deny anything.

Exit status:
  0  every request is answered, whatever the answer
  1  losses or warnings at or above --fail-on
  2  some requests are not answered, or some objects have errors
  3  unreadable input, or an error of usage"#;

/// Answer where requests go, and whether they are allowed
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Decide {
    #[command(flatten)]
    input: InputArgs,

    #[command(flatten)]
    request: RequestArgs,

    /// Form of the answer to a single request; those to --requests are always JSON lines
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t)]
    output: AnswerForm,

    #[command(flatten)]
    meaning: MeaningArgs,

    #[command(flatten)]
    findings: FindingsArgs,
}

/// The form of one answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum AnswerForm {
    /// A sentence
    #[default]
    Text,
    /// One line of JSON
    Json,
}

/// A question with its answer.
enum Answered {
    Routing(RoutingQuestion, Decision),
    Access(AccessQuestion, Verdict, Box<AccessIntent>),
}

/// Why a question has no answer.
enum Problem {
    /// It is not clear which port is meant: the host, and its ports.
    Ports(String, String),
    /// What was asked about is not there.
    Missing(String),
}

impl Decide {
    /// Runs the command.
    pub(crate) fn run(&self, terminal: Terminal) -> Outcome {
        let mut read = self.input.files.clone();
        read.extend(self.request.requests.clone());
        let reporter = Reporter::new(&self.findings, &read, terminal)?;
        if self.request.requests.is_none() {
            self.request.check()?;
        }
        let reads_stdin = |path: &PathBuf| path.as_os_str() == "-";
        if self.request.requests.as_ref().is_some_and(reads_stdin) && self.input.files.iter().any(reads_stdin)
        {
            return Err(Failure::new("manifests and requests cannot both come from standard input")
                .help("write one of the two to a file"));
        }
        let requests = self.request.requests.as_deref().map(input::read_one).transpose()?;
        let options = self.meaning.options(reporter.allow())?;
        let is_enforced = options.access_scope != AccessScope::Off;
        // What TrafficTargets say can be asked whether or not a mesh enforces them.
        let access_scope = if is_enforced { options.access_scope } else { AccessScope::Destinations };
        let options = Options { access_scope, ..options };
        let Input { inventory, sources, mut diagnostics } = self.input.load(options, None)?;
        diagnostics.extend(inventory.check());
        diagnostics.extend(lint(&inventory));
        diagnostics.extend(inventory.units().flat_map(|unit| resolve(&inventory, &unit).diagnostics));
        let findings = Findings::new(&sources, diagnostics);
        if !is_enforced && inventory.targets().next().is_some() {
            terminal.note("warning: access control is off, and TrafficTargets have no effect; the answers are what they ask for\n");
        }

        let (text, summary, exit) = match requests {
            Some(source) => self.answer_all(&inventory, &source, terminal)?,
            None => self.answer_one(&inventory, terminal)?,
        };
        output::stdout(&text)?;
        let summary = match findings.count(Severity::Error) {
            0 => summary,
            n => format!("{summary}; {} in the manifests", counted(n, "error")),
        };
        reporter.publish(&findings, &summary, false, exit)
    }

    /// One line for each line.
    fn answer_all(
        &self,
        inventory: &Inventory,
        source: &input::Source,
        terminal: Terminal,
    ) -> Result<(String, String, Exit), Failure> {
        let mut text = String::new();
        let (mut answered, mut failed) = (0, 0);
        let lines = source.bytes.strip_prefix(input::BOM).unwrap_or(&source.bytes);
        for (index, line) in lines.split_inclusive(|byte| *byte == b'\n').enumerate() {
            let answer = request::parse(line, inventory.options()).and_then(|question| {
                answer(inventory, question).map_err(|problem| match problem {
                    Problem::Ports(host, ports) => format!("{host} has several ports; name one: {ports}"),
                    Problem::Missing(message) => message,
                })
            });
            match answer {
                Ok(answer) => {
                    answered += 1;
                    text.push_str(&output::json_line(&answer.data())?);
                }
                Err(message) => {
                    failed += 1;
                    terminal.say(&format!(
                        "error: {}:{}: {message}",
                        terminal::name(&source.name),
                        index + 1
                    ));
                    text.push_str(&output::json_line(&Answer::None { error: message })?);
                }
            }
        }
        let exit = if failed > 0 { Exit::Refused } else { Exit::Clean };
        let refused = if failed > 0 { format!("; {failed} refused") } else { String::new() };
        Ok((text, format!("{} answered{refused}", counted(answered, "request")), exit))
    }

    fn answer_one(
        &self,
        inventory: &Inventory,
        terminal: Terminal,
    ) -> Result<(String, String, Exit), Failure> {
        let question = self.request.question(inventory.options()).map_err(Failure::new)?;
        let answered = answer(inventory, question).and_then(|answered| answered.check(inventory));
        let answered = match answered {
            Ok(answered) => answered,
            Err(Problem::Ports(host, ports)) => {
                return Err(Failure::new(format!("{host} has several ports"))
                    .help(format!("name one with --port: {ports}")));
            }
            Err(Problem::Missing(message)) => {
                terminal.say(&format!("error: {message}"));
                let text = match self.output {
                    AnswerForm::Text => String::new(),
                    AnswerForm::Json => output::json_line(&Answer::None { error: message })?,
                };
                return Ok((text, "1 request refused".to_owned(), Exit::Refused));
            }
        };
        let text = match self.output {
            AnswerForm::Text => printable(&answered.sentence()),
            AnswerForm::Json => output::json_line(&answered.data())?,
        };
        Ok((text, "1 request answered".to_owned(), Exit::Clean))
    }
}

/// A unit that no object asks for has an intent all the same: the root answers, and nothing is granted.
fn answer(inventory: &Inventory, question: Question) -> Result<Answered, Problem> {
    match question {
        Question::Routing(mut question) => {
            let (namespace, root) = &question.root;
            let intent = resolve_routing(inventory, namespace, root).intent;
            request::fill_port(&mut question, &intent)
                .map_err(|ports| Problem::Ports(question.host.clone(), ports))?;
            let decision = decide(&intent, &question.request);
            Ok(Answered::Routing(question, decision))
        }
        Question::Access(question) => {
            let intent = resolve_access(inventory, &question.to).intent;
            let verdict = decide(&intent, &question.request);
            Ok(Answered::Access(question, verdict, Box::new(intent)))
        }
    }
}

impl Answered {
    /// The same, if what was asked about is there.
    fn check(self, inventory: &Inventory) -> Result<Answered, Problem> {
        if let Answered::Routing(question, _) = &self {
            let (namespace, root) = &question.root;
            let intent = resolve_routing(inventory, namespace, root).intent;
            request::check(question, &intent, inventory.options()).map_err(Problem::Missing)?;
        }
        Ok(self)
    }

    fn data(&self) -> Answer {
        match self {
            Answered::Routing(_, decision) => decision.into(),
            Answered::Access(_, verdict, _) => verdict.into(),
        }
    }

    fn sentence(&self) -> String {
        match self {
            Answered::Routing(question, decision) => routing_sentence(question, decision),
            Answered::Access(question, verdict, intent) => access_sentence(question, verdict, intent),
        }
    }
}
