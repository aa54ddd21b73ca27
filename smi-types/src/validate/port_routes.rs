//! Checks of the ports of a TCPRoute or UDPRoute (SMI-VAL-39).

use std::collections::HashMap;
use std::num::NonZeroU16;

use super::Finding;
use crate::hub::{PortList, Ports};
use crate::specs::ports_path;
use crate::{FieldPath, InvalidPort, Port};

pub(super) fn check(ports: &Ports, findings: &mut Vec<Finding>) {
    let Ports::Listed(list) = ports else { return };
    let effect = effect_of_invalid(list);
    let mut first_positions = HashMap::new();
    for (index, port) in list.entries().iter().enumerate() {
        let path = ports_path().index(index);
        match port {
            Port::Invalid(invalid) => findings.push(bad_port(path, invalid, effect)),
            Port::Number(number) => {
                let first = *first_positions.entry(*number).or_insert(index);
                if first != index {
                    findings.push(duplicate_port(path, *number, first));
                }
            }
        }
    }
}

fn effect_of_invalid(list: &PortList) -> &'static str {
    if list.numbers().is_empty() {
        "the route matches nothing, because none of its ports is valid"
    } else {
        "the entry matches nothing"
    }
}

fn bad_port(path: FieldPath, invalid: &InvalidPort, effect: &str) -> Finding {
    Finding::error("SMI-VAL-39", path, invalid.to_string(), effect)
        .help("write a number from 1 to 65535, or an empty list for all ports")
}

fn duplicate_port(path: FieldPath, port: NonZeroU16, first: usize) -> Finding {
    let message = format!("port {port} is listed before, as {}", ports_path().index(first));
    Finding::warning("SMI-VAL-39", path, message, "none; it counts once")
}
