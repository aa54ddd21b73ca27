//! Findings: diagnostics with their place in the input, in the order of the input, and what becomes of them.

mod human;
mod json;
mod place;
mod sarif;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use smi_translate::diagnostic::Diagnostic;
use smi_translate::read::Sources;
use smi_translate::{ObjectRef, Severity};

use crate::arguments::{FindingsArgs, ReportFormat, ReportTarget};
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output;
use crate::terminal::Terminal;

pub(crate) use json::document as json_document;
pub(crate) use place::Place;
use place::Places;

/// One diagnostic, and where it points.
pub(crate) struct Finding {
    /// What there is to say.
    pub(crate) diagnostic: Diagnostic,
    /// Where in the input.
    pub(crate) place: Option<Place>,
}

/// Everything there is to say about one run, sorted by file and line.
pub(crate) struct Findings(Vec<Finding>);

impl Findings {
    /// Finds the place of each diagnostic. Those that say the same of the same place count once.
    pub(crate) fn new(sources: &Sources, mut diagnostics: Vec<Diagnostic>) -> Findings {
        sources.locate(&mut diagnostics);
        let at = |d: &Diagnostic| d.span.map_or((usize::MAX, 0), |span| (span.source, span.start));
        diagnostics.sort_by(|a, b| {
            at(a)
                .cmp(&at(b))
                .then(b.severity.cmp(&a.severity))
                .then(a.code.cmp(&b.code))
                .then(a.message.cmp(&b.message))
        });
        diagnostics.dedup();
        let mut places = Places::new(sources);
        let findings = diagnostics.into_iter().map(|diagnostic| {
            let place = diagnostic.span.map(|span| places.find(span));
            Finding { diagnostic, place }
        });
        Findings(findings.collect())
    }

    /// One by one.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    /// How many there are of this severity.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|f| f.diagnostic.severity == severity).count()
    }

    /// The objects with errors, with their codes, in order; a document that names no object stands alone.
    pub(crate) fn refused(&self) -> Vec<(Option<ObjectRef>, BTreeSet<&'static str>)> {
        let mut objects: BTreeMap<ObjectRef, BTreeSet<&'static str>> = BTreeMap::new();
        let mut documents = Vec::new();
        for Finding { diagnostic, .. } in self.0.iter().filter(|f| f.diagnostic.severity == Severity::Error) {
            let code = diagnostic.code.0;
            match &diagnostic.object {
                Some(object) => {
                    objects.entry(object.clone()).or_default().insert(code);
                }
                None => documents.push((None, BTreeSet::from([code]))),
            }
        }
        objects.into_iter().map(|(object, codes)| (Some(object), codes)).chain(documents).collect()
    }

    /// `2 errors, 1 warning`; what there is none of is left out, and so are infos.
    pub(crate) fn tally(&self) -> Vec<String> {
        [(Severity::Error, "error"), (Severity::Loss, "loss"), (Severity::Warning, "warning")]
            .into_iter()
            .filter_map(|(severity, word)| match self.count(severity) {
                0 => None,
                n => Some(counted(n, word)),
            })
            .collect()
    }
}

/// `1 object`, `2 objects`.
pub(crate) fn counted(n: usize, word: &str) -> String {
    match (n, word) {
        (1, word) => format!("1 {word}"),
        (n, "loss") => format!("{n} losses"),
        (n, word) => format!("{n} {word}s"),
    }
}

/// `2 splits and 1 target`; kinds of which there is none are left out. `None` where there is nothing at all.
pub(crate) fn listed(kinds: &[(usize, &str)]) -> Option<String> {
    let words: Vec<String> =
        kinds.iter().filter(|(n, _)| *n > 0).map(|(n, word)| counted(*n, word)).collect();
    let (last, others) = words.split_last()?;
    Some(if others.is_empty() { last.clone() } else { format!("{} and {last}", others.join(", ")) })
}

/// What the user wants done with findings.
pub(crate) struct Reporter {
    terminal: Terminal,
    threshold: Severity,
    allow: BTreeSet<String>,
    reports: Vec<(ReportFormat, ReportTarget)>,
}

impl Reporter {
    /// Reads the options, before anything is written.
    pub(crate) fn new(
        args: &FindingsArgs,
        inputs: &[PathBuf],
        terminal: Terminal,
    ) -> Result<Reporter, Failure> {
        let (threshold, allow, reports) = (args.fail_on.severity(), args.allow(), args.reports(inputs)?);
        Ok(Reporter { terminal, threshold, allow, reports })
    }

    /// The codes that are accepted.
    pub(crate) fn allow(&self) -> &BTreeSet<String> {
        &self.allow
    }

    /// Writes the findings, and then one line that sums up the run. `stdout_is_free` says that the command writes nothing else to
    /// standard output, `exit` how it would end without the findings. Answers with how it ends.
    pub(crate) fn publish(
        &self,
        findings: &Findings,
        summary: &str,
        stdout_is_free: bool,
        exit: Exit,
    ) -> Outcome {
        self.publish_reports(findings, stdout_is_free)?;
        if stdout_is_free || !self.reports.iter().any(|(_, target)| *target == ReportTarget::Stream) {
            let is_wanted =
                |d: &Diagnostic| !self.terminal.quiet || d.severity >= Severity::Loss || self.fails(d);
            self.terminal.write(&human::render(findings, self.terminal, is_wanted));
            return Ok(self.sum_up(findings, summary, exit));
        }
        Ok(exit.max(self.exit(findings)))
    }

    /// Writes only the reports for machines.
    pub(crate) fn publish_reports(&self, findings: &Findings, stdout_is_free: bool) -> Result<(), Failure> {
        for (format, target) in &self.reports {
            let text = match format {
                ReportFormat::Json => json::render(findings),
                ReportFormat::Sarif => sarif::render(findings),
            };
            match target {
                ReportTarget::File(path) => {
                    fs::write(path, text).map_err(|error| input::failed("cannot write", path, &error))?;
                }
                ReportTarget::Stream if stdout_is_free => output::stdout(&text)?,
                ReportTarget::Stream => self.terminal.write(&text),
            }
        }
        Ok(())
    }

    /// Only the summary: for commands whose result is the findings themselves. Answers with how the run ends.
    pub(crate) fn sum_up(&self, findings: &Findings, summary: &str, exit: Exit) -> Exit {
        let by_findings = self.exit(findings);
        let exit = exit.max(by_findings);
        if exit == Exit::Findings && by_findings == Exit::Findings {
            // Whoever asked for silence still wants to know why the run fails.
            self.terminal.say(&format!("{summary}; fails because of --fail-on {}", self.threshold));
        } else {
            self.terminal.note(summary);
        }
        exit
    }

    /// Whether a finding fails the run. A warning that the user allowed does not; a loss does, because what was rendered means less
    /// than what was asked: `--fail-on error` says that it may pass.
    fn fails(&self, d: &Diagnostic) -> bool {
        let is_accepted = d.severity < Severity::Loss && self.allow.contains(d.code.0);
        d.severity >= self.threshold && !is_accepted
    }

    /// The exit status these findings make.
    fn exit(&self, findings: &Findings) -> Exit {
        if findings.count(Severity::Error) > 0 {
            Exit::Refused
        } else if findings.iter().any(|f| self.fails(&f.diagnostic)) {
            Exit::Findings
        } else {
            Exit::Clean
        }
    }
}
