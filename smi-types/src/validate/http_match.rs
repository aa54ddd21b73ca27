//! Checks of one match of an HTTPRouteGroup: methods and headers (SMI-VAL-32, 33, 34, 37, 38).

use std::collections::HashMap;

use super::Finding;
use crate::hub::HTTPMatch;
use crate::quote::quoted;
use crate::{FieldPath, Headers, Version};

/// The methods of the upstream schema, without `*`.
const METHODS: [&str; 9] = ["GET", "HEAD", "PUT", "POST", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

pub(super) fn check(path: &FieldPath, entry: &HTTPMatch, version: Version, findings: &mut Vec<Finding>) {
    let HTTPMatch { name: _, path_regex, methods, headers } = entry;
    let methods = methods.as_deref().unwrap_or_default();
    let no_headers = headers.as_ref().is_none_or(Headers::is_empty);
    if path_regex.as_deref().unwrap_or_default().is_empty() && methods.is_empty() && no_headers {
        findings.push(unconditional(path.clone()));
    }
    check_methods(&path.clone().key("methods"), methods, findings);
    if let Some(headers) = headers {
        let path = path.clone().key("headers");
        if version == Version::V1Alpha1 && !headers.is_empty() {
            findings.push(headers_in_v1alpha1(path.clone()));
        }
        check_headers(&path, headers, findings);
    }
}

fn unconditional(path: FieldPath) -> Finding {
    let message = "the match has no path, method or header condition";
    Finding::warning("SMI-VAL-34", path, message, "it selects every HTTP request")
}

fn check_methods(path: &FieldPath, methods: &[String], findings: &mut Vec<Finding>) {
    for (index, method) in methods.iter().enumerate() {
        if method != "*" && !METHODS.contains(&method.as_str()) {
            findings.push(unknown_method(path.clone().index(index), method));
        }
    }
    if methods.len() > 1
        && methods.iter().any(|method| method == "*")
        && methods.iter().any(|method| method != "*")
    {
        findings.push(any_method_and_others(path.clone()));
    }
}

fn unknown_method(path: FieldPath, method: &str) -> Finding {
    let message = format!("{} is not an HTTP method", quoted(method));
    let effect = "it selects only requests whose method is exactly this text";
    let finding = Finding::error("SMI-VAL-32", path, message, effect);
    match METHODS.iter().find(|known| known.eq_ignore_ascii_case(method)) {
        Some(known) => finding.help(format!("methods are upper case: write {known}")),
        None => finding.help(format!("use * or one of {}", METHODS.join(" "))),
    }
}

fn any_method_and_others(path: FieldPath) -> Finding {
    Finding::warning("SMI-VAL-33", path, "the list names * and other methods", "the same as * alone")
        .help("write * alone, or leave it out")
}

fn check_headers(path: &FieldPath, headers: &Headers, findings: &mut Vec<Finding>) {
    let mut first_patterns: HashMap<String, &str> = HashMap::new();
    for (name, pattern) in &headers.entries {
        let path = path.clone().key(name.clone());
        if !is_header_name(name) {
            findings.push(bad_header_name(path, name));
        } else if *first_patterns.entry(name.to_ascii_lowercase()).or_insert(pattern) != pattern {
            findings.push(header_twice(path, name));
        }
    }
}

/// A token of RFC 9110, or the one pseudo-header that stands for `host`.
fn is_header_name(name: &str) -> bool {
    let is_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    name == ":authority" || (!name.is_empty() && name.bytes().all(is_token))
}

fn bad_header_name(path: FieldPath, name: &str) -> Finding {
    let message = format!("{} is not a header name", quoted(name));
    let finding = Finding::error("SMI-VAL-37", path, message, "the match selects no request");
    match name {
        ":method" => finding.help("write the condition under methods"),
        ":path" => finding.help("write the condition under pathRegex"),
        _ if name.starts_with(':') => finding.help("of the pseudo-headers only :authority is allowed"),
        _ => finding,
    }
}

fn header_twice(path: FieldPath, name: &str) -> Finding {
    let message = format!("the header {} has two conditions with different values", quoted(name));
    Finding::error("SMI-VAL-38", path, message, "a request must satisfy both")
        .help("header names compare without case; write one pattern that says both")
}

fn headers_in_v1alpha1(path: FieldPath) -> Finding {
    let message = "header conditions are not part of v1alpha1";
    let effect =
        "they are honoured here, but programs that know v1alpha1 only drop them and admit more requests";
    Finding::warning("SMI-VAL-3", path, message, effect).help("use v1alpha2 or later")
}
