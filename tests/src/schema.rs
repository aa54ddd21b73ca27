//! Objects against the CRDs of their mesh, as strictly as an API server with strict field validation.
//!
//! A CRD's OpenAPI schema is not quite JSON Schema, and a validator that takes it as it is lets misspelt fields pass. So schemas are
//! rewritten first: closed, `nullable` and int-or-string spelled as type lists, integer formats as bounds. Rules in CEL
//! (`x-kubernetes-validations`) run in `kube-cel`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use kube_cel::{CompiledSchema, compile_schema};
use serde_json::{Map, Value, json};
use smi_translate::yaml;

/// Which folders below `shared/crds` hold the CRDs of an API group and of all groups below it. A group may be installed in several
/// editions: an object must pass all that serve its version. A further mesh is a further line.
const FOLDERS: [(&str, &str); 5] = [
    ("istio.io", "istio"),
    ("linkerd.io", "linkerd"),
    ("gateway.networking.k8s.io", "linkerd/bundled-gateway-api-v1.1.1"),
    ("gateway.networking.k8s.io", "gateway-api/standard"),
    ("gateway.networking.k8s.io", "gateway-api/experimental"),
];

/// The folder that lies beside the workspace and holds what upstream projects publish.
pub(crate) fn shared() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared")
}

/// Whether this run may leave nothing out.
pub(crate) fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// The CRDs of all meshes, compiled when they are first needed.
pub(crate) struct Schemas {
    sources: BTreeMap<VersionedKind, Vec<Source>>,
    compiled: RefCell<BTreeMap<VersionedKind, Rc<[Compiled]>>>,
}

/// `apiVersion` and `kind`.
type VersionedKind = (String, String);

/// The schema of a version in one edition of its CRD.
struct Source {
    edition: &'static str,
    schema: Value,
}

struct Compiled {
    edition: &'static str,
    shape: jsonschema::Validator,
    rules: CompiledSchema,
}

impl Schemas {
    /// Reads the CRDs below `shared`; `None` where there are none.
    ///
    /// A continuous-integration run must not leave these checks out: with `CI=true` their absence is a panic.
    pub(crate) fn load(shared: &Path) -> Option<Schemas> {
        let mut sources = BTreeMap::new();
        for (group, edition) in FOLDERS {
            let folder = shared.join("crds").join(edition);
            let Ok(entries) = fs::read_dir(&folder) else {
                assert!(!in_ci(), "{} does not exist, and CI may leave nothing out", folder.display());
                return None;
            };
            let files = entries.map(|entry| entry.expect("a folder that was opened can be listed").path());
            for file in files.filter(|file| file.extension().is_some_and(|extension| extension == "yaml")) {
                let text = fs::read_to_string(&file).expect("a file that is listed can be read");
                for crd in documents(&text) {
                    versions(&crd, group, edition, &mut sources);
                }
            }
        }
        Some(Schemas { sources, compiled: RefCell::default() })
    }

    /// Checks one object, and says everything that is wrong with it.
    pub(crate) fn check(&self, object: &Value) -> Result<(), Vec<String>> {
        let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
        let key = (text("apiVersion"), text("kind"));
        let Some(compiled) = self.compiled(&key) else {
            return Err(vec![format!("no CRD serves {} {}", key.0, key.1)]);
        };
        let problems: Vec<String> = compiled.iter().flat_map(|edition| edition.problems(object)).collect();
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// How many editions of a CRD serve a version of a kind.
    pub(crate) fn editions(&self, api_version: &str, kind: &str) -> usize {
        self.sources.get(&(api_version.to_owned(), kind.to_owned())).map_or(0, Vec::len)
    }

    fn compiled(&self, key: &VersionedKind) -> Option<Rc<[Compiled]>> {
        if let Some(compiled) = self.compiled.borrow().get(key) {
            return Some(Rc::clone(compiled));
        }
        let compiled: Rc<[Compiled]> = self.sources.get(key)?.iter().map(Compiled::of).collect();
        self.compiled.borrow_mut().insert(key.clone(), Rc::clone(&compiled));
        Some(compiled)
    }
}

impl Compiled {
    fn of(source: &Source) -> Compiled {
        let Source { edition, schema } = source;
        let shape =
            jsonschema::draft202012::new(&closed(schema)).expect("a rewritten CRD schema is JSON Schema");
        let rules = compile_schema(schema);
        assert_no_errors(&rules, edition);
        Compiled { edition, shape, rules }
    }

    fn problems(&self, object: &Value) -> Vec<String> {
        let shape = self.shape.iter_errors(object);
        let problems: Vec<String> =
            shape.map(|error| format!("{}: {}: {error}", self.edition, error.instance_path())).collect();
        if !problems.is_empty() {
            return problems;
        }
        // Rules assume the shape: the API server does not run them either on an object of the wrong shape.
        match kube_cel::Validator::new().validate_compiled(&self.rules, object, None) {
            Ok(()) => Vec::new(),
            Err(errors) => {
                errors.into_vec().iter().map(|error| format!("{}: {error}", self.edition)).collect()
            }
        }
    }
}

/// A rule that does not compile would pass everything.
fn assert_no_errors(rules: &CompiledSchema, edition: &str) {
    let errors: Vec<String> = rules.compilation_errors().iter().map(|error| format!("{error:?}")).collect();
    assert!(errors.is_empty(), "rules in {edition} that do not compile: {errors:?}");
    rules.properties.values().for_each(|child| assert_no_errors(child, edition));
    rules.items.iter().for_each(|child| assert_no_errors(child, edition));
}

fn documents(text: &str) -> Vec<Value> {
    let documents = yaml::read(text, &yaml::Limits::default());
    documents.map(|document| document.content.expect("published CRDs are YAML").to_json()).collect()
}

/// The schemas of the served versions of a CRD of a group, or of one below it.
fn versions(
    crd: &Value,
    of_group: &str,
    edition: &'static str,
    sources: &mut BTreeMap<VersionedKind, Vec<Source>>,
) {
    let (Some(group), Some(kind)) = (crd["spec"]["group"].as_str(), crd["spec"]["names"]["kind"].as_str())
    else {
        return;
    };
    if group != of_group && !group.ends_with(&format!(".{of_group}")) {
        return;
    }
    for version in
        crd["spec"]["versions"].as_array().into_iter().flatten().filter(|version| version["served"] == true)
    {
        let (Some(name), schema) = (version["name"].as_str(), &version["schema"]["openAPIV3Schema"]) else {
            continue;
        };
        let served = sources.entry((format!("{group}/{name}"), kind.to_owned())).or_default();
        served.push(Source { edition, schema: schema.clone() });
    }
}

/// The schema as JSON Schema, and closed. What every object has besides is added at the top.
fn closed(schema: &Value) -> Value {
    let mut schema = schema.clone();
    let properties = &mut schema["properties"];
    properties["apiVersion"] = json!({"type": "string"});
    properties["kind"] = json!({"type": "string"});
    properties["metadata"] = json!({"type": "object", "required": ["name"]});
    rewrite(&mut schema);
    schema
}

/// Rewrites a schema and everything below it. The branches of `allOf`, `anyOf`, `oneOf` and `not` restrict what stands beside them
/// and declare no fields of their own, so they are left open.
fn rewrite(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    let keeps_unknown = fields.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
    if fields.contains_key("properties") && !keeps_unknown && !fields.contains_key("additionalProperties") {
        fields.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    if fields.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
        fields.insert("type".to_owned(), json!(["integer", "string"]));
    }
    if fields.get("nullable") == Some(&Value::Bool(true)) {
        add_null(fields);
    }
    if fields.get("format").is_some_and(|format| format == "int32") {
        fields.entry("minimum").or_insert(json!(i32::MIN));
        fields.entry("maximum").or_insert(json!(i32::MAX));
    }
    if let Some(Value::Object(properties)) = fields.get_mut("properties") {
        properties.values_mut().for_each(rewrite);
    }
    for below in ["items", "additionalProperties"] {
        fields.get_mut(below).into_iter().for_each(rewrite);
    }
}

fn add_null(fields: &mut Map<String, Value>) {
    match fields.get_mut("type") {
        Some(Value::Array(types)) => types.push(json!("null")),
        Some(Value::String(one)) => {
            let types = json!([one, "null"]);
            fields.insert("type".to_owned(), types);
        }
        _ => {}
    }
    if let Some(Value::Array(values)) = fields.get_mut("enum") {
        values.push(Value::Null);
    }
}
