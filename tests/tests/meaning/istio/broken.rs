//! Renderers that are broken on purpose. Each test breaks what was rendered in one way and asserts that the search notices.

use serde_json::{Map, Value, json};

use super::{super::is_noticed, Default};

fn entries<'a>(value: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Every match block of every HTTP route.
fn blocks(spec: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    entries(spec, "http").flat_map(|route| entries(route, "match")).filter_map(Value::as_object_mut)
}

/// Every comparison with a text: paths, methods, authorities and headers.
fn comparisons(spec: &mut Value) -> impl Iterator<Item = &mut Value> {
    blocks(spec).flat_map(|block| block.iter_mut()).flat_map(
        |(field, value)| -> Box<dyn Iterator<Item = &mut Value>> {
            match (field.as_str(), value) {
                ("uri" | "method" | "authority", value) => Box::new(std::iter::once(value)),
                ("headers", Value::Object(headers)) => Box::new(headers.values_mut()),
                _ => Box::new(std::iter::empty()),
            }
        },
    )
}

/// Every list of destinations, of HTTP and of TCP.
fn routes(spec: &mut Value) -> Vec<&mut Vec<Value>> {
    let Some(spec) = spec.as_object_mut() else { return Vec::new() };
    let routes = spec.iter_mut().filter(|(field, _)| ["http", "tcp"].contains(&field.as_str()));
    routes
        .filter_map(|(_, list)| list.as_array_mut())
        .flatten()
        .filter_map(|route| route["route"].as_array_mut())
        .collect()
}

/// Removes a field from every HTTP match block.
fn without(spec: &mut Value, field: &str) -> bool {
    blocks(spec).filter_map(|block| block.remove(field)).count() > 0
}

/// Rewrites comparisons of one kind.
fn compare_otherwise(spec: &mut Value, from: &str, rewrite: impl Fn(&str) -> Option<Value>) -> bool {
    let mut changed = false;
    for comparison in comparisons(spec) {
        if let Some(other) = comparison.get(from).and_then(Value::as_str).and_then(&rewrite) {
            *comparison = other;
            changed = true;
        }
    }
    changed
}

macro_rules! broken_renderers {
    ($($name:ident => $break_one:expr;)*) => {
        $(
            #[test]
            fn $name() {
                let break_one: fn(&mut Value) -> bool = $break_one;
                let noticed = is_noticed(Default, |object| break_one(&mut object["spec"]));
                assert!(noticed, "no world tells this renderer from a right one");
            }
        )*
    };
}

broken_renderers! {
    http_routes_that_forget_their_port => |spec| without(spec, "port");
    tcp_routes_that_forget_their_port => |spec| {
        entries(spec, "tcp").flat_map(|route| entries(route, "match")).filter_map(|block| block.as_object_mut()?.remove("port")).count() > 0
    };
    conditions_that_forget_headers => |spec| without(spec, "headers");
    conditions_that_forget_one_of_several_headers => |spec| {
        let several = blocks(spec).filter_map(|block| block.get_mut("headers")?.as_object_mut()).filter(|headers| headers.len() > 1);
        several.filter_map(|headers| headers.keys().next().cloned().and_then(|name| headers.remove(&name))).count() > 0
    };
    conditions_that_forget_the_authority => |spec| without(spec, "authority");
    conditions_that_forget_methods => |spec| without(spec, "method");
    conditions_that_forget_paths => |spec| without(spec, "uri");
    conditions_that_forget_an_alternative => |spec| {
        let several = entries(spec, "http").filter_map(|route| route.get_mut("match")?.as_array_mut()).filter(|list| list.len() > 1);
        several.filter_map(Vec::pop).count() > 0
    };
    objects_without_the_way_back_to_the_root => |spec| {
        let routes = spec.get_mut("http").and_then(Value::as_array_mut).filter(|routes| routes.len() > 1);
        routes.and_then(Vec::pop).is_some()
    };
    a_way_back_that_leads_to_the_first_backend => |spec| {
        let Some(http) = spec.get_mut("http").and_then(Value::as_array_mut) else { return false };
        let first = http.first().map(|route| route["route"][0]["destination"].clone());
        let last = http.last_mut().filter(|route| route["route"].as_array().is_some_and(|list| list.len() == 1));
        last.zip(first).map(|(last, first)| last["route"][0]["destination"] = first).is_some()
    };
    routes_in_the_wrong_order => |spec| {
        let routes = spec.get_mut("http").and_then(Value::as_array_mut).filter(|routes| routes.len() > 1);
        routes.map(|routes| routes.reverse()).is_some()
    };
    objects_without_tcp_routes => |spec| spec.get("http").is_some() && spec.as_object_mut().is_some_and(|spec| spec.remove("tcp").is_some());
    objects_without_http_routes => |spec| spec.get("tcp").is_some() && spec.as_object_mut().is_some_and(|spec| spec.remove("http").is_some());
    weights_off_by_one => |spec| {
        let weights = routes(spec).into_iter().filter_map(|list| list.first_mut()?.get_mut("weight"));
        weights.map(|weight| *weight = json!(weight.as_i64().unwrap_or_default() + 1)).count() > 0
    };
    equal_weights => |spec| {
        let weights = routes(spec).into_iter().flatten().filter_map(|destination| destination.get_mut("weight"));
        weights.map(|weight| *weight = json!(1)).count() > 0
    };
    weights_that_are_forgotten => |spec| {
        let destinations = routes(spec).into_iter().flatten();
        destinations.filter_map(|destination| destination.as_object_mut()?.remove("weight")).count() > 0
    };
    a_backend_that_is_left_out => |spec| {
        routes(spec).into_iter().filter(|list| list.len() > 1).filter_map(Vec::pop).count() > 0
    };
    zero_weights_that_stand_alone => |spec| {
        let mut changed = false;
        for list in routes(spec).into_iter().filter(|list| list.iter().any(|destination| destination["weight"] == 0)) {
            list.retain(|destination| destination["weight"] == 0);
            list.truncate(1);
            changed = true;
        }
        changed
    };
    destinations_on_the_next_port => |spec| {
        let ports = routes(spec).into_iter().flatten().filter_map(|destination| destination["destination"].get_mut("port"));
        ports.map(|port| port["number"] = json!(port["number"].as_u64().unwrap_or_default() + 1)).count() > 0
    };
    half_qualified_hosts => |spec| {
        let host = spec["hosts"][0].as_str().and_then(|host| host.strip_suffix(".svc.cluster.local")).map(str::to_owned);
        host.map(|host| spec["hosts"][0] = json!(host)).is_some()
    };
    hosts_of_another_namespace => |spec| {
        let host = spec["hosts"][0].as_str().map(|host| host.replace(".shop.", ".lab."));
        host.map(|host| spec["hosts"][0] = json!(host)).is_some()
    };
    regexes_without_the_open_end => |spec| compare_otherwise(spec, "regex", |regex| {
        regex.strip_prefix("(?:").and_then(|rest| rest.strip_suffix(").*")).map(|inner| json!({"regex": inner}))
    });
    regexes_without_the_group => |spec| compare_otherwise(spec, "regex", |regex| {
        regex.strip_prefix("(?:").and_then(|rest| rest.strip_suffix(").*")).map(|inner| json!({"regex": format!("{inner}.*")}))
    });
    prefixes_taken_for_whole_texts => |spec| compare_otherwise(spec, "prefix", |text| Some(json!({"exact": text})));
    whole_texts_taken_for_prefixes => |spec| compare_otherwise(spec, "exact", |text| Some(json!({"prefix": text})));
    regexes_taken_for_texts => |spec| compare_otherwise(spec, "regex", |text| Some(json!({"exact": text})));
    objects_bound_to_a_gateway_only => |spec| {
        spec["gateways"] = json!(["istio-system/public"]);
        true
    };
    weights_beyond_32_bits => |spec| {
        let weights = routes(spec).into_iter().filter_map(|list| list.first_mut()?.get_mut("weight"));
        weights.map(|weight| *weight = json!(3_000_000_000_u64)).count() > 0
    };
}
