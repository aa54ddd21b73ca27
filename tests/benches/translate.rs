//! What translating costs, as ratios within one run: `cargo bench -p smi-tests --bench translate`.
//!
//! Whoever reads the same bytes as plain JSON or YAML and writes them again does the least that any tool can do; the first two tables
//! compare with that. Rounds of the two take turns, and CPU time is counted where the system tells it, so that a busy machine
//! disturbs little. The other tables compare a translation with a smaller one.

#![expect(clippy::print_stdout, reason = "the tables are the result")]

#[path = "translate/input.rs"]
mod input;
#[path = "translate/measure.rs"]
mod measure;
#[path = "translate/process.rs"]
mod process;

use std::hint::black_box;

use input::{Cluster, Form};
use measure::{Comparison, milliseconds, per_object};
use smi_tests::mesh::MESHES;
use smi_translate::read::{Input, ReadOptions, Reader};
use smi_translate::yaml::{self, Limits};
use smi_translate::{Backend, Options, Translation, translate};

fn main() {
    // `cargo test --all-targets` builds and starts benches too, without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    // `-- json yaml` asks for these tables only.
    let tables: [(&str, fn()); 5] =
        [("json", json), ("yaml", yaml), ("access", access), ("growth", growth), ("extremes", extremes)];
    let asked: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, table) in tables {
        if asked.is_empty() || asked.iter().any(|asked| asked == name) {
            table();
        }
    }
}

/// Everything between the text and the rendered objects.
fn translated(text: &[u8], backend: &dyn Backend) -> (Input, Translation) {
    let mut reader =
        Reader::new(ReadOptions { foreign_kinds: backend.foreign_kinds(), ..ReadOptions::default() });
    reader.add("input", text);
    let input = reader.finish(Options::default());
    let translation = translate(&input.inventory, backend);
    (input, translation)
}

/// JSON in, one line of JSON per object of Istio out.
fn json_to_json(text: &[u8]) -> Vec<u8> {
    json_for(&smi_istio::Istio::default(), text)
}

/// The same for any mesh.
fn json_for(backend: &dyn Backend, text: &[u8]) -> Vec<u8> {
    let (_input, translation) = translated(text, backend);
    let mut out = Vec::new();
    for manifest in &translation.manifests {
        serde_json::to_writer(&mut out, manifest).expect("a rendered object is JSON");
        out.push(b'\n');
    }
    out
}

/// YAML in, YAML out, and the place of every diagnostic: what `smi translate` does between reading and writing files.
fn yaml_to_yaml(text: &[u8]) -> String {
    let (mut input, mut translation) = translated(text, &smi_istio::Istio::default());
    input.sources.locate(&mut input.diagnostics);
    input.sources.locate(&mut translation.diagnostics);
    yaml::write_documents(&translation.manifests).expect("a rendered object is YAML")
}

fn json() {
    println!("| JSON of 10,000 TrafficSplits | input | output | parse and write | translate | ratio | aim |");
    println!("| --- | --: | --: | --: | --: | --: | --: |");
    for (cluster, services) in
        [(Cluster::of(10_000), ""), (Cluster::of(10_000).with_services(), " and their Services")]
    {
        for (form, name) in [(Form::Lines, "one object a line"), (Form::List, "one List")] {
            let text = cluster.text(form);
            if matches!(form, Form::Lines) {
                for mesh in MESHES {
                    lines(&format!("{name}{services}, for {}", mesh.name), &text, &*mesh.default_backend());
                }
                continue;
            }
            let output = json_to_json(text.as_bytes()).len();
            let comparison = measure::compare(
                || {
                    let value: serde_json::Value = serde_json::from_slice(text.as_bytes()).expect("JSON");
                    drop(black_box(serde_json::to_vec(&value)));
                },
                || drop(black_box(json_to_json(text.as_bytes()))),
            );
            row(&format!("{name}{services}"), text.len(), output, &comparison, "1.5");
        }
    }
    println!();
}

fn access() {
    println!(
        "| JSON of 1,000 TrafficTargets × 10 matches on 100 workloads | input | output | parse and write | translate | ratio | aim |"
    );
    println!("| --- | --: | --: | --: | --: | --: | --: |");
    /// Which matches there are.
    type Row = (&'static str, fn(usize) -> serde_json::Value);
    let rows: [Row; 3] =
        [("literals", input::literal), ("regexes", input::regex), ("headers", input::header)];
    for mesh in MESHES {
        for (name, one) in rows {
            let text = Cluster::default().with_targets(1_000, 10, 100, one).text(Form::Lines);
            lines(&format!("{name}, for {}", mesh.name), &text, &*mesh.default_backend());
        }
    }
    println!();
}

/// What reading and writing lines of JSON costs, and translating them for a mesh.
fn lines(name: &str, text: &str, backend: &dyn Backend) {
    let output = json_for(backend, text.as_bytes()).len();
    let parse_and_write = || {
        let mut out = Vec::new();
        for line in text.lines() {
            let value: serde_json::Value = serde_json::from_slice(line.as_bytes()).expect("JSON");
            serde_json::to_writer(&mut out, &value).expect("JSON");
            out.push(b'\n');
        }
        drop(black_box(out));
    };
    let comparison =
        measure::compare(parse_and_write, || drop(black_box(json_for(backend, text.as_bytes()))));
    row(name, text.len(), output, &comparison, "1.5");
}

fn yaml() {
    println!("| YAML of 10,000 TrafficSplits | input | output | parse and write | translate | ratio | aim |");
    println!("| --- | --: | --: | --: | --: | --: | --: |");
    for (cluster, services) in
        [(Cluster::of(10_000), ""), (Cluster::of(10_000).with_services(), " and their Services")]
    {
        let text = cluster.text(Form::Yaml);
        let output = yaml_to_yaml(text.as_bytes()).len();
        let values: Vec<_> = trees(&text).iter().map(yaml::Node::to_json).collect();
        let parse_and_write = || {
            black_box(trees(&text));
            drop(black_box(yaml::write_documents(&values)));
        };
        let comparison = measure::compare(parse_and_write, || drop(black_box(yaml_to_yaml(text.as_bytes()))));
        row(&format!("library{services}"), text.len(), output, &comparison, "1.3");
        if let Some(smi) = process::Smi::built() {
            let comparison = smi.compare(&text, parse_and_write);
            row(&format!("`smi translate`{services}"), text.len(), output, &comparison, "1.3");
        }
    }
    println!();
}

fn trees(text: &str) -> Vec<yaml::Node<'_>> {
    yaml::read(text, &Limits::default()).filter_map(|document| document.content.ok()).collect()
}

fn row(name: &str, input: usize, output: usize, comparison: &Comparison, aim: &str) {
    println!(
        "| {name} | {} | {} | {} ms | {} ms | **{}** | {aim} |",
        megabytes(input),
        megabytes(output),
        milliseconds(comparison.first),
        milliseconds(comparison.second),
        comparison.ratio(),
    );
}

fn megabytes(bytes: usize) -> String {
    format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
}

fn growth() {
    println!("| 1,000 → 10,000 TrafficSplits | 1,000 | 10,000 | growth | aim |");
    println!("| --- | --: | --: | --: | --: |");
    for (name, namespaces) in [("in one namespace", 1), ("in 100 namespaces", 100)] {
        for (services, with_services) in [("", false), (", with Services", true)] {
            let cluster = |splits| {
                let cluster = Cluster::of(splits).in_namespaces(namespaces);
                if with_services { cluster.with_services() } else { cluster }
            };
            let (small, large) = (cluster(1_000).text(Form::Lines), cluster(10_000).text(Form::Lines));
            grown(&format!("{name}{services}"), &small, &large, &smi_istio::Istio::default());
        }
    }
    println!();
    println!("| 300 → 3,000 TrafficTargets | 300 | 3,000 | growth | aim |");
    println!("| --- | --: | --: | --: | --: |");
    for mesh in MESHES {
        let cluster = |count| Cluster::default().with_targets(count, 1, count, input::literal);
        let (small, large) = (cluster(300).text(Form::Lines), cluster(3_000).text(Form::Lines));
        let name = format!("each of a workload with a Service, for {}", mesh.name);
        grown(&name, &small, &large, &*mesh.default_backend());
    }
    println!();
}

fn grown(name: &str, small: &str, large: &str, backend: &dyn Backend) {
    let comparison = measure::compare(
        || drop(black_box(json_for(backend, small.as_bytes()))),
        || drop(black_box(json_for(backend, large.as_bytes()))),
    );
    println!(
        "| {name} | {} ms | {} ms | **{}** | 11 |",
        milliseconds(comparison.first),
        milliseconds(comparison.second),
        comparison.ratio()
    );
}

fn extremes() {
    println!("| ten times as much in one place | of what | small | large | µs each | growth | aim |");
    println!("| --- | --- | --: | --: | --: | --: | --: |");
    /// What there is ten times as much of, which kind, how much, and the input with so much of it.
    type Row = (&'static str, &'static str, usize, fn(usize) -> Cluster);
    let rows: [Row; 8] = [
        ("matches in one HTTPRouteGroup", "literals", 10_000, |n| {
            Cluster::default().with_group(n, input::literal).with_users(1)
        }),
        ("matches in one HTTPRouteGroup", "regexes", 1_000, |n| {
            Cluster::default().with_group(n, input::regex).with_users(1)
        }),
        ("matches in one HTTPRouteGroup", "regexes for a header", 1_000, |n| {
            Cluster::default().with_group(n, input::header).with_users(1)
        }),
        ("matches × 100 TrafficSplits that use them", "literals", 10_000, |n| {
            Cluster::default().with_group(n, input::literal).with_users(100)
        }),
        ("TrafficSplits of one root", "unconditional", 10_000, |n| Cluster::default().on_one_root(n, false)),
        ("TrafficSplits of one root", "conditional", 10_000, |n| Cluster::default().on_one_root(n, true)),
        ("backends of one TrafficSplit", "not in the input", 10_000, |n| {
            Cluster::default().with_backends(n, false)
        }),
        ("backends of one TrafficSplit", "with Services", 10_000, |n| {
            Cluster::default().with_backends(n, true)
        }),
    ];
    for (name, what, count, cluster) in rows {
        let (small, large) = (cluster(count / 10).text(Form::Lines), cluster(count).text(Form::Lines));
        let comparison = measure::compare(
            || drop(black_box(json_to_json(small.as_bytes()))),
            || drop(black_box(json_to_json(large.as_bytes()))),
        );
        println!(
            "| {count} {name} | {what} | {} ms | {} ms | {} | **{}** | 11 |",
            milliseconds(comparison.first),
            milliseconds(comparison.second),
            per_object(comparison.second, count),
            comparison.ratio()
        );
    }
}
