//! `smi translate`: SMI objects in, the objects of a mesh out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::Args;
use smi_translate::read::Input;
use smi_translate::{Intent, Inventory, Manifest, ObjectRef, Translation, UnitKey, resolve, testing};

use crate::arguments::{FindingsArgs, InputArgs, MeaningArgs, Structure};
use crate::exit::{Exit, Failure, Outcome};
use crate::mesh::Mesh;
use crate::output::{self, directory, unwritable};
use crate::report::{Findings, Reporter, counted};
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  {smi} translate --to istio manifests/ > mesh.yaml
  helm template shop | {smi} translate --to istio -
  {smi} translate --to istio --output-dir mesh/ manifests/   one file per object, stale ones removed
  {smi} translate --to istio --check mesh/ manifests/        in CI: exits with 1 if mesh/ is out of date

Exit status:
  0  clean: the objects mean exactly what the input says
  1  losses or warnings at or above --fail-on, or differences found by --check
  2  some objects were refused; the others are translated
  3  unreadable input, or an error of usage";

/// Translate SMI objects into the objects of a mesh
///
/// Standard output carries nothing but the objects; everything there is to say goes to standard error.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Translate {
    #[command(flatten)]
    input: InputArgs,

    /// The mesh to translate to
    #[arg(long, value_name = "MESH", value_enum)]
    to: Mesh,

    /// Form of the objects on standard output
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t, conflicts_with_all = ["output_dir", "check"])]
    output: Structure,

    /// Write one file per object into this directory, and remove stale files of earlier runs
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    output_dir: Option<PathBuf>,

    /// Write nothing, but print how the files in this directory would change
    #[arg(long, value_name = "DIR")]
    check: Option<PathBuf>,

    #[command(flatten)]
    meaning: MeaningArgs,

    #[command(flatten)]
    findings: FindingsArgs,
}

impl Translate {
    /// Runs the command.
    pub(crate) fn run(&self, terminal: Terminal) -> Outcome {
        let reporter = Reporter::new(&self.findings, terminal)?;
        let backend = self.meaning.backend(self.to);
        let Input { inventory, sources, mut diagnostics } =
            self.input.load(self.meaning.options(reporter.allow()), Some(&*backend))?;
        let Translation { manifests, diagnostics: more, refused } =
            smi_translate::translate(&inventory, &*backend);
        diagnostics.extend(more);
        let findings = Findings::new(&sources, diagnostics);
        let refused = refused_objects(&inventory, &refused, &findings);

        let writer = format!("{}-adapter", backend.name());
        let (done, exit) = self.write(&manifests, &writer, terminal)?;
        let summary = summary(&manifests, &inventory, refused, &findings) + &done;
        reporter.publish(&findings, &summary, self.output_dir.is_some())?;
        let refused = if refused > 0 { Exit::Refused } else { Exit::Clean };
        Ok(exit.max(refused).max(reporter.exit(&findings)))
    }

    /// Writes the objects where they belong. Answers with words for the summary.
    fn write(
        &self,
        manifests: &[Manifest],
        writer: &str,
        terminal: Terminal,
    ) -> Result<(String, Exit), Failure> {
        if let Some(directory) = &self.output_dir {
            Ok((write_directory(directory, writer, manifests, terminal)?, Exit::Clean))
        } else if let Some(directory) = &self.check {
            check_directory(directory, writer, manifests)
        } else {
            let text = match self.output {
                Structure::Yaml => output::yaml_documents(manifests)?,
                Structure::Json => output::list(manifests)?,
            };
            output::stdout(&text)?;
            Ok((String::new(), Exit::Clean))
        }
    }
}

fn write_directory(
    directory: &Path,
    writer: &str,
    manifests: &[Manifest],
    terminal: Terminal,
) -> Result<String, Failure> {
    let files = testing::files(manifests).map_err(|error| unwritable(&error))?;
    let written = directory::write(directory, writer, &files)?;
    for path in &written.removed {
        terminal.note(&format!("removed {path}"));
    }
    let changed = counted(written.changed, "file");
    Ok(format!("; wrote {changed} in {}, {} unchanged", directory.display(), written.unchanged))
}

fn check_directory(
    directory: &Path,
    writer: &str,
    manifests: &[Manifest],
) -> Result<(String, Exit), Failure> {
    let files = testing::files(manifests).map_err(|error| unwritable(&error))?;
    let differences = directory::check(directory, writer, &files)?;
    let text: String = differences.iter().map(ToString::to_string).collect();
    output::stdout(&text)?;
    match differences.len() {
        0 => Ok((format!("; {} is up to date", directory.display()), Exit::Clean)),
        n => {
            Ok((format!("; {} in {} would change", counted(n, "file"), directory.display()), Exit::Findings))
        }
    }
}

/// How many objects have no effect, or only part of it: those with errors, and the splits of roots that render nothing.
fn refused_objects(inventory: &Inventory, units: &[UnitKey], findings: &Findings) -> usize {
    let mut objects: BTreeSet<ObjectRef> = BTreeSet::new();
    let mut documents = 0;
    for (object, _) in findings.refused() {
        match object {
            Some(object) => drop(objects.insert(object)),
            None => documents += 1,
        }
    }
    for unit in units {
        let Intent::Routing(routing) = resolve(inventory, unit).intent;
        objects.extend(routing.rules.into_iter().map(|rule| rule.split));
    }
    objects.len() + documents
}

/// `3 objects from 2 splits; 1 refused, 2 warnings`.
fn summary(manifests: &[Manifest], inventory: &Inventory, refused: usize, findings: &Findings) -> String {
    let objects = counted(manifests.len(), "object");
    let splits = counted(inventory.splits().count(), "split");
    let mut words = findings.tally();
    if refused > 0 {
        // What is refused has an error or a loss, and counts once.
        words.retain(|word| !word.contains("error"));
        words.insert(0, format!("{refused} refused"));
    }
    match words.as_slice() {
        [] => format!("{objects} from {splits}"),
        words => format!("{objects} from {splits}; {}", words.join(", ")),
    }
}
