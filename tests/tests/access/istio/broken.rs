//! Renderers that are broken on purpose. Each test breaks what was rendered in one way and asserts that the search notices.

use serde_json::{Map, Value, json};
use smi_tests::project::Choices;

use super::super::is_noticed;

fn is_policy(object: &Value) -> bool {
    object["kind"] == "AuthorizationPolicy"
}

fn entries<'a>(value: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}

/// The rules of a policy; of a filter there are none.
fn rules(object: &mut Value) -> impl Iterator<Item = &mut Value> {
    entries(&mut object["spec"], "rules")
}

fn operations(object: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    rules(object)
        .flat_map(|rule| entries(rule, "to"))
        .filter_map(|to| to.get_mut("operation")?.as_object_mut())
}

fn sources(object: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    rules(object)
        .flat_map(|rule| entries(rule, "from"))
        .filter_map(|from| from.get_mut("source")?.as_object_mut())
}

/// The names of callers, of either form.
fn callers(object: &mut Value) -> impl Iterator<Item = &mut Vec<Value>> {
    sources(object).flat_map(Map::values_mut).filter_map(Value::as_array_mut)
}

/// Removes a field from every operation. One that has no other asks for nothing then, and its rule not for one.
fn without(object: &mut Value, field: &str) -> bool {
    let removed = operations(object).filter_map(|operation| operation.remove(field)).count() > 0;
    for rule in rules(object) {
        let has_empty = entries(rule, "to").any(|to| to["operation"].as_object().is_some_and(Map::is_empty));
        if has_empty && let Some(rule) = rule.as_object_mut() {
            rule.remove("to");
        }
    }
    removed
}

/// Rewrites texts of one field of every operation.
fn otherwise(object: &mut Value, field: &str, rewrite: impl Fn(&str) -> Option<String>) -> bool {
    let mut changed = false;
    for text in operations(object)
        .flat_map(|operation| operation.get_mut(field))
        .filter_map(Value::as_array_mut)
        .flatten()
    {
        if let Some(other) = text.as_str().and_then(&rewrite) {
            *text = json!(other);
            changed = true;
        }
    }
    changed
}

fn rename(object: &mut Value, rename: impl Fn(&str) -> Option<String>) -> bool {
    let mut changed = false;
    for caller in callers(object).flatten() {
        if let Some(other) = caller.as_str().and_then(&rename) {
            *caller = json!(other);
            changed = true;
        }
    }
    changed
}

/// Every object below a value that has a field.
fn with<'a>(value: &'a mut Value, field: &str, found: &mut dyn FnMut(&mut Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key(field) {
                found(fields);
            }
            fields.values_mut().for_each(|value| with(value, field, found));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| with(value, field, found)),
        _ => {}
    }
}

/// Rewrites the regular expressions of filters.
fn regexes(object: &mut Value, rewrite: impl Fn(&str) -> Option<String>) -> bool {
    let mut changed = false;
    with(object, "regex", &mut |fields| {
        if let Some(other) = fields["regex"].as_str().and_then(&rewrite) {
            fields["regex"] = json!(other);
            changed = true;
        }
    });
    changed
}

/// Leaves one kind of condition out of the permissions of filters.
fn without_permission(object: &mut Value, is_meant: impl Fn(&Value) -> bool) -> bool {
    let mut changed = false;
    with(object, "rules", &mut |fields| {
        let Some(list) = fields["rules"].as_array_mut() else { return };
        let before = list.len();
        list.retain(|permission| !is_meant(permission));
        changed |= list.len() < before;
        if list.is_empty() {
            list.push(json!({"any": true}));
        }
    });
    changed
}

macro_rules! broken_renderers {
    ($($name:ident ($choices:ident) => $break_one:expr;)*) => {
        $(
            #[test]
            fn $name() {
                assert!(is_noticed(Choices::$choices, $break_one), "no world tells this renderer from a right one");
            }
        )*
    };
}

broken_renderers! {
    policies_that_are_not_written(Default) => |object| {
        *object = Value::Null;
        true
    };
    policies_without_rules_that_are_not_written(Default) => |object| {
        let denies = object["spec"].get("rules").is_none();
        if denies {
            *object = Value::Null;
        }
        denies
    };
    policies_without_a_selector(Default) => |object| object["spec"].as_object_mut().is_some_and(|spec| spec.remove("selector").is_some());
    selectors_that_forget_a_label(Default) => |object| {
        let labels = object["spec"]["selector"]["matchLabels"].as_object_mut().filter(|labels| labels.len() > 1);
        labels.and_then(|labels| labels.keys().next().cloned().and_then(|key| labels.remove(&key))).is_some()
    };
    selectors_with_a_label_too_many(Default) => |object| {
        object["spec"]["selector"]["matchLabels"]["tier"] = json!("front");
        true
    };
    policies_in_the_wrong_namespace(Default) => |object| {
        object["metadata"]["namespace"] = json!("lab");
        true
    };
    policies_in_the_namespace_of_the_mesh(Default) => |object| {
        object["metadata"]["namespace"] = json!("istio-system");
        true
    };
    policies_for_services_instead_of_pods(Default) => |object| {
        object["spec"].as_object_mut().map(|spec| spec.remove("selector"));
        object["spec"]["targetRefs"] = json!([{"group": "", "kind": "Service", "name": "s0"}]);
        true
    };
    policies_that_deny(Default) => |object| {
        object["spec"]["action"] = json!("DENY");
        object["spec"].get("rules").is_some()
    };
    rules_that_are_forgotten(Default) => |object| {
        object["spec"].get_mut("rules").and_then(Value::as_array_mut).and_then(Vec::pop).is_some()
    };
    rules_without_sources(Default) => |object| {
        rules(object).filter_map(|rule| rule.as_object_mut()?.remove("from")).count() > 0
    };
    rules_without_operations(Default) => |object| {
        rules(object).filter_map(|rule| rule.as_object_mut()?.remove("to")).count() > 0
    };
    rules_that_are_merged_across_targets(Losses) => |object| {
        let Some(list) = object["spec"].get_mut("rules").and_then(Value::as_array_mut).filter(|list| list.len() > 1) else { return false };
        let all = |field: &str| list.iter().filter_map(|rule| rule[field].as_array()).flatten().cloned().collect::<Vec<_>>();
        let (from, to) = (all("from"), all("to"));
        if to.is_empty() || list.iter().any(|rule| rule.get("when").is_some()) {
            return false;
        }
        *list = vec![json!({"from": from, "to": to})];
        true
    };
    empty_lists(Default) => |object| {
        rules(object).map(|rule| rule["to"] = json!([])).count() > 0
    };
    sources_that_are_forgotten(Default) => |object| {
        callers(object).filter(|list| list.len() > 1).filter_map(Vec::pop).count() > 0
    };
    sources_that_are_added(Default) => |object| {
        callers(object).map(|list| list.push(json!("cluster.local/ns/shop/sa/web"))).count() > 0
    };
    sources_of_the_whole_namespace(Default) => |object| rename(object, |name| {
        Some(format!("{}/*", name.rsplit_once('/')?.0))
    });
    sources_without_their_namespace(ServiceAccounts) => |object| rename(object, |name| {
        (!name.starts_with("cluster.local")).then(|| name.rsplit('/').next().unwrap_or_default().to_owned())
    });
    sources_with_a_scheme(Default) => |object| rename(object, |name| Some(format!("spiffe://{name}")));
    sources_of_a_foreign_trust_domain(Default) => |object| rename(object, |name| {
        Some(format!("other.example/{}", name.split_once('/')?.1))
    });
    sources_of_any_trust_domain(Default) => |object| rename(object, |name| Some(format!("*/{}", name.split_once('/')?.1)));
    foreign_identities_taken_for_those_of_the_mesh(Default) => |object| rename(object, |name| {
        name.starts_with("other.example/ns/").then(|| name.replace("other.example", "cluster.local"))
    });
    operations_without_ports(Default) => |object| without(object, "ports");
    operations_with_one_port_only(Default) => |object| {
        let lists = operations(object).filter_map(|operation| operation.get_mut("ports")?.as_array_mut());
        lists.filter(|list| list.len() > 1).filter_map(Vec::pop).count() > 0
    };
    ports_of_the_service(Default) => |object| otherwise(object, "ports", |port| (port == "8080").then(|| "80".to_owned()));
    operations_without_methods(Default) => |object| without(object, "methods");
    operations_with_any_method(Default) => |object| {
        operations(object).filter(|operation| operation.contains_key("methods")).map(|operation| operation["methods"] = json!(["*"])).count() > 0
    };
    methods_in_lower_case(Default) => |object| otherwise(object, "methods", |method| Some(method.to_lowercase()).filter(|other| other != method));
    operations_without_the_mark_of_http(Default) => |object| {
        let marked = operations(object).any(|operation| operation.get("methods") == Some(&json!(["*"])));
        marked && without(object, "methods")
    };
    operations_without_paths(Default) => |object| without(object, "paths");
    operations_without_excluded_paths(Losses) => |object| without(object, "notPaths");
    whole_paths_taken_for_prefixes(Default) => |object| otherwise(object, "paths", |path| {
        (!path.contains(['*', '{'])).then(|| format!("{path}*"))
    });
    prefixes_taken_for_whole_paths(Default) => |object| otherwise(object, "paths", |path| {
        path.strip_suffix('*').filter(|rest| !rest.is_empty()).map(str::to_owned)
    });
    prefixes_taken_for_everything(Default) => |object| otherwise(object, "paths", |path| {
        (path.ends_with('*') && path.len() > 1).then(|| "*".to_owned())
    });
    suffixes_taken_for_everything(Default) => |object| otherwise(object, "paths", |path| {
        (path.starts_with('*') && path.len() > 1).then(|| "*".to_owned())
    });
    prefixes_without_their_slash(Default) => |object| otherwise(object, "paths", |path| {
        path.strip_suffix("/*").filter(|rest| !rest.is_empty()).map(|rest| format!("{rest}*"))
    });
    segments_taken_for_all_that_follows(Losses) => |object| otherwise(object, "paths", |path| {
        path.ends_with("/{*}").then(|| path.replace("{*}", "{**}"))
    });
    templates_that_make_envoy_abort(Losses) => |object| otherwise(object, "paths", |path| {
        path.contains("{*}").then(|| format!("/{path}"))
    });
    paths_that_are_forgotten(Losses) => |object| {
        let lists = operations(object).filter_map(|operation| operation.get_mut("paths")?.as_array_mut());
        lists.filter(|list| list.len() > 1).filter_map(Vec::pop).count() > 0
    };
    paths_with_braces(Default) => |object| otherwise(object, "paths", |path| Some(format!("{path}{{id}}")));
    rules_without_conditions(Default) => |object| {
        rules(object).filter_map(|rule| rule.as_object_mut()?.remove("when")).count() > 0
    };
    rules_that_forget_one_of_several_conditions(Losses) => |object| {
        let lists = rules(object).filter_map(|rule| rule.get_mut("when")?.as_array_mut());
        lists.filter(|list| list.len() > 1).filter_map(Vec::pop).count() > 0
    };
    headers_that_need_only_be_there(Default) => |object| {
        let conditions = rules(object).flat_map(|rule| entries(rule, "when")).filter(|condition| condition["values"] != json!(["*"]));
        conditions.map(|condition| condition["values"] = json!(["*"])).count() > 0
    };
    headers_taken_for_prefixes(Default) => |object| {
        let texts = rules(object).flat_map(|rule| entries(rule, "when")).flat_map(|condition| entries(condition, "values"));
        texts.filter(|text| text.as_str().is_some_and(|text| !text.contains('*'))).map(|text| {
            *text = json!(format!("{}*", text.as_str().unwrap_or_default()));
        }).count() > 0
    };
    headers_of_another_name(Default) => |object| {
        let conditions = rules(object).flat_map(|rule| entries(rule, "when"));
        conditions.map(|condition| condition["key"] = json!("request.headers[x-other]")).count() > 0
    };
    exact_policies_without_filters(Exact) => |object| {
        let is_filter = !is_policy(object);
        if is_filter {
            *object = Value::Null;
        }
        is_filter
    };
    exact_rules_without_sources(Exact) => |object| {
        let asking = rules(object).filter(|rule| rule["when"].to_string().contains("shadow_engine_result"));
        asking.filter_map(|rule| rule.as_object_mut()?.remove("from")).count() > 0
    };
    exact_rules_without_the_verdict(Exact) => |object| {
        let asking = rules(object).filter(|rule| rule["when"].to_string().contains("shadow_engine_result"));
        asking.filter_map(|rule| rule.as_object_mut()?.remove("when")).count() > 0
    };
    exact_rules_for_the_opposite_verdict(Exact) => |object| {
        let conditions = rules(object).flat_map(|rule| entries(rule, "when"));
        let asking = conditions.filter(|condition| condition["key"].to_string().contains("shadow_engine_result"));
        asking.map(|condition| condition["values"] = json!(["denied"])).count() > 0
    };
    exact_regexes_without_the_open_end(Exact) => |object| regexes(object, |regex| {
        regex.strip_prefix("(?:").and_then(|rest| rest.strip_suffix(").*")).map(|inner| format!("(?:{inner})"))
    });
    exact_regexes_without_the_group(Exact) => |object| regexes(object, |regex| {
        regex.strip_prefix("(?:").and_then(|rest| rest.strip_suffix(").*")).map(|inner| format!("{inner}.*"))
    });
    exact_regexes_that_search(Exact) => |object| regexes(object, |regex| Some(format!(".*(?:{regex}).*")));
    exact_conditions_without_paths(Exact) => |object| {
        without_permission(object, |permission| permission.get("url_path").is_some())
    };
    exact_conditions_without_methods(Exact) => |object| {
        without_permission(object, |permission| permission.to_string().contains(":method"))
    };
    exact_conditions_without_headers(Exact) => |object| {
        without_permission(object, |permission| permission["header"]["name"].as_str().is_some_and(|name| name.starts_with(char::is_alphabetic)))
    };
    exact_conditions_without_the_authority(Exact) => |object| {
        without_permission(object, |permission| permission["header"]["name"] == ":authority")
    };
    exact_filters_for_other_pods(Exact) => |object| {
        let is_filter = !is_policy(object);
        if is_filter {
            object["spec"]["workloadSelector"]["labels"]["tier"] = json!("nobody");
        }
        is_filter
    };
    exact_filters_that_decide(Exact) => |object| {
        let mut changed = false;
        with(object, "shadow_rules", &mut |fields| {
            let rules = fields["shadow_rules"].clone();
            fields.insert("rules".to_owned(), rules);
            changed = true;
        });
        changed
    };
    exact_filters_that_share_a_prefix(Exact) => |object| {
        let mut changed = false;
        with(object, "shadow_rules_stat_prefix", &mut |fields| {
            fields["shadow_rules_stat_prefix"] = json!("smi_");
            changed = true;
        });
        for condition in rules(object).flat_map(|rule| entries(rule, "when")) {
            if condition["key"].to_string().contains("shadow_engine_result") {
                condition["key"] = json!("experimental.envoy.filters.http.rbac[smi_shadow_engine_result]");
                changed = true;
            }
        }
        changed
    };
}
