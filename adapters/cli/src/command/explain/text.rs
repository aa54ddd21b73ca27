//! An explanation for people.

mod access;

use smi_translate::Share;

use crate::terminal;

use super::form::{Explanation, Match, Patterns, Refused, Routing, RuleForm};

/// The whole text.
pub(super) fn render(explanation: &Explanation) -> String {
    let Explanation { routing, access, deny_by_default, refused } = explanation;
    let mut blocks: Vec<String> = routing.iter().map(root).collect();
    blocks.extend(access.iter().map(access::destination));
    blocks.extend(deny_by_default.iter().map(|namespace| {
        format!("who may call the other workloads of {namespace}\n  nobody: the namespace denies what no TrafficTarget allows\n")
    }));
    if !refused.is_empty() {
        let mut block = "refused\n".to_owned();
        for Refused { object, codes } in refused {
            let codes: Vec<&str> = codes.iter().copied().collect();
            let object = object
                .as_deref()
                .map_or_else(|| "a document that names no object".to_owned(), terminal::name);
            block.push_str(&format!("  {object}: {}\n", codes.join(", ")));
        }
        blocks.push(block);
    }
    if blocks.is_empty() {
        blocks.push("nothing is split, and nothing is protected\n".to_owned());
    }
    blocks.join("\n")
}

fn root(routing: &Routing) -> String {
    let Routing { namespace, root, ports, rules, otherwise } = routing;
    let ports = match ports.as_deref() {
        None => "every port".to_owned(),
        Some([]) => "no TCP port".to_owned(),
        Some([only]) => format!("port {only}"),
        Some(several) => {
            format!("ports {}", several.iter().map(u16::to_string).collect::<Vec<_>>().join(", "))
        }
    };
    let mut text = format!("{namespace}/{root}, {ports}\n");
    for (index, entry) in rules.iter().enumerate() {
        text.push_str(&rule(index + 1, entry));
    }
    if let Some(otherwise) = otherwise {
        let word = if rules.is_empty() { "always" } else { "otherwise" };
        text.push_str(&format!("  {word}: {otherwise} itself\n"));
    }
    text
}

fn rule(number: usize, rule: &RuleForm) -> String {
    let RuleForm { split, when, backends } = rule;
    let mut text = format!("  {number}. TrafficSplit {split}\n");
    match when.as_slice() {
        [] => text.push_str("     always\n"),
        matches => {
            for (index, entry) in matches.iter().enumerate() {
                let word = if index == 0 { "when" } else { "  or" };
                text.push_str(&format!("     {word} {}\n", condition(entry)));
            }
        }
    }
    let name_width = backends.iter().map(|b| b.service.chars().count()).max().unwrap_or_default();
    let weight_width = backends.iter().map(|b| b.weight.to_string().len()).max().unwrap_or_default();
    for backend in backends {
        let (service, weight, share) = (&backend.service, backend.weight, backend.share);
        let percent = percent(share);
        // What is rounded has its own sign.
        let sign = if percent.starts_with(|c: char| c.is_ascii_digit()) { "= " } else { "" };
        text.push_str(&format!(
            "       {service:name_width$}  weight {weight:weight_width$}  {share} {sign}{percent}\n"
        ));
    }
    text
}

fn condition(entry: &Match) -> String {
    conditions(entry).join(", ")
}

/// What must hold, one by one.
fn conditions(entry: &Match) -> Vec<String> {
    let Match { path, methods, headers } = entry;
    let mut parts = Vec::new();
    if let Some(methods) = methods {
        parts.push(methods.iter().map(String::as_str).collect::<Vec<_>>().join(" or "));
    }
    if let Some(path) = path {
        parts.push(format!("path {path}"));
    }
    for (name, patterns) in headers {
        match patterns {
            Patterns::One(pattern) => parts.push(format!("header {name}: {pattern}")),
            Patterns::All(patterns) => parts.extend(patterns.iter().map(|p| format!("header {name}: {p}"))),
        }
    }
    if parts.is_empty() {
        parts.push("any HTTP request".to_owned());
    }
    parts
}

/// A share in percent, with one digit after the point where it is not a whole number, and `<` or `≈` where that is not exact.
pub(crate) fn percent(share: Share) -> String {
    let (numerator, denominator) = (share.numerator(), share.denominator());
    let Some(permille) = numerator.checked_mul(1000) else { return "≈ a part".to_owned() };
    let (tenths, rest) = (permille / denominator, permille % denominator);
    let rounded = tenths + u128::from(rest >= denominator.div_ceil(2) && rest > 0);
    match (rest, rounded) {
        (0, tenths) if tenths.is_multiple_of(10) => format!("{} %", tenths / 10),
        (0, tenths) => format!("{}.{} %", tenths / 10, tenths % 10),
        (_, 0) => "< 0.1 %".to_owned(),
        (_, 1000) => "> 99.9 %".to_owned(),
        (_, tenths) => format!("≈ {}.{} %", tenths / 10, tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_say_whether_they_are_exact() {
        for (part, total, text) in [
            (9, 10, "90 %"),
            (1, 8, "12.5 %"),
            (1, 3, "≈ 33.3 %"),
            (2, 3, "≈ 66.7 %"),
            (1, 1_000_000, "< 0.1 %"),
            (999_999, 1_000_000, "> 99.9 %"),
            (0, 1, "0 %"),
            (1, 1, "100 %"),
        ] {
            assert_eq!(percent(Share::new(part, total)), text);
        }
    }
}
