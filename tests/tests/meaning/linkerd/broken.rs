//! Renderers that are broken on purpose. Each test breaks what was rendered in one way and asserts that the search notices.

use serde_json::{Map, Value, json};

use super::super::is_noticed;
use super::Setup;

fn entries<'a>(value: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}

fn is_profile(object: &Value) -> bool {
    object["kind"] == "ServiceProfile"
}

/// The overrides of a profile; of a route there are none.
fn overrides(object: &mut Value) -> impl Iterator<Item = &mut Value> {
    entries(&mut object["spec"], "dstOverrides")
}

fn rules(object: &mut Value) -> Option<&mut Vec<Value>> {
    object["spec"].get_mut("rules")?.as_array_mut()
}

fn parents(object: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    entries(&mut object["spec"], "parentRefs").filter_map(Value::as_object_mut)
}

/// The lists of backends of every rule.
fn backends(object: &mut Value) -> impl Iterator<Item = &mut Vec<Value>> {
    entries(&mut object["spec"], "rules").filter_map(|rule| rule.get_mut("backendRefs")?.as_array_mut())
}

/// Every match of every rule.
fn matches(object: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    entries(&mut object["spec"], "rules")
        .flat_map(|rule| entries(rule, "matches"))
        .filter_map(Value::as_object_mut)
}

/// Every weight, of overrides and of backends.
fn weights(object: &mut Value) -> Vec<&mut Value> {
    let list = if is_profile(object) { "dstOverrides" } else { "rules" };
    let entries = entries(&mut object["spec"], list).flat_map(|entry| -> Vec<&mut Value> {
        match entry.get("backendRefs").is_some() {
            true => self::entries(entry, "backendRefs").collect(),
            false => vec![entry],
        }
    });
    entries.filter_map(|entry| entry.get_mut("weight")).collect()
}

fn changed<T>(things: impl Iterator<Item = T>, change: impl Fn(T)) -> bool {
    things.map(change).count() > 0
}

/// Rewrites an authority.
fn authorities(object: &mut Value, rewrite: impl Fn(&str) -> String) -> bool {
    changed(overrides(object), |one| {
        one["authority"] = json!(rewrite(one["authority"].as_str().unwrap_or_default()));
    })
}

/// Leaves a condition out of every match.
fn without(object: &mut Value, condition: &str) -> bool {
    matches(object).filter_map(|one| one.remove(condition)).count() > 0
}

/// Rewrites comparisons of one type: paths, and values of headers.
fn compare_otherwise(
    object: &mut Value,
    kind: &str,
    rewrite: impl Fn(&str) -> Option<(&'static str, String)>,
) -> bool {
    let comparisons = matches(object).flat_map(|one| {
        one.iter_mut().flat_map(|(field, value)| -> Vec<&mut Value> {
            match (field.as_str(), value) {
                ("path", value) => vec![value],
                ("headers", Value::Array(headers)) => headers.iter_mut().collect(),
                _ => Vec::new(),
            }
        })
    });
    let mut is_changed = false;
    for comparison in comparisons.filter(|comparison| comparison["type"] == kind) {
        if let Some((kind, value)) = comparison["value"].as_str().and_then(&rewrite) {
            comparison["type"] = json!(kind);
            comparison["value"] = json!(value);
            is_changed = true;
        }
    }
    is_changed
}

/// The inner expression of one that is anchored at the start.
fn open_ended(regex: &str) -> Option<&str> {
    regex.strip_prefix("^(")?.strip_suffix(").*$")
}

macro_rules! broken_renderers {
    ($($name:ident ($setup:ident) => $break_one:expr;)*) => {
        $(
            #[test]
            fn $name() {
                assert!(is_noticed(Setup::$setup, $break_one), "no world tells this renderer from a right one");
            }
        )*
    };
}

broken_renderers! {
    profiles_that_are_not_written(Default) => |object| {
        let is_meant = is_profile(object);
        if is_meant {
            *object = Value::Null;
        }
        is_meant
    };
    profiles_of_another_namespace(Default) => |object| {
        object["metadata"]["namespace"] = json!("lab");
        is_profile(object)
    };
    profiles_of_a_short_name(Default) => |object| {
        let name = object["metadata"]["name"].as_str().and_then(|name| name.split('.').next()).map(str::to_owned);
        let is_meant = is_profile(object);
        if is_meant {
            object["metadata"]["name"] = json!(name);
        }
        is_meant
    };
    profiles_of_another_cluster_domain(Default) => |object| {
        let name = object["metadata"]["name"].as_str().unwrap_or_default().replace("cluster.local", "example.org");
        object["metadata"]["name"] = json!(name);
        is_profile(object)
    };
    profiles_with_an_unknown_field(Default) => |object| {
        let overrides = object["spec"].as_object_mut().and_then(|spec| spec.remove("dstOverrides"));
        overrides.map(|overrides| object["spec"]["dstOverides"] = overrides).is_some()
    };
    authorities_with_a_port(Default) => |object| authorities(object, |authority| format!("{authority}:80"));
    authorities_of_another_namespace(Default) => |object| authorities(object, |authority| authority.replace(".shop.", ".lab."));
    authorities_of_a_short_name(Default) => |object| authorities(object, |authority| authority.split('.').next().unwrap_or_default().to_owned());
    weights_off_by_one(Default) => |object| {
        changed(weights(object).into_iter().take(1), |weight| *weight = json!(weight.as_u64().unwrap_or_default() + 1))
    };
    equal_weights(Default) => |object| changed(weights(object).into_iter(), |weight| *weight = json!(1));
    weights_that_are_forgotten(Default) => |object| {
        overrides(object).filter_map(|one| one.as_object_mut()?.remove("weight")).count() > 0
    };
    weights_of_zero_that_are_kept(Default) => |object| {
        is_profile(object) && changed(weights(object).into_iter().filter(|weight| **weight == 0), |weight| *weight = json!(1))
    };
    weights_that_wrap_around(Default) => |object| {
        is_profile(object) && changed(weights(object).into_iter().take(1), |weight| *weight = json!(429_497))
    };
    weights_that_overflow_in_sum(Default) => |object| {
        is_profile(object) && changed(weights(object).into_iter(), |weight| *weight = json!(429_496))
    };
    overrides_that_are_left_out(Default) => |object| {
        let list = object["spec"].get_mut("dstOverrides").and_then(Value::as_array_mut).filter(|list| list.len() > 1);
        list.and_then(Vec::pop).is_some()
    };
    routes_for_every_port(GatewayRoutes) => |object| parents(object).filter_map(|parent| parent.remove("port")).count() > 0;
    routes_without_the_group_of_their_parent(GatewayRoutes) => |object| parents(object).filter_map(|parent| parent.remove("group")).count() > 0;
    routes_without_the_kind_of_their_parent(PolicyRoutes) => |object| parents(object).filter_map(|parent| parent.remove("kind")).count() > 0;
    routes_for_the_next_port(GatewayRoutes) => |object| changed(parents(object), |parent| {
        parent.insert("port".to_owned(), json!(parent["port"].as_u64().unwrap_or_default() + 1));
    });
    routes_of_another_namespace(GatewayRoutes) => |object| {
        object["metadata"]["namespace"] = json!("lab");
        true
    };
    routes_of_a_section(PolicyRoutes) => |object| changed(parents(object), |parent| {
        parent.insert("sectionName".to_owned(), json!("http"));
    });
    rules_without_the_way_back_to_the_root(GatewayRoutes) => |object| {
        rules(object).filter(|rules| rules.len() > 1).and_then(Vec::pop).is_some()
    };
    a_way_back_that_leads_to_the_first_backend(GatewayRoutes) => |object| {
        let Some([first, .., last]) = rules(object).map(Vec::as_mut_slice) else { return false };
        last["backendRefs"] = json!([first["backendRefs"][0]]);
        true
    };
    rules_in_the_wrong_order(GatewayRoutes) => |object| {
        rules(object).filter(|rules| rules.len() > 1).map(|rules| rules.reverse()).is_some()
    };
    rules_without_backends(PolicyRoutes) => |object| changed(backends(object), Vec::clear);
    backends_that_are_left_out(GatewayRoutes) => |object| backends(object).filter(|list| list.len() > 1).filter_map(Vec::pop).count() > 0;
    backends_on_the_next_port(GatewayRoutes) => |object| changed(backends(object).flatten(), |backend| {
        backend["port"] = json!(backend["port"].as_u64().unwrap_or_default() + 1);
    });
    backends_without_a_port(PolicyRoutes) => |object| {
        backends(object).flatten().filter_map(|backend| backend.as_object_mut()?.remove("port")).count() > 0
    };
    backends_of_another_namespace(PolicyRoutes) => |object| changed(backends(object).flatten(), |backend| backend["namespace"] = json!("lab"));
    backend_weights_that_are_forgotten(GatewayRoutes) => |object| {
        backends(object).flatten().filter_map(|backend| backend.as_object_mut()?.remove("weight")).count() > 0
    };
    backend_weights_that_are_all_zero(GatewayRoutes) => |object| changed(weights(object).into_iter(), |weight| *weight = json!(0));
    backend_weights_beyond_the_limit(GatewayRoutes) => |object| {
        changed(weights(object).into_iter().take(1), |weight| *weight = json!(1_000_001))
    };
    routes_of_connections_that_are_not_written(GatewayRoutes) => |object| {
        let is_meant = object["kind"] == "TCPRoute";
        if is_meant {
            *object = Value::Null;
        }
        is_meant
    };
    routes_of_connections_of_the_first_version(GatewayRoutes) => |object| {
        let is_meant = object["kind"] == "TCPRoute";
        if is_meant {
            object["apiVersion"] = json!("gateway.networking.k8s.io/v1");
        }
        is_meant
    };
    conditions_that_forget_headers(GatewayRoutes) => |object| without(object, "headers");
    conditions_that_forget_one_of_several_headers(GatewayRoutes) => |object| {
        let several = matches(object).filter_map(|one| one.get_mut("headers")?.as_array_mut()).filter(|headers| headers.len() > 1);
        several.filter_map(Vec::pop).count() > 0
    };
    conditions_that_forget_paths(GatewayRoutes) => |object| without(object, "path");
    conditions_that_forget_methods(PolicyRoutes) => |object| without(object, "method");
    conditions_that_forget_an_alternative(GatewayRoutes) => |object| {
        let lists = entries(&mut object["spec"], "rules").filter_map(|rule| rule.get_mut("matches")?.as_array_mut());
        lists.filter(|list| list.len() > 1).filter_map(Vec::pop).count() > 0
    };
    conditions_that_are_left_out(GatewayRoutes) => |object| {
        entries(&mut object["spec"], "rules").filter_map(|rule| rule.as_object_mut()?.remove("matches")).count() > 0
    };
    regexes_without_the_open_end(GatewayRoutes) => |object| compare_otherwise(object, "RegularExpression", |regex| {
        Some(("RegularExpression", format!("^({})$", open_ended(regex)?)))
    });
    regexes_without_the_group(GatewayRoutes) => |object| compare_otherwise(object, "RegularExpression", |regex| {
        Some(("RegularExpression", format!("^{}.*$", open_ended(regex)?)))
    });
    regexes_without_anchors(GatewayRoutes) => |object| compare_otherwise(object, "RegularExpression", |regex| {
        Some(("RegularExpression", format!("({})", open_ended(regex)?)))
    });
    regexes_taken_for_prefixes(GatewayRoutes) => |object| compare_otherwise(object, "RegularExpression", |regex| {
        let inner = open_ended(regex).filter(|inner| inner.starts_with('/'))?;
        let literal = inner.find(|c: char| !c.is_alphanumeric() && c != '/').unwrap_or(inner.len());
        Some(("PathPrefix", inner[..literal].to_owned()))
    });
    regexes_taken_for_texts(GatewayRoutes) => |object| compare_otherwise(object, "RegularExpression", |regex| {
        Some(("Exact", open_ended(regex).filter(|inner| inner.starts_with('/'))?.to_owned()))
    });
    exact_paths_taken_for_prefixes(GatewayRoutes) => |object| compare_otherwise(object, "Exact", |text| {
        text.starts_with('/').then(|| ("PathPrefix", text.to_owned()))
    });
    values_taken_for_beginnings(GatewayRoutes) => |object| compare_otherwise(object, "RegularExpression", |regex| {
        let inner = regex.strip_prefix("^(")?.strip_suffix(")$")?;
        Some(("RegularExpression", format!("^({inner}).*$")))
    });
}
