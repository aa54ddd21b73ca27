//! Renderers that are broken on purpose. Each test breaks what was rendered in one way and asserts that the search notices.

use serde_json::{Map, Value, json};
use smi_tests::project::LinkerdChoices;

use super::super::is_noticed;

fn is_kind(object: &Value, kind: &str) -> bool {
    object["kind"] == kind
}

/// Leaves an object of a kind out.
fn left_out(object: &mut Value, kind: &str) -> bool {
    let is_meant = is_kind(object, kind);
    if is_meant {
        *object = Value::Null;
    }
    is_meant
}

/// Changes the spec of an object of a kind.
fn spec_of(object: &mut Value, kind: &str, change: impl Fn(&mut Map<String, Value>) -> bool) -> bool {
    is_kind(object, kind) && object["spec"].as_object_mut().is_some_and(change)
}

fn set(fields: &mut Map<String, Value>, field: &str, value: Value) -> bool {
    fields.insert(field.to_owned(), value);
    true
}

fn entries<'a>(value: &'a mut Value, field: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten()
}

/// Every match of every rule of a route.
fn matches(object: &mut Value) -> impl Iterator<Item = &mut Map<String, Value>> {
    entries(&mut object["spec"], "rules")
        .flat_map(|rule| entries(rule, "matches"))
        .filter_map(Value::as_object_mut)
}

/// Every condition on a header, of matches that have one.
fn header_lists(object: &mut Value) -> impl Iterator<Item = &mut Vec<Value>> {
    matches(object).filter_map(|one| one.get_mut("headers")?.as_array_mut())
}

/// Leaves conditions on headers out.
fn without_headers(object: &mut Value, is_meant: impl Fn(&str) -> bool) -> bool {
    let mut is_changed = false;
    for list in header_lists(object) {
        let before = list.len();
        list.retain(|header| !is_meant(header["name"].as_str().unwrap_or_default()));
        is_changed |= list.len() < before;
    }
    is_changed
}

/// Rewrites paths of a type.
fn paths(object: &mut Value, kind: &str, rewrite: impl Fn(&str) -> Option<(&'static str, String)>) -> bool {
    let mut is_changed = false;
    for path in matches(object).filter_map(|one| one.get_mut("path")).filter(|path| path["type"] == kind) {
        if let Some((kind, value)) = path["value"].as_str().and_then(&rewrite) {
            *path = json!({"type": kind, "value": value});
            is_changed = true;
        }
    }
    is_changed
}

fn is_plain(text: &str) -> bool {
    text.starts_with('/') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/.-".contains(&b))
}

/// The clients that an authentication names by reference.
fn clients(object: &mut Value) -> impl Iterator<Item = &mut Value> {
    entries(&mut object["spec"], "identityRefs")
}

fn changed<T>(things: impl Iterator<Item = T>, change: impl Fn(T)) -> bool {
    things.map(change).count() > 0
}

/// The condition on the identity of the client.
const CLIENT: &str = "l5d-client-id";

macro_rules! broken_renderers {
    ($($name:ident ($choices:ident) => $break_one:expr;)*) => {
        $(
            #[test]
            fn $name() {
                let noticed = is_noticed(LinkerdChoices::$choices, $break_one);
                assert!(noticed, "no world tells this renderer from a right one");
            }
        )*
    };
}

broken_renderers! {
    servers_that_are_not_written(Default) => |object| left_out(object, "Server");
    servers_of_some_ports_only(Default) => |object| object["spec"]["port"] == 7000 && left_out(object, "Server");
    servers_that_let_everybody_in(Default) => |object| spec_of(object, "Server", |spec| set(spec, "accessPolicy", json!("all-unauthenticated")));
    servers_that_let_in_whoever_is_meshed(Default) => |object| spec_of(object, "Server", |spec| set(spec, "accessPolicy", json!("all-authenticated")));
    servers_that_count_only(Default) => |object| spec_of(object, "Server", |spec| set(spec, "accessPolicy", json!("audit")));
    servers_of_ports_that_are_texts(Default) => |object| spec_of(object, "Server", |spec| {
        let port = spec["port"].to_string();
        set(spec, "port", json!(port))
    });
    servers_of_the_next_port(Default) => |object| spec_of(object, "Server", |spec| {
        let port = spec["port"].as_u64().unwrap_or_default() + 1;
        set(spec, "port", json!(port))
    });
    servers_of_every_pod(Default) => |object| spec_of(object, "Server", |spec| set(spec, "podSelector", json!({})));
    servers_with_a_label_too_many(Default) => |object| is_kind(object, "Server") && {
        object["spec"]["podSelector"]["matchLabels"]["tier"] = json!("nobody");
        true
    };
    servers_of_another_namespace(Default) => |object| is_kind(object, "Server") && {
        object["metadata"]["namespace"] = json!("lab");
        true
    };
    servers_that_are_opaque(Default) => |object| spec_of(object, "Server", |spec| set(spec, "proxyProtocol", json!("opaque")));
    routes_that_are_not_written(Default) => |object| left_out(object, "HTTPRoute");
    routes_of_another_server(Default) => |object| is_kind(object, "HTTPRoute") && {
        changed(entries(&mut object["spec"], "parentRefs"), |parent| parent["name"] = json!("other"))
    };
    routes_of_one_server_only(Default) => |object| spec_of(object, "HTTPRoute", |spec| {
        spec.get_mut("parentRefs").and_then(Value::as_array_mut).filter(|list| list.len() > 1).map(|list| list.truncate(1)).is_some()
    });
    routes_with_the_port_of_their_server(Default) => |object| is_kind(object, "HTTPRoute") && {
        changed(entries(&mut object["spec"], "parentRefs"), |parent| parent["port"] = json!(8080))
    };
    routes_of_the_gateway_api(Default) => |object| is_kind(object, "HTTPRoute") && {
        object["apiVersion"] = json!("gateway.networking.k8s.io/v1");
        true
    };
    matches_that_are_forgotten(Default) => |object| {
        let lists = entries(&mut object["spec"], "rules").filter_map(|rule| rule.get_mut("matches")?.as_array_mut());
        lists.filter(|list| list.len() > 1).filter_map(Vec::pop).count() > 0
    };
    rules_for_everything(Default) => |object| {
        entries(&mut object["spec"], "rules").filter_map(|rule| rule.as_object_mut()?.remove("matches")).count() > 0
    };
    matches_without_methods(Default) => |object| matches(object).filter_map(|one| one.remove("method")).count() > 0;
    matches_of_another_method(Default) => |object| {
        changed(matches(object).filter_map(|one| one.get_mut("method")), |method| *method = json!("PUT"))
    };
    matches_without_paths(Default) => |object| matches(object).filter_map(|one| one.remove("path")).count() > 0;
    matches_without_headers_of_users(Default) => |object| without_headers(object, |name| name != CLIENT);
    matches_without_one_of_several_headers(Default) => |object| {
        let several = header_lists(object).filter(|list| list.iter().filter(|header| header["name"] != CLIENT).count() > 1);
        several.map(|list| list.retain({
            let mut is_first = true;
            move |header| header["name"] == CLIENT || !std::mem::take(&mut is_first)
        })).count() > 0
    };
    matches_without_the_client(Default) => |object| without_headers(object, |name| name == CLIENT);
    clients_of_another_control_plane(Probes) => |object| {
        let values = header_lists(object).flatten().filter(|header| header["name"] == CLIENT);
        changed(values, |header| {
            header["value"] = json!(header["value"].as_str().unwrap_or_default().replace(".mesh-system.", ".linkerd."));
        })
    };
    clients_of_another_trust_domain(Default) => |object| {
        let values = header_lists(object).flatten().filter(|header| header["name"] == CLIENT);
        changed(values, |header| header["value"] = json!(format!("{}.example", header["value"].as_str().unwrap_or_default())))
    };
    regexes_without_the_open_end(Default) => |object| paths(object, "RegularExpression", |regex| {
        Some(("RegularExpression", format!("^({})$", regex.strip_prefix("^(")?.strip_suffix(").*$")?)))
    });
    regexes_without_the_group(Default) => |object| paths(object, "RegularExpression", |regex| {
        Some(("RegularExpression", format!("^{}.*$", regex.strip_prefix("^(")?.strip_suffix(").*$")?)))
    });
    regexes_without_anchors(Default) => |object| paths(object, "RegularExpression", |regex| {
        Some(("RegularExpression", regex.strip_prefix("^(")?.strip_suffix(").*$")?.to_owned()))
    });
    regexes_with_an_open_end(Meshes) => |object| paths(object, "RegularExpression", |regex| {
        Some(("RegularExpression", format!("^({}).*$", regex.strip_prefix("^(")?.strip_suffix(")$")?)))
    });
    regexes_taken_for_prefixes(Default) => |object| paths(object, "RegularExpression", |regex| {
        let inner = regex.strip_prefix("^(")?.strip_suffix(").*$").filter(|inner| is_plain(inner))?;
        Some(("PathPrefix", inner.to_owned()))
    });
    exact_paths_taken_for_prefixes(Default) => |object| paths(object, "Exact", |path| Some(("PathPrefix", path.to_owned())));
    prefixes_taken_for_exact_paths(Default) => |object| paths(object, "PathPrefix", |path| Some(("Exact", path.to_owned())));
    policies_that_are_not_written(Default) => |object| left_out(object, "AuthorizationPolicy");
    policies_that_require_nothing(Default) => |object| spec_of(object, "AuthorizationPolicy", |spec| {
        set(spec, "requiredAuthenticationRefs", json!([]))
    });
    policies_for_servers_instead_of_routes(Default) => |object| spec_of(object, "AuthorizationPolicy", |spec| {
        spec["targetRef"]["kind"] == "HTTPRoute" && set(spec, "targetRef", json!({"group": "", "kind": "Namespace", "name": "shop"}))
    });
    policies_for_another_route(Default) => |object| spec_of(object, "AuthorizationPolicy", |spec| {
        spec["targetRef"]["name"] = json!("other");
        true
    });
    policies_for_routes_of_the_gateway_api(Default) => |object| spec_of(object, "AuthorizationPolicy", |spec| {
        let is_route = spec["targetRef"]["kind"] == "HTTPRoute";
        if is_route {
            spec["targetRef"]["group"] = json!("gateway.networking.k8s.io");
        }
        is_route
    });
    policies_of_another_namespace(Default) => |object| is_kind(object, "AuthorizationPolicy") && {
        object["metadata"]["namespace"] = json!("lab");
        true
    };
    policies_that_require_what_is_not_there(Default) => |object| is_kind(object, "AuthorizationPolicy") && {
        changed(entries(&mut object["spec"], "requiredAuthenticationRefs"), |required| required["name"] = json!("other"))
    };
    authentications_that_are_not_written(Default) => |object| left_out(object, "MeshTLSAuthentication");
    authentications_of_anyone_meshed(Default) => |object| is_kind(object, "MeshTLSAuthentication") && {
        object["spec"] = json!({"identities": ["*"]});
        true
    };
    authentications_that_name_nobody(Default) => |object| is_kind(object, "MeshTLSAuthentication") && {
        object["spec"] = json!({"identityRefs": []});
        true
    };
    clients_of_the_whole_namespace(Default) => |object| {
        changed(clients(object), |client| *client = json!({"kind": "Namespace", "name": client["namespace"]}))
    };
    clients_of_another_namespace(Default) => |object| changed(clients(object), |client| client["namespace"] = json!("lab"));
    clients_of_the_own_namespace(Default) => |object| clients(object).filter_map(|client| client.as_object_mut()?.remove("namespace")).count() > 0;
    clients_that_are_forgotten(Default) => |object| spec_of(object, "MeshTLSAuthentication", |spec| {
        spec.values_mut().filter_map(Value::as_array_mut).filter(|list| list.len() > 1).filter_map(Vec::pop).count() > 0
    });
    clients_that_are_added(Default) => |object| spec_of(object, "MeshTLSAuthentication", |spec| {
        let list = spec.get_mut("identityRefs").and_then(Value::as_array_mut);
        list.map(|list| list.push(json!({"kind": "ServiceAccount", "name": "web", "namespace": "shop"}))).is_some()
    });
    identities_without_their_scheme(Default) => |object| is_kind(object, "MeshTLSAuthentication") && {
        changed(entries(&mut object["spec"], "identities"), |identity| {
            *identity = json!(identity.as_str().unwrap_or_default().trim_start_matches("spiffe://").replace('/', "."));
        })
    };
    probes_that_need_an_identity(Probes) => |object| spec_of(object, "AuthorizationPolicy", |spec| {
        let is_probe = spec["requiredAuthenticationRefs"][0]["kind"] == "NetworkAuthentication";
        is_probe && set(spec, "targetRef", json!({"group": "", "kind": "Namespace", "name": "shop"}))
    });
    probes_of_every_client(Probes) => |object| without_headers(object, |name| name == "user-agent");
}
