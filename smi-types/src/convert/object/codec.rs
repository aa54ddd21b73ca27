//! Which type reads which kind and version.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::located::{Located, WrongType};
use crate::convert::{Converted, Convertible};
use crate::{ApiVersion, Kind, Object, Version, access, hub, metrics, specs, split};

/// The type of one kind in one version, as functions on JSON.
pub(crate) struct Codec {
    read: fn(&Value) -> Result<Converted<hub::Object>, WrongType>,
    known: fn(&Value) -> Result<Value, WrongType>,
}

impl Codec {
    /// `None` where the kind does not have the version.
    pub(crate) fn of(api: ApiVersion) -> Option<Codec> {
        macro_rules! every_version {
            ($group:ident::$body:ident) => {
                match api.version {
                    Version::V1Alpha1 => Codec::with::<$group::v1alpha1::$body>(),
                    Version::V1Alpha2 => Codec::with::<$group::v1alpha2::$body>(),
                    Version::V1Alpha3 => Codec::with::<$group::v1alpha3::$body>(),
                    Version::V1Alpha4 => Codec::with::<$group::v1alpha4::$body>(),
                }
            };
        }
        api.kind.versions().contains(&api.version).then(|| match api.kind {
            Kind::TrafficTarget => every_version!(access::TrafficTargetSpec),
            Kind::IdentityBinding => Codec::with::<access::v1alpha4::IdentityBindingSpec>(),
            Kind::HTTPRouteGroup => every_version!(specs::HTTPRouteGroupSpec),
            Kind::TCPRoute => every_version!(specs::TCPRouteSpec),
            Kind::UDPRoute => Codec::with::<specs::v1alpha4::UDPRouteSpec>(),
            Kind::TrafficSplit => every_version!(split::TrafficSplitSpec),
            Kind::TrafficMetrics if api.version == Version::V1Alpha1 => {
                Codec::with::<metrics::v1alpha1::TrafficMetricsSpec>()
            }
            Kind::TrafficMetrics => Codec::with::<metrics::v1alpha2::TrafficMetricsSpec>(),
            Kind::TrafficMetricsList if api.version == Version::V1Alpha1 => {
                Codec::with::<metrics::v1alpha1::TrafficMetricsListSpec>()
            }
            Kind::TrafficMetricsList => Codec::with::<metrics::v1alpha2::TrafficMetricsListSpec>(),
        })
    }

    fn with<B>() -> Codec
    where
        B: Convertible<Hub: Into<hub::Object>> + Serialize + DeserializeOwned,
    {
        Codec {
            read: |json| Ok(B::into_hub(typed::<B>(json)?).map(Into::into)),
            known: |json| {
                let object = typed::<B>(json)?;
                Ok(serde_json::to_value(object).expect("all keys of an SMI object are strings"))
            },
        }
    }

    /// The object without its version.
    pub(crate) fn read(&self, object: &Value) -> Result<Converted<hub::Object>, WrongType> {
        (self.read)(object)
    }

    /// The object with the fields alone that this kind and version have.
    pub(crate) fn known(&self, object: &Value) -> Result<Value, WrongType> {
        (self.known)(object)
    }
}

fn typed<B: Convertible + DeserializeOwned>(json: &Value) -> Result<Object<B>, WrongType> {
    Object::deserialize(Located(json))
}
