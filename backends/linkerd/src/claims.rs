//! What a user's own object does to the routing of a Service.
//!
//! Linkerd follows either a ServiceProfile or routes; of two routes the matches compete, and a GRPCRoute puts HTTPRoutes of the same Service
//! out of force (`linkerd.md` 6.2, 6.4).

use serde_json::Value;
use smi_translate::backend::Report;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{Root, RoutingIntent};
use smi_translate::inventory::Foreign;
use smi_translate::{Claim, ObjectRef, ServiceRef};

use crate::LinkerdOptions;
use crate::render::{Form, choose};

/// Kinds that route Services, and those that decide about requests.
pub(crate) const FOREIGN_KINDS: [(&str, &str); 9] = [
    ("linkerd.io", "ServiceProfile"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("gateway.networking.k8s.io", "GRPCRoute"),
    ("gateway.networking.k8s.io", "TLSRoute"),
    ("gateway.networking.k8s.io", "TCPRoute"),
    ("policy.linkerd.io", "HTTPRoute"),
    ("policy.linkerd.io", "Server"),
    ("policy.linkerd.io", "AuthorizationPolicy"),
    ("policy.linkerd.io", "ServerAuthorization"),
];

/// What there is to do about a profile that says where requests go.
const OWN_OVERRIDES: &str = "remove its dstOverrides; where linkerd-smi writes them, scale it down first";
const OWN_ROUTES: &str = "remove the ServiceProfile and restart the clients of the Service, or use --linkerd-routing service-profile where no split \
    has matches";
const SKIPPED: &str = "remove the annotation smi.linkerd.io/skip from the ServiceProfile";
const OTHER_ROUTE: &str = "remove one of the two, or move the routes of the other object into SMI objects";

/// Annotation of ServiceProfiles that linkerd-smi leaves alone.
const SKIP: &str = "smi.linkerd.io/skip";

/// The roots that `foreign` is about, for all clients or for those of its own namespace.
pub(crate) fn claims(foreign: &Foreign, cluster_domain: &str) -> Vec<Root> {
    match &*foreign.object.kind {
        "ServiceProfile" => {
            profiled(&foreign.object.name, cluster_domain).map(Root::Service).into_iter().collect()
        }
        kind if kind.ends_with("Route") || kind.starts_with("TCPRoute") => {
            let namespace = &foreign.object.namespace;
            let parents = foreign.body["spec"]["parentRefs"].as_array().into_iter().flatten();
            let services = parents.filter(|parent| is_service(parent)).filter_map(|parent| {
                let of = parent["namespace"].as_str().unwrap_or(namespace);
                Some(Root::Service(ServiceRef::new(of, parent["name"].as_str()?)))
            });
            services.collect()
        }
        _ => Vec::new(),
    }
}

/// What `foreign`, which is about the root of `routing`, does to it.
pub(crate) fn claim(foreign: &Foreign, routing: &RoutingIntent, options: &LinkerdOptions) -> Claim {
    let form = choose(routing, options, &mut Report::default());
    let is_profile = foreign.object.kind == "ServiceProfile";
    let spec = &foreign.body["spec"];
    if foreign.object.namespace != routing.namespace {
        // A profile of clients hides that of the Service even if it is empty; routes are hidden by what has an effect, and by nothing
        // where a profile is followed (`linkerd.md` 3.1, 6.4).
        let decides = match form {
            Form::Nothing => false,
            Form::Profile(_) => is_profile,
            Form::Routes => !is_profile || has_effect(spec),
        };
        let splits = routing.rules.iter().map(|rule| &rule.split).filter(|_| decides);
        return Claim::Leaves(splits.map(|split| for_its_clients(foreign, split)).collect());
    }
    if !is_profile {
        return Claim::Takes { help: OTHER_ROUTE };
    }
    if foreign.body["metadata"]["annotations"].get(SKIP).is_some() {
        return Claim::Takes { help: SKIPPED };
    }
    match form {
        Form::Nothing => Claim::Leaves(Vec::new()),
        Form::Profile(_) if is_filled(&spec["dstOverrides"]) => Claim::Takes { help: OWN_OVERRIDES },
        Form::Profile(rule) => Claim::Leaves(vec![shared(foreign, &routing.rules[rule].split)]),
        Form::Routes if has_effect(spec) => Claim::Takes { help: OWN_ROUTES },
        Form::Routes => Claim::Leaves(Vec::new()),
    }
}

fn for_its_clients(foreign: &Foreign, split: &ObjectRef) -> Diagnostic {
    let namespace = &foreign.object.namespace;
    Diagnostic::new(
        Code("LINKERD-CLIENT-1"),
        Severity::Warning,
        format!(
            "{} decides for the clients of the namespace {namespace} where their requests go",
            foreign.object
        ),
        format!("clients of {namespace} do not follow the split"),
    )
    .on(split)
    .help("remove the object, unless these clients are meant to be apart")
}

fn shared(foreign: &Foreign, split: &ObjectRef) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-PROFILE-2"),
        Severity::Info,
        format!("{} exists, and this project did not write it", foreign.object),
        "its routes and its retry budget stay: only dstOverrides are added to it, by server-side apply",
    )
    .on(split)
    .help("apply the object with kubectl apply --server-side")
}

/// The Service that a profile is named after.
fn profiled(name: &str, cluster_domain: &str) -> Option<ServiceRef> {
    let (service, namespace) = name.strip_suffix(cluster_domain)?.strip_suffix(".svc.")?.split_once('.')?;
    Some(ServiceRef::new(namespace, service))
}

/// Whether a profile keeps proxies from following routes: it has routes of its own, or destinations.
fn has_effect(spec: &Value) -> bool {
    is_filled(&spec["routes"]) || is_filled(&spec["dstOverrides"])
}

fn is_filled(list: &Value) -> bool {
    list.as_array().is_some_and(|items| !items.is_empty())
}

fn is_service(parent: &Value) -> bool {
    parent["kind"] == "Service" && (parent["group"] == "" || parent["group"] == "core")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use smi_translate::read::{ReadOptions, Reader};
    use smi_translate::{Intent, Options, resolve};

    use super::*;
    use crate::RoutingForm;

    const SPLIT: &str = "apiVersion: split.smi-spec.io/v1alpha2\nkind: TrafficSplit\nmetadata: {name: t, namespace: shop}\n\
        spec: {service: web, backends: [{service: a, weight: 1}, {service: b, weight: 1}]}\n";

    /// What becomes of a split of `web` beside an object.
    fn beside(
        kind: &'static str,
        place: (&str, &str),
        spec: &Value,
        form: RoutingForm,
    ) -> Option<&'static str> {
        let mut reader = Reader::new(ReadOptions::default());
        let ports = "{ports: [{port: 80, appProtocol: http}], clusterIP: 10.0.0.1}";
        reader.add("split.yaml", SPLIT.as_bytes());
        for name in ["web", "a", "b"] {
            let service = format!(
                "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec: {ports}\n"
            );
            reader.add("service.yaml", service.as_bytes());
        }
        let inventory = reader.finish(Options::default()).inventory;
        let key = inventory.units().next().unwrap();
        let Intent::Routing(routing) = resolve(&inventory, &key).intent else { panic!("no routing") };
        let object = ObjectRef::new(kind, place.0, place.1);
        let foreign = Foreign { object, body: json!({ "spec": spec }) };
        if !claims(&foreign, "cluster.local").contains(&routing.root) {
            return None;
        }
        match claim(&foreign, &routing, &LinkerdOptions { routing: form, ..LinkerdOptions::default() }) {
            Claim::Takes { help } => Some(help),
            Claim::Leaves(said) => Some(said.first().map_or("", |diagnostic| diagnostic.code.0)),
        }
    }

    const NAME: &str = "web.shop.svc.cluster.local";

    #[test]
    fn of_a_profile_only_the_destinations_are_ours() {
        let profile = |spec: Value, form| beside("ServiceProfile", ("shop", NAME), &spec, form);
        let (as_profile, as_routes) = (RoutingForm::Auto, RoutingForm::HttpRoute);
        let routes = json!({"routes": [{"name": "r"}]});
        assert_eq!(profile(routes.clone(), as_profile), Some("LINKERD-PROFILE-2"));
        assert_eq!(profile(routes, as_routes), Some(OWN_ROUTES));
        let overrides = json!({"dstOverrides": [{}]});
        assert_eq!(profile(overrides.clone(), as_profile), Some(OWN_OVERRIDES));
        assert_eq!(profile(overrides, as_routes), Some(OWN_ROUTES));
        assert_eq!(profile(json!({"retryBudget": {}}), as_routes), Some(""));
        assert_eq!(beside("ServiceProfile", ("shop", "nonsense"), &json!({}), as_profile), None);
    }

    #[test]
    fn objects_of_another_namespace_are_for_its_clients() {
        let (as_profile, as_routes) = (RoutingForm::Auto, RoutingForm::HttpRoute);
        let empty = |form| beside("ServiceProfile", ("other", NAME), &json!({}), form);
        assert_eq!(empty(as_profile), Some("LINKERD-CLIENT-1"));
        assert_eq!(empty(as_routes), Some(""), "without routes and destinations it hides no routes");
        let parent = json!({"group": "", "kind": "Service", "name": "web", "namespace": "shop"});
        let route = |form| beside("HTTPRoute", ("other", "r"), &json!({"parentRefs": [parent]}), form);
        assert_eq!(route(as_routes), Some("LINKERD-CLIENT-1"));
        assert_eq!(route(as_profile), Some(""), "Linkerd follows the profile");
    }

    #[test]
    fn routes_take_the_services_that_are_their_parents() {
        let parent = |parent: Value| {
            beside("GRPCRoute", ("shop", "r"), &json!({ "parentRefs": [parent] }), RoutingForm::Auto)
        };
        for group in ["", "core"] {
            let service = json!({"group": group, "kind": "Service", "name": "web", "port": 80});
            assert_eq!(parent(service), Some(OTHER_ROUTE));
        }
        assert_eq!(parent(json!({"kind": "Gateway", "name": "web"})), None);
        assert_eq!(parent(json!({"group": "policy.linkerd.io", "kind": "Server", "name": "web"})), None);
    }
}
