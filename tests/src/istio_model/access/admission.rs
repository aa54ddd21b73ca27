//! What Istio's webhook refuses of an AuthorizationPolicy (7.2), and the lists it would let through that mean more than they say.

use serde_json::Value;

/// Entries of `rules` and of `from`.
const MOST: usize = 512;

/// Checks the form of an object; its texts are checked where they are read.
pub(super) fn check(object: &Value) -> Result<(), String> {
    let known = ["apiVersion", "kind", "metadata", "spec", "status"];
    if let Some(other) =
        object.as_object().into_iter().flatten().find(|(key, _)| !known.contains(&key.as_str()))
    {
        return Err(format!("7.2 (8): unknown key {}", other.0));
    }
    let spec = &object["spec"];
    let scopes = ["selector", "targetRef", "targetRefs"].into_iter().filter(|key| spec.get(key).is_some());
    if scopes.count() > 1 {
        return Err("7.2 (1): more than one of selector, targetRef and targetRefs".to_owned());
    }
    for (key, value) in spec["selector"]["matchLabels"].as_object().into_iter().flatten() {
        let value = value.as_str().ok_or("7.2 (1): a label that is no string")?;
        if key.is_empty() || key.contains('*') || value.contains('*') || value.len() > 63 {
            return Err(format!("7.2 (1): label {key}: {value}"));
        }
    }
    let rules = spec["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
    if rules.len() > MOST {
        return Err(format!("7.2 (3): {} rules", rules.len()));
    }
    rules.iter().try_for_each(rule)
}

fn rule(rule: &Value) -> Result<(), String> {
    for (field, inner) in [("from", "source"), ("to", "operation")] {
        let Some(list) = rule.get(field) else { continue };
        let entries = list.as_array().ok_or_else(|| format!("{field} is no list"))?;
        if entries.is_empty() || entries.len() > MOST {
            return Err(format!("7.2 (3): {} entries in {field}", entries.len()));
        }
        for entry in entries {
            let fields = entry.get(inner).and_then(Value::as_object).filter(|fields| !fields.is_empty());
            let fields = fields.ok_or_else(|| format!("7.2 (3): an empty {inner}"))?;
            // Lists that are there and empty mean any (2.3).
            for (name, values) in fields {
                non_empty(name, values)?;
            }
            if inner == "source" {
                service_accounts(fields)?;
            }
        }
    }
    let Some(list) = rule.get("when") else { return Ok(()) };
    for condition in list.as_array().ok_or("when is no list")? {
        let lists =
            ["values", "notValues"].into_iter().filter_map(|field| Some((field, condition.get(field)?)));
        let mut some = false;
        for (field, values) in lists {
            non_empty(field, values)?;
            some = true;
        }
        if !some {
            return Err("7.2 (7): a condition without values".to_owned());
        }
    }
    Ok(())
}

fn non_empty(name: &str, values: &Value) -> Result<(), String> {
    match values.as_array() {
        Some(values) if values.is_empty() => Err(format!("7.2 (3): {name} is there and empty")),
        Some(values) if values.iter().any(|value| value.as_str().is_none_or(str::is_empty)) => {
            Err(format!("7.2 (3): an empty string in {name}"))
        }
        Some(_) => Ok(()),
        None => Err(format!("{name} is no list")),
    }
}

fn service_accounts(source: &serde_json::Map<String, Value>) -> Result<(), String> {
    for field in ["serviceAccounts", "notServiceAccounts"] {
        let Some(accounts) = source.get(field).and_then(Value::as_array) else { continue };
        if accounts.len() > 16 {
            return Err(format!("7.2 (4): {} {field}", accounts.len()));
        }
        for account in accounts.iter().filter_map(Value::as_str) {
            let halves: Vec<&str> = account.split('/').collect();
            let is_name = halves.len() <= 2 && halves.iter().all(|half| !half.is_empty());
            if account.len() > 320 || account.contains('*') || !is_name {
                return Err(format!("7.2 (4): service account {account:?}"));
            }
        }
        if ["principals", "notPrincipals", "namespaces", "notNamespaces"]
            .iter()
            .any(|other| source.contains_key(*other))
        {
            return Err("7.2 (4): service accounts with principals or namespaces".to_owned());
        }
    }
    Ok(())
}
