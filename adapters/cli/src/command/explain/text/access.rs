//! Who may call a workload and why, as a table.

use smi_translate::facts::Labels;

use super::super::form::{Access, Grant};
use super::conditions;
use crate::terminal;

/// Names are not padded further than this: a single long one must not push the table off the screen.
const WIDEST_CELL: usize = 40;
/// Lines are broken between conditions where they would be longer than this.
const WIDEST_LINE: usize = 110;
/// What the last column has at least, however wide the others are.
const NARROWEST: usize = 40;

const NO_DESTINATION: &str = "  no TrafficTarget has it as its destination: none grants anything, and by default nothing is denied either\n";

/// One destination.
pub(super) fn destination(access: &Access) -> String {
    let Access { namespace, destination, workloads, unprotected, grants, inseparable, is_asked_for } = access;
    let mut text = format!("who may call {destination}\n");
    match (workloads.as_slice(), unprotected.as_slice()) {
        ([], []) => text.push_str("  workloads: none of it is in the input\n"),
        ([], unprotected) => {
            text.push_str(&names("workloads", unprotected));
            text.push_str(NO_DESTINATION);
            return text;
        }
        (workloads, unprotected) => {
            text.push_str(&names("workloads", workloads));
            if !unprotected.is_empty() {
                text.push_str(&names("unprotected", unprotected));
            }
        }
    }
    for mixed in inseparable {
        let (workload, because) = (&mixed.workload, &mixed.because);
        text.push_str(&format!("  note: no selector tells {workload} apart:\n        {because}\n"));
    }
    if grants.is_empty() {
        text.push_str(if *is_asked_for {
            "  nobody: no TrafficTarget grants anything\n"
        } else {
            NO_DESTINATION
        });
        return text;
    }
    let mut rows = vec![Row::heading()];
    rows.extend(grants.iter().flat_map(|grant| Row::of(grant, namespace)));
    text.push_str(&table(&rows));
    text
}

/// Names after a label, on several lines where they are many.
fn names(label: &str, names: &[String]) -> String {
    let mut start = format!("  {label}: ");
    let mut text = String::new();
    for line in broken(names, WIDEST_LINE.saturating_sub(start.chars().count()).max(NARROWEST)) {
        text.push_str(&format!("{start}{line}\n"));
        start = " ".repeat(start.chars().count());
    }
    text
}

/// A line of the table.
struct Row {
    cells: [String; 4],
    /// Alternatives, each in parts between which a line may be broken.
    what: Vec<Vec<String>>,
}

impl Row {
    fn heading() -> Row {
        let cells = ["source", "protocol", "ports", "TrafficTarget"].map(str::to_owned);
        Row { cells, what: vec![vec!["what".to_owned()]] }
    }

    /// One row for each source.
    fn of(grant: &Grant, namespace: &str) -> Vec<Row> {
        let ports = match &grant.ports {
            None => "every".to_owned(),
            Some(ports) => ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", "),
        };
        // The namespace is that of the destination, unless the user allowed others.
        let own = grant.target.strip_prefix(namespace).and_then(|rest| rest.strip_prefix('/'));
        let target = own.unwrap_or(&grant.target);
        let what: Vec<Vec<String>> = match grant.protocol {
            "http" => alternatives(grant),
            "udp" => vec![vec!["every packet".to_owned()]],
            _ => vec![vec!["every connection, also with HTTP".to_owned()]],
        };
        let row = |source: &String| {
            let mut what = what.clone();
            let limits =
                [("from", grant.source_labels.get(source)), ("to", grant.destination_labels.as_ref())];
            for (word, labels) in limits {
                what.extend(labels.map(|labels| vec![format!("only {word} pods with {}", selector(labels))]));
            }
            let cells = [source.clone(), grant.protocol.to_owned(), ports.clone(), target.to_owned()];
            Row { cells, what }
        };
        grant.sources.iter().map(row).collect()
    }
}

/// The matches, of which one must hold.
fn alternatives(grant: &Grant) -> Vec<Vec<String>> {
    let mut alternatives: Vec<Vec<String>> = grant.matches.iter().map(conditions).collect();
    for first in alternatives.iter_mut().skip(1).filter_map(|parts| parts.first_mut()) {
        first.insert_str(0, "or ");
    }
    alternatives
}

fn selector(labels: &Labels) -> String {
    let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}

fn table(rows: &[Row]) -> String {
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row.cells[column].chars().count());
        widths.filter(|width| *width <= WIDEST_CELL).max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2), width(3)];
    let indent = 2 + widths.iter().map(|width| width + 2).sum::<usize>();
    let room = WIDEST_LINE.saturating_sub(indent).max(NARROWEST);
    let mut text = String::new();
    for row in rows {
        let cells = row.cells.iter().zip(widths);
        let cells: String = cells.map(|(cell, width)| format!("{:width$}  ", terminal::name(cell))).collect();
        let mut start = format!("  {cells}");
        for line in row.what.iter().flat_map(|parts| broken(parts, room)) {
            text.push_str(&format!("{start}{line}\n"));
            start = " ".repeat(indent);
        }
    }
    text
}

/// An alternative on one line, or on several where it is too long; those that follow are indented.
fn broken(parts: &[String], room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for part in parts {
        let part = terminal::name(part);
        match lines.last_mut() {
            Some(line) if line.chars().count() + part.chars().count() + 3 <= room => {
                line.push_str(&format!(", {part}"));
            }
            Some(line) => {
                line.push(',');
                lines.push(format!("  {part}"));
            }
            None => lines.push(part),
        }
    }
    lines
}
