//! The real manifests beside the workspace, `../shared/cases`: read in place, because not all of them may be published.

use std::fs;
use std::path::{Path, PathBuf};

/// The folder; `None`, and a line that says so, where it is not there.
///
/// # Panics
///
/// With `CI=true`, where nothing may be left out.
#[must_use]
#[expect(clippy::print_stdout, reason = "what a test leaves out, it says")]
pub fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases");
    if folder.is_dir() {
        return Some(folder);
    }
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "there is no ../shared/cases beside the workspace, and CI may leave nothing out");
    println!("left out: no ../shared/cases beside the workspace");
    None
}

/// The text of a file in it.
///
/// # Panics
///
/// When the file is not there.
#[must_use]
pub fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cells of the tables of a Markdown text, row by row.
#[must_use]
pub fn rows(markdown: &str) -> Vec<Vec<&str>> {
    markdown
        .lines()
        .filter_map(|line| line.strip_prefix("| "))
        .map(|line| line.split(" | ").map(|cell| cell.trim_end_matches(" |").trim()).collect())
        .collect()
}
