//! AdmissionReview.

use super::*;

fn request(operation: &str, object: Value, old: Value) -> Value {
    json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {
            "uid": "705ab4f5", "operation": operation, "object": object, "oldObject": old, "dryRun": false,
            "kind": {"group": "split.smi-spec.io", "version": "v1alpha4", "kind": "TrafficSplit"},
            "userInfo": {"username": "admin"}, "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
        },
    })
}

fn answer(review: &Value) -> Admission {
    let answer = review::admission(review, &AdmissionOptions::default()).unwrap();
    let Value::Object(fields) = &answer.review else { panic!("{}", answer.review) };
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["apiVersion", "kind", "response"]);
    assert_eq!(
        (&fields["apiVersion"], &fields["kind"]),
        (&json!("admission.k8s.io/v1"), &json!("AdmissionReview"))
    );
    let response = &fields["response"];
    assert_eq!((&response["uid"], &response["allowed"]), (&json!("705ab4f5"), &json!(answer.allowed)));
    for warning in response["warnings"].as_array().into_iter().flatten() {
        let warning = warning.as_str().unwrap();
        assert!(warning.chars().count() <= 256 && !warning.contains(char::is_control), "{warning}");
    }
    answer
}

fn creation(object: &Value) -> Admission {
    answer(&request("CREATE", object.clone(), Value::Null))
}

fn update(object: &Value, old: &Value) -> Admission {
    answer(&request("UPDATE", object.clone(), old.clone()))
}

fn warnings(admission: &Admission) -> Vec<&str> {
    let warnings = admission.review["response"]["warnings"].as_array();
    warnings.into_iter().flatten().map(|warning| warning.as_str().unwrap()).collect()
}

#[test]
fn a_right_object_passes_without_a_word() {
    let admission = creation(&good("v1alpha4"));
    assert_eq!(admission.review["response"], json!({"uid": "705ab4f5", "allowed": true}));
    assert_eq!((admission.findings, admission.losses), (vec![], vec![]));
}

#[test]
fn errors_deny_and_say_what_kubectl_prints() {
    let bad =
        split("v1alpha4", "web", json!([{"service": "a", "weight": -1}, {"service": "b", "weight": 1}]));
    let admission = creation(&bad);
    assert!(!admission.allowed);
    let message =
        r#"the weight -1 of backend "a" is negative (SMI-VAL-43), use 0 for a backend without traffic"#;
    assert_eq!(
        admission.review["response"]["status"],
        json!({
            "status": "Failure", "code": 422, "reason": "Invalid", "message": format!("spec.backends[0].weight: {message}"),
            "details": {"group": "split.smi-spec.io", "kind": "TrafficSplit", "name": "web", "causes": [
                {"reason": "FieldValueInvalid", "field": "spec.backends[0].weight", "message": message},
            ]},
        })
    );
}

#[test]
fn warnings_warn() {
    let admission = creation(&split("v1alpha2", "web", json!([{"service": "web", "weight": 1}])));
    assert!(admission.allowed);
    assert_eq!(
        warnings(&admission),
        [
            "apiVersion: v1alpha2 of TrafficSplit is deprecated (SMI-VAL-4); the object works as it is",
            r#"spec.backends[0].service: backend "web" is the root of the split itself (SMI-VAL-45); the backend stands for the endpoints that the root Service selects, and is not split again"#,
            "spec.backends: the split has a single backend (SMI-VAL-45); with a positive weight it gets all traffic",
        ]
    );
}

#[test]
fn a_split_may_lose_its_last_weight_later_but_not_begin_without() {
    let zero =
        split("v1alpha4", "web", json!([{"service": "a", "weight": 0}, {"service": "b", "weight": 0}]));
    assert!(!creation(&zero).allowed);
    let admission = update(&zero, &good("v1alpha4"));
    assert!(admission.allowed);
    assert!(
        warnings(&admission)[0].starts_with("spec.backends: no backend has a weight above 0 (SMI-VAL-44)")
    );
}

#[test]
fn who_writes_an_object_hears_of_readers_that_take_it_for_more() {
    let mut conditional = good("v1alpha4");
    conditional["spec"]["matches"] = json!([{"kind": "HTTPRouteGroup", "name": "g"}]);
    let admission = creation(&conditional);
    assert!(admission.allowed);
    assert_eq!(
        warnings(&admission),
        [
            "spec.matches: v1alpha2 has no conditions; a reader that does not know the annotation takes the split for an \
          unconditional one (to readers of v1alpha2)"
        ]
    );
    assert_eq!(admission.losses.len(), 2, "one for each version that has no conditions");
    let one_version = AdmissionOptions::serving(&crd::Serving::OneVersion);
    let asked = request("CREATE", conditional, Value::Null);
    assert_eq!(warnings(&review::admission(&asked, &one_version).unwrap()), [""; 0]);

    // Not of versions that are not served.
    let route = json!({
        "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "TCPRoute", "metadata": {"name": "db", "namespace": "shop"},
        "spec": {"matches": {"ports": [5432]}},
    });
    assert_eq!(warnings(&creation(&route)), [""; 0]);
    let mut options = AdmissionOptions::default();
    options.served = vec![ApiVersion { kind: Kind::TCPRoute, version: Version::V1Alpha3 }];
    let admission = review::admission(&request("CREATE", route, Value::Null), &options).unwrap();
    assert!(
        warnings(&admission)[0].starts_with("spec.matches.ports: v1alpha3 has no ports"),
        "{admission:?}"
    );
}

#[test]
fn a_broken_object_that_is_stored_can_be_labelled_and_deleted_but_not_changed() {
    let broken = split("v1alpha4", "web", json!([{"service": "a", "weight": 1.5}]));
    let mut labelled = broken.clone();
    labelled["metadata"]["finalizers"] = json!([]);
    labelled["status"] = json!({"conditions": []});
    let admission = update(&labelled, &broken);
    assert!(admission.allowed);
    assert!(admission.findings.iter().all(|finding| finding.severity == Severity::Warning));
    assert!(warnings(&admission).iter().any(|warning| warning.contains("SMI-VAL-43")));
    let mut changed = broken.clone();
    changed["spec"]["service"] = json!("other");
    assert!(!update(&changed, &broken).allowed);
    // The annotation that carries conditions is a part of what the object means.
    let mut carrying = broken.clone();
    carrying["metadata"]["annotations"] = json!({CARRIER_ANNOTATION: "{}"});
    assert!(!update(&carrying, &broken).allowed);
    for operation in ["DELETE", "CONNECT"] {
        assert!(answer(&request(operation, Value::Null, broken.clone())).allowed);
    }
    let mut status = request("UPDATE", changed, broken);
    status["request"]["subResource"] = json!("status");
    assert!(answer(&status).allowed);
}

#[test]
fn conditions_that_the_api_server_dropped_are_found_in_what_kubectl_applied() {
    let mut applied = json!({
        "apiVersion": "access.smi-spec.io/v1alpha3", "kind": "TrafficTarget", "metadata": {"name": "api", "namespace": "shop"},
        "spec": {
            "destination": {"kind": "ServiceAccount", "name": "api", "port": 8080},
            "rules": [{"kind": "HTTPRouteGroup", "name": "routes"}],
            "sources": [{"kind": "ServiceAccount", "name": "web"}],
        },
    });
    let text = applied.to_string();
    let pruned = &mut applied;
    pruned["spec"]["destination"].as_object_mut().unwrap().remove("port");
    let old = pruned.clone();
    pruned["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": text});
    let admission = creation(pruned);
    assert!(!admission.allowed);
    let message = admission.review["response"]["status"]["message"].as_str().unwrap();
    assert_eq!(
        message,
        "metadata.annotations[\"kubectl.kubernetes.io/last-applied-configuration\"]: kubectl was given spec.destination.port, which \
         the API server dropped: TrafficTarget v1alpha3 has no destination port; v1alpha2 was the last version that has it \
         (SMI-VAL-3), add a TCPRoute with this port to spec.rules, or use v1alpha2"
    );
    assert!(!update(pruned, &old).allowed, "applied now, though nothing of it arrives");
    assert!(update(pruned, pruned).allowed, "applied before");
    // Whatever else stands there is nothing to us.
    for text in ["", "{", "7", r#"{"apiVersion":"v1","kind":"Pod"}"#, &"[".repeat(1000)] {
        pruned["metadata"]["annotations"] = json!({"kubectl.kubernetes.io/last-applied-configuration": text});
        assert!(creation(pruned).allowed, "{text}");
    }
}

#[test]
fn what_was_applied_to_another_object_or_before_refuses_nothing() {
    const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";
    let with = |mut object: Value, applied: &Value| {
        object["metadata"]["annotations"] = json!({ANNOTATION: applied.to_string()});
        object
    };
    let mut early = good("v1alpha2");
    early["spec"]["matches"] = json!([{"kind": "HTTPRouteGroup", "name": "g"}]);
    // The split was mended since, and comes back from a backup with the annotation of its first form.
    let mut mended = early.clone();
    mended["apiVersion"] = json!("split.smi-spec.io/v1alpha4");
    assert!(creation(&with(mended, &early)).allowed);
    let refused = |applied: &Value| !creation(&with(good("v1alpha2"), applied)).allowed;
    assert!(refused(&early));
    for (key, other) in [("name", json!("other")), ("namespace", json!("other"))] {
        let mut applied = early.clone();
        applied["metadata"][key] = other;
        assert!(!refused(&applied), "{key}");
    }
    let route = json!({
        "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "TCPRoute", "metadata": early["metadata"].clone(),
        "spec": {"ports": [1]},
    });
    assert!(!refused(&route));
    // A label is set by `kubectl apply` on what is stored already.
    let labelled = |label: &str| {
        let (mut applied, mut object) = (early.clone(), good("v1alpha2"));
        applied["metadata"]["labels"] = json!({"l": label});
        object["metadata"]["labels"] = json!({"l": label});
        with(object, &applied)
    };
    let admission = update(&labelled("2"), &labelled("1"));
    assert!(admission.allowed);
    assert!(
        warnings(&admission)
            .iter()
            .any(|warning| warning.contains("kubectl was given spec.matches, which the API server dropped")),
        "{admission:?}"
    );
}

#[test]
fn what_stands_for_another_object_is_refused_for_what_is_wrong_with_that() {
    let bad =
        split("v1alpha1", "web", json!([{"service": "a", "weight": "-1"}, {"service": "b", "weight": "1"}]));
    let asked = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
        "request": {"uid": "u", "desiredAPIVersion": "split.smi-spec.io/v1alpha4", "objects": [bad]},
    });
    let answered = review::conversion(&asked, &ConvertOptions::default()).unwrap().review;
    let admission = creation(&answered["response"]["convertedObjects"][0]);
    assert!(!admission.allowed);
    assert_eq!(
        admission.review["response"]["status"]["message"],
        "spec.backends[0].weight: in v1alpha1, from which it could not be converted: the weight -1 of backend \"a\" is negative \
         (SMI-VAL-43), use 0 for a backend without traffic"
    );
}

#[test]
fn the_namespace_is_that_of_the_request() {
    let mut target = json!({
        "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "TrafficTarget", "metadata": {"name": "api"},
        "spec": {
            "destination": {"kind": "ServiceAccount", "name": "api", "namespace": "victim"},
            "rules": [{"kind": "TCPRoute", "name": "t"}],
            "sources": [{"kind": "ServiceAccount", "name": "web"}],
        },
    });
    let in_namespace = |object: &Value| {
        let mut asked = request("CREATE", object.clone(), Value::Null);
        asked["request"]["namespace"] = json!("shop");
        answer(&asked)
    };
    assert!(!in_namespace(&target).allowed);
    target["spec"]["destination"]["namespace"] = json!("shop");
    assert!(in_namespace(&target).allowed);
}

/// The end is what matters: what it means for traffic.
#[test]
fn a_warning_of_a_carrier_is_not_cut() {
    for (text, end) in [
        ("{", "a port, a group or a condition in it is not in force: more may be granted or routed"),
        (
            r#"{"v":1,"from":"v1alpha1","data":{"matches":7}}"#,
            r#"what it carries under "matches" cannot be read and is ignored (SMI-CONV-1); a port, a group or a condition in it is not in force: more may be granted or routed"#,
        ),
        (
            r#"{"v":1,"from":"v1alpha1","data":{"later":7}}"#,
            "a port, a group or a condition in it is not in force: more may be granted or routed",
        ),
        (
            r#"{"v":1,"from":"v1alpha1","data":{"quantities":7}}"#,
            "(SMI-CONV-1); it says how the object was written once, and restricts nothing",
        ),
    ] {
        let mut object = good("v1alpha4");
        object["metadata"]["annotations"] = json!({CARRIER_ANNOTATION: text});
        let admission = creation(&object);
        assert!(admission.allowed);
        assert!(warnings(&admission)[0].ends_with(end), "{:?}", warnings(&admission));
    }
}

/// Whoever looks at this version would see a group that selects nothing, and readers of the other one a group that selects everything.
#[test]
fn a_body_of_another_version_cannot_be_hidden() {
    let data = json!({"unconverted": {"body": {"matches": [{"name": "all", "pathRegex": "/"}]}}});
    let carrier = json!({"v": 1, "from": "v1alpha1", "data": data}).to_string();
    let mut group = json!({
        "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "HTTPRouteGroup",
        "metadata": {"name": "g", "namespace": "shop", "annotations": {CARRIER_ANNOTATION: carrier}},
    });
    let admission = creation(&group);
    assert!(!admission.allowed);
    assert_eq!(
        admission.review["response"]["status"]["message"],
        format!(
            "metadata.annotations[{CARRIER_ANNOTATION:?}]: the object has no body, and stands for one in v1alpha1 (SMI-CONV-6), write it \
             in v1alpha1"
        )
    );
    // Its metadata may change, where somebody has stored it.
    let stored = group.clone();
    group["metadata"]["labels"] = json!({"a": "b"});
    assert!(update(&group, &stored).allowed);
}

/// An API server takes 256 KiB of annotations; more would break every list of the kind in the old version.
#[test]
fn what_no_annotation_can_carry_is_refused_before_it_is_stored() {
    let with_conditions = |count: usize| {
        let mut object = good("v1alpha4");
        let matches: Vec<Value> =
            (0..count).map(|n| json!({"kind": "HTTPRouteGroup", "name": format!("group-{n}")})).collect();
        object["spec"]["matches"] = json!(matches);
        object
    };
    let admission = creation(&with_conditions(6000));
    assert!(!admission.allowed);
    let message = admission.review["response"]["status"]["details"]["causes"][0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("what v1alpha1 cannot say would need annotations of ")
            && message.contains(" bytes, and an API server takes 262144 (SMI-CONV-6)"),
        "{message}"
    );
    assert!(creation(&with_conditions(3000)).allowed);
}

#[test]
fn a_name_that_the_api_server_makes_is_no_missing_name() {
    let mut object = good("v1alpha4");
    object["metadata"] = json!({"generateName": "web-", "namespace": "shop"});
    assert!(creation(&object).allowed);
    object["metadata"] = json!({"namespace": "shop"});
    assert!(!creation(&object).allowed);
}

#[test]
fn other_kinds_pass_and_unknown_ones_of_ours_do_not() {
    let object = |api_version: &str, kind: &str| json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}});
    assert!(creation(&object("apps/v1", "Deployment")).allowed);
    assert!(creation(&object("gateway.networking.k8s.io/v1alpha2", "TCPRoute")).allowed);
    for (api_version, kind, message) in [
        (
            "split.smi-spec.io/v1alpha5",
            "TrafficSplit",
            "apiVersion: TrafficSplit v1alpha5 was a draft and never released (SMI-VAL-1), write apiVersion: \
             split.smi-spec.io/v1alpha4; its versions are v1alpha1, v1alpha2, v1alpha3, v1alpha4",
        ),
        (
            "specs.smi-spec.io/v1alpha4",
            "GRPCRoute",
            r#"kind: group specs.smi-spec.io has no kind "GRPCRoute" (SMI-VAL-1), its kinds are HTTPRouteGroup, TCPRoute, UDPRoute"#,
        ),
    ] {
        let admission = creation(&object(api_version, kind));
        assert!(!admission.allowed);
        assert_eq!(admission.review["response"]["status"]["message"], message);
        assert_eq!(admission.review["response"]["status"]["code"], 422);
    }
}

#[test]
fn more_checks_can_be_added() {
    let more = |object: &hub::Object| {
        vec![Finding {
            code: "SMI-VAL-31",
            severity: Severity::Error,
            path: FieldPath::of("spec"),
            message: format!("this {} is refused", object.kind()),
            effect: "nothing".into(),
            help: None,
        }]
    };
    let asked = request("CREATE", good("v1alpha4"), Value::Null);
    let admission = review::admission_with(&asked, &AdmissionOptions::default(), more).unwrap();
    assert_eq!(
        admission.review["response"]["status"]["message"],
        "spec: this TrafficSplit is refused (SMI-VAL-31), nothing"
    );
}

#[test]
fn many_findings_are_counted() {
    let backends: Vec<Value> = (0..5000).map(|_| json!({"service": "A b", "weight": 1})).collect();
    let admission = creation(&split("v1alpha4", "web", json!(backends)));
    let status = &admission.review["response"]["status"];
    assert_eq!(status["details"]["causes"].as_array().unwrap().len(), 20);
    assert!(status["message"].as_str().unwrap().ends_with("; and 4980 more"));
    let absent: Vec<Value> = (0..5000).map(|n| json!({"service": format!("s{n}")})).collect();
    let admission = creation(&split("v1alpha4", "web", json!(absent)));
    assert_eq!(warnings(&admission).len(), 16);
}

#[test]
fn a_request_without_an_object_is_answered() {
    for object in
        [json!(null), json!([]), json!("x"), json!({}), json!({"apiVersion": "", "kind": "TrafficSplit"})]
    {
        let admission = creation(&object);
        assert!(!admission.allowed);
        assert_eq!(
            admission.review["response"]["status"],
            json!({"status": "Failure", "code": 400, "reason": "BadRequest", "message": "the request has no object"})
        );
    }
}

#[test]
fn what_is_no_review_is_an_error() {
    for (review, message) in [
        (json!("x"), "not an AdmissionReview: the body is no map"),
        (
            json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1beta1"}),
            r#"not an AdmissionReview: apiVersion is "admission.k8s.io/v1beta1", not admission.k8s.io/v1"#,
        ),
        (
            json!({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": {"uid": 7}}),
            "not an AdmissionReview: its request has no uid",
        ),
    ] {
        let error = review::admission(&review, &AdmissionOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

/// What is compared for every finding takes hours here.
#[test]
fn an_object_in_which_nothing_is_right_is_compared_once() {
    let source = |index: usize| json!({"kind": "ServiceAccount", "name": format!("s{index}"), "group": "no"});
    let target = json!({
        "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "TrafficTarget", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "destination": {"kind": "ServiceAccount", "name": "web"}, "rules": [{"kind": "TCPRoute", "name": "all"}],
            "sources": (0..30_000).map(source).collect::<Vec<_>>(),
        },
    });
    let admission = update(&target, &target);
    assert!(admission.allowed);
    assert!(admission.findings.len() >= 30_000, "{}", admission.findings.len());
}
