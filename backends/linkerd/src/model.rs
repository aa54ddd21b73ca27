//! What Linkerd does with rendered objects, written from `linkerd.md` 3 and 5 and not from the renderer: the tests ask it.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;
use serde_json::Value;
use smi_translate::facts::Labels;
use smi_translate::{HttpRequest, Translation};

/// The objects of a translation, as Linkerd stores them. All are of one age: ties go by name, which nobody may rely on, so that the tests
/// ask with both orders.
pub(crate) struct Model {
    objects: Vec<Value>,
    /// Whether of two objects the one with the later name is the older.
    pub(crate) later_is_older: bool,
}

/// A peer, as its proxy identifies it.
pub(crate) struct Caller<'a> {
    pub(crate) namespace: &'a str,
    pub(crate) account: &'a str,
}

impl Caller<'_> {
    fn identity(&self) -> String {
        format!("{}.{}.serviceaccount.identity.linkerd.cluster.local", self.account, self.namespace)
    }
}

/// What a match is worth: Linkerd takes the largest, field by field.
type Rank = (usize, usize, bool);

impl Model {
    pub(crate) fn new(translation: &Translation) -> Model {
        let objects = translation.manifests.iter().map(|manifest| serde_json::to_value(manifest).unwrap());
        Model { objects: objects.collect(), later_is_older: false }
    }

    /// Every state that is seen while the objects of `self` give way to those of `new`: these are written one by one, and then what is left
    /// of the old ones is deleted in reverse.
    pub(crate) fn on_the_way_to(&self, new: &Model) -> Vec<Model> {
        let key = |object: &Value| (object["kind"].clone(), object["metadata"]["name"].clone());
        let mut objects = self.objects.clone();
        let mut states = Vec::new();
        for object in &new.objects {
            match objects.iter_mut().find(|known| key(known) == key(object)) {
                Some(known) => *known = object.clone(),
                None => objects.push(object.clone()),
            }
            states.push(Model { objects: objects.clone(), later_is_older: self.later_is_older });
        }
        for object in self.objects.iter().rev() {
            if !new.objects.iter().any(|kept| key(kept) == key(object)) {
                objects.retain(|known| key(known) != key(object));
                states.push(Model { objects: objects.clone(), later_is_older: self.later_is_older });
            }
        }
        states
    }

    fn of<'m>(&'m self, kind: &'m str) -> impl Iterator<Item = &'m Value> {
        let mut all: Vec<&Value> = self.objects.iter().filter(|object| object["kind"] == kind).collect();
        all.sort_by_key(|object| object["metadata"]["name"].as_str());
        if self.later_is_older {
            all.reverse();
        }
        all.into_iter()
    }

    /// The rule that a request takes at a Service port; `None` where no route is there.
    pub(crate) fn outbound(&self, service: &str, port: u16, request: &HttpRequest) -> Option<Option<&Value>> {
        let is_parent = |parent: &Value| {
            parent["kind"] == "Service" && parent["name"] == service && parent["port"] == port
        };
        let (routes, found) = self.winner(&is_parent, request, &[]);
        (routes > 0).then_some(found.map(|(_, rule)| rule))
    }

    /// Whether a pod's proxy lets something in: a request, or a connection that is none.
    pub(crate) fn lets_in(
        &self,
        pod: &Labels,
        port: u16,
        caller: Option<&Caller<'_>>,
        request: Option<&HttpRequest>,
    ) -> bool {
        let selects = |server: &&Value| {
            let labels = server["spec"]["podSelector"]["matchLabels"].as_object().unwrap();
            server["spec"]["port"] == port
                && labels.iter().all(|(k, v)| pod.get(k).map(String::as_str) == v.as_str())
        };
        let Some(server) = self.of("Server").find(selects) else { return true };
        let name = server["metadata"]["name"].as_str().unwrap();
        let is_let_in = |kind: &str, name: &str| self.is_authorized(kind, name, caller);
        let at_server = is_let_in("Server", name);
        let request = request.filter(|_| server["spec"]["proxyProtocol"] != "opaque");
        let Some(request) = request else { return at_server };
        let is_parent = |parent: &Value| parent["kind"] == "Server" && parent["name"] == name;
        let identity = caller.map(|caller| ("l5d-client-id".to_owned(), caller.identity()));
        match self.winner(&is_parent, request, identity.as_slice()) {
            (0, _) => at_server,
            (_, None) => false,
            (_, Some((route, _))) => {
                at_server || is_let_in("HTTPRoute", route["metadata"]["name"].as_str().unwrap())
            }
        }
    }

    fn is_authorized(&self, kind: &str, name: &str, caller: Option<&Caller<'_>>) -> bool {
        let targets = |policy: &&Value| {
            policy["spec"]["targetRef"]["kind"] == kind && policy["spec"]["targetRef"]["name"] == name
        };
        self.of("AuthorizationPolicy").filter(targets).any(|policy| {
            let required = policy["spec"]["requiredAuthenticationRefs"].as_array().unwrap();
            required.iter().all(|reference| self.recognises(reference, caller))
        })
    }

    fn recognises(&self, reference: &Value, caller: Option<&Caller<'_>>) -> bool {
        if reference["kind"] == "NetworkAuthentication" {
            return true;
        }
        let mut named =
            self.of("MeshTLSAuthentication").filter(|o| o["metadata"]["name"] == reference["name"]);
        let (Some(authentication), Some(caller)) = (named.next(), caller) else { return false };
        let refs = authentication["spec"]["identityRefs"].as_array();
        refs.into_iter()
            .flatten()
            .any(|one| one["name"] == caller.account && one["namespace"] == caller.namespace)
    }

    /// How many routes are attached, and the match that wins among them.
    fn winner(
        &self,
        is_parent: &dyn Fn(&Value) -> bool,
        request: &HttpRequest,
        written_by_proxy: &[(String, String)],
    ) -> (usize, Option<(&Value, &Value)>) {
        let mut best: Option<(Rank, (&Value, &Value))> = None;
        let mut attached = 0;
        for route in self.of("HTTPRoute") {
            if !route["spec"]["parentRefs"].as_array().unwrap().iter().any(is_parent) {
                continue;
            }
            attached += 1;
            for rule in route["spec"]["rules"].as_array().unwrap() {
                let ranks: Vec<Option<Rank>> = match rule["matches"].as_array() {
                    None => vec![Some((1, 0, false))],
                    Some(matches) => matches.iter().map(|one| rank(one, request, written_by_proxy)).collect(),
                };
                let Some(rank) = ranks.into_iter().flatten().max() else { continue };
                if best.is_none_or(|(known, _)| rank > known) {
                    best = Some((rank, (route, rule)));
                }
            }
        }
        (attached, best.map(|(_, found)| found))
    }
}

fn rank(one: &Value, request: &HttpRequest, written_by_proxy: &[(String, String)]) -> Option<Rank> {
    let path = request.path.split('?').next().unwrap();
    let value = one["path"]["value"].as_str().unwrap_or_default();
    let length = match one["path"]["type"].as_str() {
        None => 1,
        Some("Exact") => (value == path).then_some(path.len())?,
        Some("PathPrefix") if value == "/" => 1,
        Some("RegularExpression") => spans(value, path).then_some(path.len())?,
        other => panic!("{other:?}"),
    };
    let headers = one["headers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let lines: Vec<&(String, String)> = request
        .headers
        .iter()
        .filter(|(name, _)| !name.starts_with("l5d-"))
        .chain(written_by_proxy)
        .collect();
    let holds = |header: &Value| {
        let expected = header["value"].as_str().unwrap();
        lines.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case(header["name"].as_str().unwrap())
                && match header["type"].as_str() {
                    Some("Exact") => value == expected,
                    _ => spans(expected, value),
                }
        })
    };
    let method = one["method"].as_str();
    let fits = headers.iter().all(holds) && method.is_none_or(|method| method == request.method);
    fits.then_some((length, headers.len(), method.is_some()))
}

/// A leftmost-first search whose hit must span the whole value.
fn spans(regex: &str, value: &str) -> bool {
    thread_local! {
        static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::default();
    }
    COMPILED.with_borrow_mut(|compiled| {
        if !compiled.contains_key(regex) {
            compiled.insert(regex.to_owned(), Regex::new(regex).unwrap());
        }
        compiled[regex].find(value).is_some_and(|hit| hit.range() == (0..value.len()))
    })
}
