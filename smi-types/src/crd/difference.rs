//! Where a schema refuses, drops or fills in what ours takes as it is.

use std::fmt;

use serde_json::Value;

use crate::FieldPath;

/// One place at which a schema takes less than ours.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    /// The field of objects: `spec.rules[].kind`.
    pub(super) field: Field,
    /// Where in the schema, from its root.
    pub(super) place: FieldPath,
    /// What is less.
    pub(super) less: Less,
}

/// How a schema takes less.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Less {
    /// It does not know the field: an API server drops it when an object is written.
    Dropped,
    /// It refuses objects without the field.
    Required {
        /// Whether ours has the field at all.
        known: bool,
    },
    /// It takes values of this type only.
    Type(String),
    /// It takes these values only.
    Values(Vec<Value>),
    /// It has another condition on the value.
    Condition(&'static str, Value),
    /// It fills this in where the field is left out, so that the object says more than was written.
    Default {
        /// What it fills in; never `null`.
        value: Value,
        /// Whether ours has the field at all.
        known: bool,
    },
}

/// A field of objects, in any element of a list and any entry of a map.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Field(String);

impl Field {
    /// As the path of a field in the first element of every list.
    pub(super) fn path(&self) -> FieldPath {
        let keys = self.0.split('.').filter(|key| !key.is_empty());
        keys.fold(FieldPath::root(), |path, key| match key.strip_suffix("[]") {
            Some(list) => path.key(list.to_owned()).index(0),
            None => path.key(key.to_owned()),
        })
    }

    pub(super) fn key(&self, key: &str) -> Field {
        let point = if self.0.is_empty() { "" } else { "." };
        Field(format!("{}{point}{key}", self.0))
    }

    fn below(&self, mark: &str) -> Field {
        Field(format!("{}{mark}", self.0))
    }

    /// The path as text; empty for the object itself.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The path for people.
    pub(super) fn shown(&self) -> &str {
        if self.0.is_empty() { "the object" } else { &self.0 }
    }

    /// The last name in it.
    pub(super) fn name(&self) -> &str {
        let last = self.0.rsplit('.').next().unwrap_or_default();
        last.trim_end_matches(['[', ']', '{', '}'])
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.shown())
    }
}

/// Whether an API server drops fields that a schema does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    Dropped,
    Kept,
}

/// Where `theirs` takes less than `ours`. Goes only as deep as `ours` is.
pub(super) fn differences(ours: &Value, theirs: &Value, unknown: Unknown) -> Vec<Difference> {
    let mut walk = Walk { unknown, found: Vec::new() };
    walk.schema(ours, theirs, &Field::default(), FieldPath::root());
    walk.found
}

struct Walk {
    unknown: Unknown,
    found: Vec<Difference>,
}

/// A schema made to differ everywhere is told apart no less by this many differences.
const MOST: usize = 200;

/// Conditions that our schemas have nowhere but in the status. Lists whose elements differ by a key refuse what is there twice.
const CONDITIONS: [&str; 18] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "format",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "oneOf",
    "allOf",
    "not",
    "x-kubernetes-validations",
];

impl Walk {
    fn found(&mut self, field: &Field, place: FieldPath, less: Less) {
        if self.found.len() < MOST {
            self.found.push(Difference { field: field.clone(), place, less });
        }
    }

    fn schema(&mut self, ours: &Value, theirs: &Value, field: &Field, place: FieldPath) {
        self.default(theirs, field, &place, true);
        if type_of(ours).is_none() && is_open(ours) {
            self.entries(theirs, field, &place);
        }
        if !self.is_type_taken(ours, theirs, field, &place) || type_of(ours).is_none() {
            return;
        }
        self.conditions(ours, theirs, field, &place);
        if let (Some(below), at) = (ours.get("items"), place.clone().key("items"))
            && let Some(items) = theirs.get("items")
        {
            self.schema(below, items, &field.below("[]"), at);
        }
        match (ours.get("additionalProperties"), theirs.get("additionalProperties")) {
            (Some(below), Some(entries @ Value::Object(_))) => {
                self.schema(below, entries, &field.below("{}"), place.clone().key("additionalProperties"));
            }
            (Some(_), None | Some(Value::Bool(false))) if !self.keeps_unknown(theirs) => {
                self.found(&field.below("{}"), place.clone(), Less::Dropped);
            }
            _ => {}
        }
        let Some(properties) = ours.get("properties").and_then(Value::as_object) else { return };
        // What every object has, whether a schema says so or not.
        let is_head =
            |name: &str| field.as_str().is_empty() && ["apiVersion", "kind", "metadata"].contains(&name);
        if field.as_str().is_empty() {
            self.names(theirs, field, &place);
        }
        let theirs_alone = theirs.get("properties").and_then(Value::as_object).into_iter().flatten();
        for (name, schema) in
            theirs_alone.filter(|(name, _)| !is_head(name) && !properties.contains_key(*name))
        {
            self.default(schema, &field.key(name), &place.clone().key("properties").key(name.clone()), false);
        }
        for (name, below) in properties.iter().filter(|(name, _)| !is_head(name)) {
            let field = field.key(name);
            match (
                theirs.pointer("/properties").and_then(|known| known.get(name)),
                theirs.get("additionalProperties"),
            ) {
                (Some(schema), _) => {
                    self.schema(below, schema, &field, place.clone().key("properties").key(name.clone()));
                }
                (None, Some(entries @ Value::Object(_))) => {
                    self.schema(below, entries, &field, place.clone().key("additionalProperties"));
                }
                (None, Some(Value::Bool(true))) => {}
                (None, _) if self.keeps_unknown(theirs) => {}
                (None, _) => self.found(&field, place.clone().key("properties"), Less::Dropped),
            }
        }
    }

    /// Of metadata a schema can make conditions on the names alone.
    fn names(&mut self, theirs: &Value, object: &Field, place: &FieldPath) {
        let of_metadata = theirs.pointer("/properties/metadata/properties");
        for name in ["name", "generateName"] {
            let Some(schema) = of_metadata.and_then(|known| known.get(name)) else { continue };
            let place = place.clone().key("properties").key("metadata").key("properties").key(name);
            self.conditions(&Value::Null, schema, &object.key("metadata").key(name), &place);
        }
    }

    fn default(&mut self, theirs: &Value, field: &Field, place: &FieldPath, known: bool) {
        if let Some(value) = theirs.get("default").filter(|value| !value.is_null()) {
            let less = Less::Default { value: value.clone(), known };
            self.found(field, place.clone().key("default"), less);
        }
    }

    /// What a schema drops of a value that ours leaves open: entries of a map, or of the maps in a list, that it does not know.
    fn entries(&mut self, theirs: &Value, field: &Field, place: &FieldPath) {
        let keeps_entries =
            matches!(theirs.get("additionalProperties"), Some(Value::Object(_) | Value::Bool(true)));
        match (type_of(theirs), theirs.get("items")) {
            (Some("object"), _) if !keeps_entries && !self.keeps_unknown(theirs) => {
                self.found(&field.below("{}"), place.clone(), Less::Dropped);
            }
            (Some("array"), Some(items)) if type_of(items) == Some("object") => {
                self.entries(items, &field.below("[]"), &place.clone().key("items"));
            }
            _ => {}
        }
    }

    fn keeps_unknown(&self, schema: &Value) -> bool {
        self.unknown == Unknown::Kept || is_open(schema)
    }

    /// Whether the type is one that ours takes as well; if not, nothing below can be compared.
    fn is_type_taken(&mut self, ours: &Value, theirs: &Value, field: &Field, place: &FieldPath) -> bool {
        let known = if is_int_or_string(theirs) { Some("integer or string") } else { type_of(theirs) };
        let is_taken = match (type_of(ours), known) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(ours), Some(theirs)) => ours == theirs || (ours == "integer" && theirs == "number"),
        };
        if let (false, Some(known)) = (is_taken, known) {
            self.found(field, place.clone(), Less::Type(known.to_owned()));
        }
        is_taken
    }

    fn conditions(&mut self, ours: &Value, theirs: &Value, field: &Field, place: &FieldPath) {
        let is_same = |key: &str| ours.get(key) == theirs.get(key);
        if let Some(values) = theirs.get("enum").and_then(Value::as_array).filter(|_| !is_same("enum")) {
            self.found(field, place.clone().key("enum"), Less::Values(values.clone()));
        }
        for key in CONDITIONS {
            if let Some(value) = theirs.get(key).filter(|value| !is_same(key) && !is_no_condition(key, value))
            {
                self.found(field, place.clone().key(key), Less::Condition(key, value.clone()));
            }
        }
        // int-or-string is spelled with anyOf by convention, and never stands beside a type.
        if let Some(value) = theirs.get("anyOf") {
            self.found(field, place.clone().key("anyOf"), Less::Condition("anyOf", value.clone()));
        }
        let key = "x-kubernetes-list-type";
        if let Some(value) = theirs.get(key).filter(|value| !is_same(key) && *value != "atomic") {
            self.found(field, place.clone().key(key), Less::Condition(key, value.clone()));
        }
        let is_ours = |name: &Value| {
            ours.get("required").and_then(Value::as_array).is_some_and(|required| required.contains(name))
        };
        for name in theirs.get("required").and_then(Value::as_array).into_iter().flatten() {
            if self.found.len() >= MOST {
                return;
            }
            let known =
                |key: &str| ours.pointer("/properties").is_some_and(|fields| fields.get(key).is_some());
            if let (Some(key), false) = (name.as_str(), is_ours(name)) {
                self.found(
                    &field.key(key),
                    place.clone().key("required"),
                    Less::Required { known: known(key) },
                );
            }
        }
    }
}

/// What every integer of JSON fulfils.
fn is_no_condition(key: &str, value: &Value) -> bool {
    *value == Value::Bool(false) || (key == "format" && *value == "int64")
}

fn type_of(schema: &Value) -> Option<&str> {
    schema.get("type").and_then(Value::as_str)
}

fn is_open(schema: &Value) -> bool {
    schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true))
}

fn is_int_or_string(schema: &Value) -> bool {
    schema.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true))
}
