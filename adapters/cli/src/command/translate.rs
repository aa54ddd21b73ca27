//! `smi translate`: SMI objects in, the objects of a mesh out.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use clap::Args;
use smi_translate::read::Input;
use smi_translate::{
    Code, Intent, Inventory, Manifest, ObjectRef, Severity, Translation, UnitKey, resolve, testing,
};

use crate::arguments::{FindingsArgs, InputArgs, MeaningArgs, MeshArgs, Structure};
use crate::exit::{Exit, Failure, Outcome};
use crate::mesh::Mesh;
use crate::output::directory::{self, Stale};
use crate::output::{self, unwritable};
use crate::report::{Findings, Reporter, counted, listed};
use crate::terminal::{self, Terminal};

const EXAMPLES: &str = "\
Examples:
  {smi} translate --to istio manifests/ > mesh.yaml
  helm template shop | {smi} translate --to linkerd -
  {smi} translate --to istio --output-dir mesh/ manifests/   one file per object, stale ones removed
  {smi} translate --to istio --check mesh/ manifests/        in CI: exits with 1 if mesh/ is out of date

Exit status:
  0  clean: the objects mean exactly what the input says
  1  losses or warnings at or above --fail-on, or differences found by --check
  2  some objects were refused; the others are translated, and what a refused part of a TrafficTarget grants is denied
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

    /// Write one file per object into this directory, and remove stale files of earlier runs unless something was refused
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    output_dir: Option<PathBuf>,

    /// Write nothing, but print how the files in this directory would change
    #[arg(long, value_name = "DIR")]
    check: Option<PathBuf>,

    #[command(flatten)]
    meaning: MeaningArgs,

    #[command(flatten)]
    meshes: MeshArgs,

    #[command(flatten)]
    findings: FindingsArgs,
}

impl Translate {
    /// Runs the command.
    pub(crate) fn run(&self, terminal: Terminal) -> Outcome {
        let reporter = Reporter::new(&self.findings, &self.input.files, terminal)?;
        let backend = self.meshes.backend(self.to, &self.meaning)?;
        let Input { inventory, sources, mut diagnostics } =
            self.input.load(self.meaning.options(reporter.allow())?, Some(&*backend))?;
        self.meaning.check(&inventory)?;
        let Translation { manifests, diagnostics: more, refused } =
            smi_translate::translate(&inventory, &*backend);
        diagnostics.extend(more);
        let findings = Findings::new(&sources, diagnostics);
        let refused = refused_objects(&inventory, &refused, &findings);

        let writer = format!("{}-adapter", backend.name());
        let (done, exit) = self.write(&manifests, &writer, refused, terminal)?;
        let summary = summary(&manifests, &inventory, refused, &findings) + &done;
        let refused = if refused > 0 { Exit::Refused } else { Exit::Clean };
        reporter.publish(&findings, &summary, self.output_dir.is_some(), exit.max(refused))
    }

    /// Writes the objects where they belong. Answers with words for the summary.
    fn write(
        &self,
        manifests: &[Manifest],
        writer: &str,
        refused: usize,
        terminal: Terminal,
    ) -> Result<(String, Exit), Failure> {
        if let Some(directory) = &self.output_dir {
            Ok((write_directory(directory, writer, manifests, refused, terminal)?, Exit::Clean))
        } else if let Some(directory) = &self.check {
            check_directory(directory, writer, manifests, refused, terminal)
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
    refused: usize,
    terminal: Terminal,
) -> Result<String, Failure> {
    let files = testing::files(manifests).map_err(|error| unwritable(&error))?;
    let written = directory::write(directory, writer, &files, stale(refused))?;
    say_kept(&written.kept, refused, terminal);
    for path in &written.removed {
        terminal.note(&format!("removed {path}"));
    }
    let changed = counted(written.changed, "file");
    let kept = match written.kept.len() {
        0 => String::new(),
        n => format!(", {n} kept"),
    };
    Ok(format!("; wrote {changed} in {}, {} unchanged{kept}", terminal::path(directory), written.unchanged))
}

/// What was refused may be what a file of an earlier run is made from, and then removing it would change traffic.
fn stale(refused: usize) -> Stale {
    if refused > 0 { Stale::Keep } else { Stale::Remove }
}

fn say_kept(kept: &[String], refused: usize, terminal: Terminal) {
    let why = match refused {
        1 => "1 document or object was refused".to_owned(),
        n => format!("{n} documents or objects were refused"),
    };
    for path in kept {
        terminal.note(&format!("kept {path}, because {why}"));
    }
}

fn check_directory(
    directory: &Path,
    writer: &str,
    manifests: &[Manifest],
    refused: usize,
    terminal: Terminal,
) -> Result<(String, Exit), Failure> {
    let files = testing::files(manifests).map_err(|error| unwritable(&error))?;
    let (differences, kept) = directory::check(directory, writer, &files, stale(refused))?;
    say_kept(&kept, refused, terminal);
    let shown = terminal::path(directory);
    let text: String = differences.iter().map(ToString::to_string).collect();
    output::stdout(&text)?;
    let kept = match kept.len() {
        0 => String::new(),
        n => format!(", {n} kept"),
    };
    match differences.len() {
        0 if refused > 0 => Ok((format!("; no file in {shown} would change{kept}"), Exit::Clean)),
        0 => Ok((format!("; {shown} is up to date"), Exit::Clean)),
        n => Ok((format!("; {} in {shown} would change{kept}", counted(n, "file")), Exit::Findings)),
    }
}

/// How many objects have no effect, or only part of it: those with errors, the splits of roots that render nothing, and the targets of
/// which a part is denied that they grant.
fn refused_objects(inventory: &Inventory, units: &[UnitKey], findings: &Findings) -> usize {
    let mut objects: BTreeSet<ObjectRef> = BTreeSet::new();
    let mut documents = 0;
    for (object, _) in findings.refused() {
        match object {
            Some(object) => drop(objects.insert(object)),
            None => documents += 1,
        }
    }
    let allow = &inventory.options().allow;
    let mut lost: HashMap<&ObjectRef, BTreeSet<Code>> = HashMap::new();
    for diagnostic in findings.iter().map(|finding| &finding.diagnostic) {
        if let (Severity::Loss, Some(object)) = (diagnostic.severity, &diagnostic.object)
            && !allow.contains(diagnostic.code.0)
        {
            lost.entry(object).or_default().insert(diagnostic.code);
        }
    }
    for unit in units {
        let intent = resolve(inventory, unit).intent;
        let allowances = intent.allowances();
        let is_lost = |object: &&ObjectRef| {
            let mut codes = lost.get(object).into_iter().flatten();
            codes.any(|code| !allowances.has(object, *code))
        };
        match &intent {
            Intent::Routing(routing) => objects.extend(routing.rules.iter().map(|rule| rule.split.clone())),
            Intent::Access(access) => {
                objects.extend(access.targets.iter().filter(is_lost).cloned());
            }
            Intent::Namespace(namespace) => {
                objects.extend(namespace.sources.iter().filter(is_lost).cloned());
            }
        }
    }
    // A unit of which something is refused counts, even where nothing else does.
    (objects.len() + documents).max(usize::from(!units.is_empty()))
}

/// `3 objects from 2 splits and 1 target; 1 refused, 2 warnings`.
fn summary(manifests: &[Manifest], inventory: &Inventory, refused: usize, findings: &Findings) -> String {
    let objects = counted(manifests.len(), "object");
    // What could not be read is no part of the inventory.
    let unread: Vec<ObjectRef> = findings.refused().into_iter().filter_map(|(object, _)| object).collect();
    let count = |kind: &str, read: BTreeSet<&ObjectRef>| {
        read.len() + unread.iter().filter(|object| object.kind == kind && !read.contains(object)).count()
    };
    let splits = count("TrafficSplit", inventory.splits().map(|split| split.reference()).collect());
    let targets = count("TrafficTarget", inventory.targets().map(|target| target.reference()).collect());
    let kinds = [(splits, "TrafficSplit"), (targets, "TrafficTarget")];
    let sources = listed(&kinds).unwrap_or_else(|| "no TrafficSplit or TrafficTarget".to_owned());
    let mut words = findings.tally();
    if refused > 0 {
        // What is refused has an error or a loss, and counts once.
        words.retain(|word| !word.contains("error"));
        words.insert(0, format!("{refused} refused"));
    }
    match words.as_slice() {
        [] => format!("{objects} from {sources}"),
        words => format!("{objects} from {sources}; {}", words.join(", ")),
    }
}
