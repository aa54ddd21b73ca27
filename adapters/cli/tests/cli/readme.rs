//! What the README promises.

use crate::run::Folder;
use crate::{ACCESS, ROLLOUT, SHOP};

const README: &str = include_str!("../../../../README.md");

/// The arguments of every `smi` in a line of the console, without comment.
fn arguments(line: &str) -> Option<&str> {
    let command = line.strip_prefix("$ ")?;
    let command = command.split_once(" #").map_or(command, |(command, _)| command);
    command.split(" | ").find_map(|part| part.strip_prefix("smi ")).map(str::trim)
}

#[test]
fn every_command_runs() {
    let folder = Folder::new();
    for (name, text) in [("shop", SHOP), ("api", ACCESS), ("checkout", ROLLOUT)] {
        folder.write(&format!("manifests/{name}.yaml"), &text.replace("default", "shop"));
    }
    folder.write("old.yaml", &ROLLOUT.replace("v1alpha4", "v1alpha2"));
    folder.write("ca.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let definitions = folder.smi("crds").stdout;
    let mut count = 0;
    for line in README.lines().filter_map(arguments) {
        let line = line.replace('\'', "");
        let input = if line.starts_with("crds ") { &definitions } else { SHOP };
        let run = match line.ends_with(" -") {
            true => folder.smi_with_input(&line, input.as_bytes()),
            false => folder.smi(&line),
        };
        assert_ne!(run.status, 3, "smi {line}: {run}");
        count += 1;
    }
    assert!(count > 10, "the README has {count} commands");
}

#[test]
fn linkerds_example_is_what_is_printed() {
    let (_, section) = README.split_once("\n## Linkerd\n").unwrap();
    let mut blocks = section.split("```yaml\n").skip(1).map(|block| block.split_once("```").unwrap().0);
    let (input, output) = (blocks.next().unwrap(), blocks.next().unwrap());
    let run = Folder::new().smi_with_input("translate --to linkerd -", input.as_bytes());
    assert_eq!((run.status, run.stdout.as_str()), (0, output), "{run}");
}
