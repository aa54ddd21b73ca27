//! `smi decide`: requests in, where they go out. What is answered is the written meaning of SMI, not that of a mesh.

mod answer;
mod request;

use std::path::PathBuf;

use clap::Args;
use smi_translate::read::Input;
use smi_translate::{Intent, Inventory, Severity, decide, resolve};

use crate::arguments::{FindingsArgs, InputArgs, MeaningArgs};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output;
use crate::report::{Findings, Reporter, counted};
use crate::terminal::{self, Terminal, printable};
use answer::Answer;
use request::{Question, RequestArgs};

const EXAMPLES: &str = r#"Examples:
  {smi} decide manifests/ --host shop/website --port 80 --path /api --header x-user=beta
  {smi} decide manifests/ --requests requests.jsonl

A line of requests.jsonl, and the answer to it:
  {"host":"shop/website","protocol":"http","port":80,"method":"GET","path":"/","headers":{"x-user":"beta"}}
  {"shares":[{"service":"website-v1","share":"9/10"},{"service":"website-v2","share":"1/10"}],"by":"TrafficSplit shop/website"}
A header's value may be a list. A request that cannot be answered gets {"error":"…"}, so that the counts agree.

Exit status:
  0  every request is answered
  1  losses or warnings at or above --fail-on
  2  some requests are not answered, or some objects have errors
  3  unreadable input, or an error of usage"#;

/// Answer where requests go
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
        let options = self.meaning.options(reporter.allow());
        let Input { inventory, sources, mut diagnostics } = self.input.load(options, None)?;
        diagnostics.extend(inventory.check());
        diagnostics.extend(inventory.units().flat_map(|unit| resolve(&inventory, &unit).diagnostics));
        let findings = Findings::new(&sources, diagnostics);

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
            let answer = request::parse(line, &self.meaning.cluster_domain).and_then(|mut question| {
                let intent = intent(inventory, &question);
                request::fill_port(&mut question, &intent)
                    .map_err(|ports| format!("{} has several ports; name one: {ports}", question.host))?;
                Ok(Answer::from(&decide(&intent, &question.request)))
            });
            match answer {
                Ok(answer) => {
                    answered += 1;
                    text.push_str(&output::json_line(&answer)?);
                }
                Err(message) => {
                    failed += 1;
                    terminal.say(&format!(
                        "error: {}:{}: {message}",
                        terminal::name(&source.name),
                        index + 1
                    ));
                    text.push_str(&output::json_line(&answer::Unanswered { error: message })?);
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
        let mut question = self.request.question(&self.meaning.cluster_domain).map_err(Failure::new)?;
        let intent = intent(inventory, &question);
        request::fill_port(&mut question, &intent).map_err(|ports| {
            Failure::new(format!("{} has several ports", question.host))
                .help(format!("name one with --port: {ports}"))
        })?;
        if let Err(message) = request::check(&question, &intent, inventory.options()) {
            terminal.say(&format!("error: {message}"));
            let text = match self.output {
                AnswerForm::Text => String::new(),
                AnswerForm::Json => output::json_line(&answer::Unanswered { error: message })?,
            };
            return Ok((text, "1 request refused".to_owned(), Exit::Refused));
        }
        let decision = decide(&intent, &question.request);
        let text = match self.output {
            AnswerForm::Text => printable(&answer::sentence(&question, &decision)),
            AnswerForm::Json => output::json_line(&Answer::from(&decision))?,
        };
        Ok((text, "1 request answered".to_owned(), Exit::Clean))
    }
}

/// A root that no split asks for is a unit without rules: the root answers.
fn intent(inventory: &Inventory, question: &Question) -> Intent {
    resolve(inventory, &question.root).intent
}
