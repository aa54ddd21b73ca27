//! JSON schemas of what a derive cannot describe (reference, section 1.4): they accept whatever some upstream schema accepted, so
//! that no stored object becomes unwritable. Stricter checks are [`crate::validate`]'s.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::crd::status as definition;
use crate::metrics::Window;
use crate::quantity::Quantity;
use crate::status::{Condition, ConditionStatus, ConditionType, MeshStatus, Reason, Status};
use crate::{Headers, Port, Weight};

/// A string or a number. A structural schema can say neither "or" nor that a type is left open, except in this way.
impl JsonSchema for Weight {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Weight".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Relative share: a whole number, or a quantity such as \"500m\". Absent is 0.",
            "x-kubernetes-preserve-unknown-fields": true,
        })
    }
}

/// A number or a string, which the first SDKs wrote (section 2.1 of the reference).
impl JsonSchema for Port {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Port".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Port number, 1 to 65535.",
            "x-kubernetes-preserve-unknown-fields": true,
        })
    }
}

/// A map or a list, which a typed structural schema cannot express.
impl JsonSchema for Headers {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Headers".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "Header conditions, all of which must hold: a map from header name to regular expression, or a list \
                            of such maps.",
            "x-kubernetes-preserve-unknown-fields": true,
        })
    }
}

/// What is written; numbers are read too.
impl JsonSchema for Quantity {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Quantity".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "A quantity such as \"500m\".", "type": "string"})
    }
}

impl JsonSchema for Window {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Window".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "A duration such as \"1m30s\".", "type": "string"})
    }
}

/// The same as in the definitions that this crate brings: nobody but controllers writes a status, and what they write is strict.
macro_rules! as_in_definitions {
    ($($name:ident: $schema:expr),+ $(,)?) => {$(
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                Schema::try_from($schema).expect("a structural schema is a map")
            }
        }
    )+};
}

as_in_definitions!(
    Status: definition::schema(),
    MeshStatus: definition::mesh(),
    Condition: definition::condition(),
    ConditionType: definition::condition_type(),
    ConditionStatus: definition::condition_status(),
    Reason: definition::reason(),
);

/// Takes out the defaults that a derive finds: they say how a missing field is read, and an API server must not write them
/// into stored objects.
pub(crate) fn without_defaults(schema: &mut Schema) {
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for property in properties.values_mut() {
        if let Value::Object(property) = property {
            property.remove("default");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn schemas_are_liberal() {
        let schema = schemars::schema_for!(crate::split::v1alpha1::TrafficSplitSpec).to_value();
        assert_eq!(schema.get("required"), None);
        assert_eq!(schema["properties"]["service"].get("default"), None);
        let weight = &schema["$defs"]["TrafficSplitBackend"]["properties"]["weight"];
        assert_eq!(weight["x-kubernetes-preserve-unknown-fields"], json!(true));
        assert_eq!(weight.get("type"), None, "{weight}");
        let schema = schemars::schema_for!(crate::specs::v1alpha4::HTTPRouteGroupSpec).to_value();
        let headers = &schema["$defs"]["HTTPMatch"]["properties"]["headers"];
        assert_eq!(headers["x-kubernetes-preserve-unknown-fields"], json!(true));
        assert_eq!(headers.get("type"), None, "{headers}");
    }
}
