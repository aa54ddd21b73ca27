//! Lists of objects: those of kubectl, `v1 List`, and those of an API server, whose items may leave out what they are.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{ObjectError, ObjectProblem, one_object};
use crate::convert::{ConvertOptions, Converted, Loss};
use crate::{ApiVersion, FieldPath, Kind, Version};

/// A list, by its fields.
pub(crate) struct List<'v> {
    fields: &'v Map<String, Value>,
    items: &'v [Value],
    /// What its items are; `None` for a `List`, whose items say it themselves.
    of: Option<ApiVersion>,
}

impl<'v> List<'v> {
    /// The object as a list; `None` where it is none.
    pub(crate) fn of(object: &'v Value) -> Result<Option<List<'v>>, ObjectError> {
        let Value::Object(fields) = object else { return Ok(None) };
        let text = |key| fields.get(key).and_then(Value::as_str).unwrap_or_default();
        // Go writes null for a list without items.
        let items: &[Value] = match fields.get("items") {
            Some(Value::Array(items)) => items,
            Some(Value::Null) => &[],
            _ => return Ok(None),
        };
        let (api_version, kind) = (text("apiVersion"), text("kind"));
        if (api_version, kind) == ("v1", "List") {
            return Ok(Some(List { fields, items, of: None }));
        }
        // TrafficMetricsList is a kind of its own.
        let Some(of) = kind.strip_suffix("List").filter(|_| Kind::parse(kind).is_none()) else {
            return Ok(None);
        };
        let of = ApiVersion::parse(api_version, of).map_err(ObjectError::unknown)?;
        Ok(of.map(|of| List { fields, items, of: Some(of) }))
    }

    /// The items, each saying what it is, with their places.
    pub(crate) fn items(&self) -> impl Iterator<Item = (FieldPath, Cow<'v, Value>)> {
        let of = self.of;
        let place = |index| FieldPath::of("items").index(index);
        self.items.iter().enumerate().map(move |(index, item)| (place(index), with_head(item, of)))
    }

    pub(super) fn converted(
        &self,
        to: Version,
        options: &ConvertOptions,
    ) -> Result<Converted<Value>, ObjectError> {
        let (mut objects, mut losses) = (Vec::with_capacity(self.items.len()), Vec::new());
        for (place, item) in self.items() {
            if is_list(&item) {
                return Err(ObjectError::list_in_list().under(&place));
            }
            match one_object(&item, to, options) {
                Ok(converted) => {
                    objects.push(converted.object);
                    let under = |loss: Loss| Loss { path: place.join(&loss.path), ..loss };
                    losses.extend(converted.losses.into_iter().map(under));
                }
                Err(error) if error.problem == ObjectProblem::NotSmi && self.of.is_none() => {
                    objects.push(item.into_owned());
                }
                Err(error) => return Err(error.under(&place)),
            }
        }
        let mut fields = self.fields.clone();
        if fields.get("items").is_some_and(Value::is_array) {
            fields.insert("items".to_owned(), Value::Array(objects));
        }
        if let Some(of) = self.of {
            let api = ApiVersion { version: to, ..of };
            fields.insert("apiVersion".to_owned(), api.to_string().into());
        }
        Ok(Converted { object: Value::Object(fields), losses })
    }
}

/// Whether an item of a list is a list itself, which nobody looks into.
pub(crate) fn is_list(item: &Value) -> bool {
    !matches!(List::of(item), Ok(None))
}

/// An item with the `apiVersion` and `kind` of its list, where it has none of its own.
fn with_head(item: &Value, of: Option<ApiVersion>) -> Cow<'_, Value> {
    let (Some(api), Value::Object(fields)) = (of, item) else { return Cow::Borrowed(item) };
    let head = [("apiVersion", api.to_string()), ("kind", api.kind.to_string())];
    let is_missing = |key: &str| fields.get(key).is_none_or(Value::is_null);
    let missing = head.into_iter().filter(|(key, _)| is_missing(key));
    let missing: Vec<_> = missing.map(|(key, text)| (key.to_owned(), Value::from(text))).collect();
    if missing.is_empty() {
        return Cow::Borrowed(item);
    }
    let mut fields = fields.clone();
    fields.extend(missing);
    Cow::Owned(Value::Object(fields))
}
