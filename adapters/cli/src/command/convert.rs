//! `smi convert`: the same objects in another version. Documents keep their order, and those that need no conversion their text.

mod document;
mod list;
mod losses;
mod object;
mod routes;
mod text;
mod typed;

use clap::Args;
use smi_translate::diagnostic::Diagnostic;
use smi_translate::read::{Input, ReadOptions, Reader, Sources};
use smi_translate::yaml::{self, Limits, Node};
use smi_translate::{Options, Severity, SourceSpan};
use smi_types::Version;
use smi_types::convert::ConvertOptions;

use crate::arguments::{FindingsArgs, HeaderStyleChoice, InputArgs, Structure};
use crate::codes;
use crate::exit::{Exit, Failure, Outcome};
use crate::input;
use crate::output;
use crate::report::{Findings, Reporter, counted};
use crate::terminal::Terminal;
use document::Converter;
use routes::Routes;

const EXAMPLES: &str = "\
Examples:
  {smi} convert --to-version v1alpha4 old.yaml > new.yaml
  {smi} convert --materialize access/ > new.yaml       destination ports become TCPRoutes
  kubectl get trafficsplits -A -o yaml | {smi} convert --to-version v1alpha4 -

What the target version has no place for is kept in the annotation adapters.smi-spec.io/smi-conversion, and converting back
restores it. Where a program that ignores the annotation would admit or route more, the object is refused unless you accept
that with --force.

The one exception is the port of a TrafficTarget's destination, which ends with v1alpha2: it is kept there too, every adapter
of this project obeys it, and an info says that others would open every port. For those use --materialize: it writes the TCPRoute NAME-port-PORT after the TrafficTarget NAME, as
v1alpha4, the only version with ports, and a rule that names it. That takes the place of all TCPRoutes that the target
names: they must be in the input, and have the port.

IdentityBinding and UDPRoute have only v1alpha4; they are refused where another version is asked for.

Exit status:
  0  clean
  1  warnings at or above --fail-on
  2  some objects were refused and are not in the output
  3  unreadable input, or an error of usage";

/// Convert SMI objects to another version
///
/// Every SMI object is converted; every other document passes through as it is.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Convert {
    #[command(flatten)]
    input: InputArgs,

    /// The version to convert to: v1alpha1, v1alpha2, v1alpha3 or v1alpha4
    #[arg(long, value_name = "VERSION", default_value = "v1alpha4")]
    to_version: Version,

    /// Form of the output
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t)]
    output: Structure,

    /// Spelling of header conditions [default: map where the version changes, else as it is]
    #[arg(long, value_name = "STYLE", value_enum)]
    header_style: Option<HeaderStyleChoice>,

    /// Convert even what other programs may read as more than it says: the same as --allow SMI-CONV-WIDENING
    #[arg(long)]
    force: bool,

    /// Write a TCPRoute for the destination port of a TrafficTarget, instead of an annotation
    #[arg(long)]
    materialize: bool,

    #[command(flatten)]
    findings: FindingsArgs,
}

/// One document of the output.
pub(super) struct Written {
    /// As YAML text, without separator.
    pub(super) yaml: String,
    /// As objects; a list has several.
    pub(super) objects: Vec<serde_json::Value>,
}

impl Convert {
    /// Runs the command.
    pub(crate) fn run(&self, terminal: Terminal) -> Outcome {
        self.check()?;
        let reporter = Reporter::new(&self.findings, &self.input.files, terminal)?;
        let texts = input::read(&self.input.files)?;
        let Input { inventory: _, sources, diagnostics } = self.input.parse(&texts, Options::default(), None);
        let mut converter = Converter {
            to: self.to_version,
            options: ConvertOptions { header_style: self.header_style.map(Into::into) },
            forced: self.force || reporter.allow().contains(codes::WIDENING.0),
            namespace: &self.input.namespace,
            routes: self.materialize.then(Routes::default),
            // Of what the reader said about the whole input, only what cannot be read counts: objects are read one by one.
            diagnostics: diagnostics.into_iter().filter(is_syntax).collect(),
            converted: 0,
            unchanged: 0,
            added: 0,
        };
        if self.materialize {
            self.for_each_document(&sources, texts.len(), |_, _, node, said| {
                converter.learn(node, said);
                Ok(())
            })?;
        }
        let mut written = Vec::new();
        self.for_each_document(&sources, texts.len(), |text, place, node, said| {
            written.extend(converter.document(text, place, node, said)?);
            Ok(())
        })?;
        let Converter { diagnostics, converted, unchanged, added, .. } = converter;
        let findings = Findings::new(&sources, diagnostics);
        self.write(&written)?;
        let mut summary = format!("{} converted to {}", counted(converted, "object"), self.to_version);
        if added > 0 {
            summary.push_str(&format!(", {} added", counted(added, "TCPRoute")));
        }
        summary.push_str(&format!(", {unchanged} unchanged"));
        let words = findings.tally();
        if !words.is_empty() {
            summary.push_str(&format!("; {}", words.join(", ")));
        }
        reporter.publish(&findings, &summary, false, Exit::Clean)
    }

    fn check(&self) -> Result<(), Failure> {
        let to = self.to_version;
        if self.materialize && matches!(to, Version::V1Alpha1 | Version::V1Alpha2) {
            return Err(Failure::new(format!("--materialize has nothing to do: {to} has destination ports"))
                .help("leave it out, or convert to v1alpha3 or v1alpha4"));
        }
        Ok(())
    }

    /// Goes through the documents that can be read, each with its text, its place, and what the reader says about it.
    fn for_each_document(
        &self,
        sources: &Sources,
        count: usize,
        mut each: impl FnMut(&str, SourceSpan, &Node<'_>, &[Diagnostic]) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        for source in 0..count {
            let text = sources.text(source);
            for document in yaml::read(&text, &Limits::default()) {
                let Ok(node) = &document.content else { continue };
                let place = SourceSpan { source, start: document.span.start, end: document.span.end };
                each(&text, place, node, &self.read_alone(&text, place))?;
            }
        }
        Ok(())
    }

    /// What the reader says about one document, with places in the whole text.
    fn read_alone(&self, text: &str, place: SourceSpan) -> Vec<Diagnostic> {
        let options = ReadOptions { namespace: self.input.namespace.clone(), ..ReadOptions::default() };
        let mut reader = Reader::new(options);
        reader.add("", &text.as_bytes()[place.start..place.end]);
        let Input { inventory: _, sources, mut diagnostics } = reader.finish(Options::default());
        sources.locate(&mut diagnostics);
        for span in diagnostics.iter_mut().filter_map(|d| d.span.as_mut()) {
            *span = SourceSpan {
                source: place.source,
                start: span.start + place.start,
                end: span.end + place.start,
            };
        }
        diagnostics
    }

    fn write(&self, written: &[Written]) -> Result<(), Failure> {
        let text = match self.output {
            Structure::Yaml => {
                written.iter().map(|document| document.yaml.as_str()).collect::<Vec<_>>().join("---\n")
            }
            Structure::Json => {
                let objects: Vec<_> = written.iter().flat_map(|document| &document.objects).collect();
                output::list(&objects)?
            }
        };
        output::stdout(&text)
    }
}

/// Whether a diagnostic is about text that is no document at all.
pub(super) fn is_syntax(diagnostic: &Diagnostic) -> bool {
    diagnostic.object.is_none()
        && diagnostic.severity == Severity::Error
        && ["SMI-READ-1", "SMI-READ-2", "SMI-READ-3", "SMI-READ-4"].contains(&diagnostic.code.0)
}
