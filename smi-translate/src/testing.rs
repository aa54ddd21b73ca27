//! Snapshot tests for translations: the text of a translation, and what has changed since the last one.
//!
//! # Example: a snapshot test in Rust
//!
//! ```
//! use smi_translate::testing::Snapshot;
//!
//! let snapshot = Snapshot::of("
//! apiVersion: split.smi-spec.io/v1alpha4
//! kind: TrafficSplit
//! metadata: {name: website, namespace: shop}
//! spec: {service: website, backends: [{service: website-v1, weight: 1}]}
//! ", &smi_istio::Istio::default());
//! // With insta: `insta::assert_snapshot!(snapshot)`.
//! assert!(snapshot.to_string().contains("host: website-v1.shop.svc.cluster.local"));
//! ```

use std::collections::BTreeMap;
use std::fmt;

use similar::TextDiff;

use crate::backend::Backend;
use crate::diagnostic::Diagnostic;
use crate::manifest::Manifest;
use crate::options::Options;
use crate::read::{Input, ReadOptions, Reader};
use crate::translate::translate;
use crate::yaml;

/// A translation as text: every object, then every diagnostic. Prints the same for the same input, whatever the machine.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The rendered objects.
    pub manifests: Vec<Manifest>,
    /// What there was to say.
    pub diagnostics: Vec<Diagnostic>,
}

impl Snapshot {
    /// Translates manifests with default options.
    #[must_use]
    pub fn of(manifests: &str, backend: &dyn Backend) -> Snapshot {
        Snapshot::with(manifests, backend, Options::default())
    }

    /// Translates manifests.
    #[must_use]
    pub fn with(manifests: &str, backend: &dyn Backend, options: Options) -> Snapshot {
        let mut reader =
            Reader::new(ReadOptions { foreign_kinds: backend.foreign_kinds(), ..ReadOptions::default() });
        reader.add("input", manifests.as_bytes());
        let Input { inventory, sources: _, mut diagnostics } = reader.finish(options);
        let translation = translate(&inventory, backend);
        diagnostics.extend(translation.diagnostics);
        Snapshot { manifests: translation.manifests, diagnostics }
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&yaml::write_documents(&self.manifests).map_err(|_| fmt::Error)?)?;
        for diagnostic in &self.diagnostics {
            let Diagnostic { code, severity, object, path, span: _, message, effect, help } = diagnostic;
            writeln!(f, "# {severity}[{code}]: {message}")?;
            if let Some(object) = object {
                writeln!(f, "{}", format!("#   at {object} {path}").trim_end())?;
            }
            writeln!(f, "#   effect: {effect}")?;
            if let Some(help) = help {
                writeln!(f, "#   help: {help}")?;
            }
        }
        Ok(())
    }
}

/// The files that a directory of translations holds: one per object, by stable name.
///
/// # Errors
///
/// When an object cannot be written as YAML, which no object of ours is known to do.
pub fn files(manifests: &[Manifest]) -> Result<BTreeMap<String, String>, yaml::WriteError> {
    manifests.iter().map(|manifest| Ok((manifest.file_name(), yaml::write(manifest)?))).collect()
}

/// One difference between translations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// A file has other content now.
    Changed {
        /// The file.
        file: String,
        /// What it held.
        before: String,
        /// What it would hold.
        after: String,
    },
    /// A file would be new.
    Added {
        /// The file.
        file: String,
        /// What it would hold.
        after: String,
    },
    /// A file would not be there.
    Removed {
        /// The file.
        file: String,
        /// What it held.
        before: String,
    },
}

/// What has changed from `before` to `after`, by file.
///
/// ```
/// use std::collections::BTreeMap;
/// use smi_translate::testing::compare;
///
/// let before = BTreeMap::from([("a.yaml".to_owned(), "weight: 90\n".to_owned())]);
/// let after = BTreeMap::from([("a.yaml".to_owned(), "weight: 80\n".to_owned())]);
/// let differences = compare(&before, &after);
/// assert!(differences[0].to_string().contains("-weight: 90\n+weight: 80\n"));
/// ```
#[must_use]
pub fn compare(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<Difference> {
    let mut differences = Vec::new();
    for (file, new) in after {
        match before.get(file) {
            None => differences.push(Difference::Added { file: file.clone(), after: new.clone() }),
            Some(old) if old != new => differences.push(Difference::Changed {
                file: file.clone(),
                before: old.clone(),
                after: new.clone(),
            }),
            Some(_) => {}
        }
    }
    let gone = before.iter().filter(|(file, _)| !after.contains_key(*file));
    differences
        .extend(gone.map(|(file, old)| Difference::Removed { file: file.clone(), before: old.clone() }));
    differences
}

impl fmt::Display for Difference {
    /// A unified diff.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (old_name, new_name, before, after) = match self {
            Difference::Changed { file, before, after } => {
                (file.as_str(), file.as_str(), before.as_str(), after.as_str())
            }
            Difference::Added { file, after } => ("/dev/null", file.as_str(), "", after.as_str()),
            Difference::Removed { file, before } => (file.as_str(), "/dev/null", before.as_str(), ""),
        };
        TextDiff::from_lines(before, after).unified_diff().header(old_name, new_name).fmt(f)
    }
}
