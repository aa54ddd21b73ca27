//! From the kinds of the `kube` feature to [`Object`] and back. The two are the same JSON except for the status, which an [`Object`] does
//! not have; otherwise only the metadata differ as types.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::{Metadata, Object, access, specs, split};

/// Every field has a JSON form that [`Metadata`] takes as it is.
impl From<ObjectMeta> for Metadata {
    fn from(metadata: ObjectMeta) -> Self {
        let json = serde_json::to_value(metadata).expect("all keys of metadata are strings");
        serde_json::from_value(json).expect("written metadata have the types of metadata")
    }
}

/// Fails where a field does not have the type Kubernetes gives it, such as a creation time that is no time.
impl TryFrom<Metadata> for ObjectMeta {
    type Error = serde_json::Error;

    fn try_from(metadata: Metadata) -> Result<Self, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(metadata)?)
    }
}

macro_rules! resource {
    ($($root:path { $body:path }),* $(,)?) => {$(
        /// What users write; the status is left out.
        impl From<$root> for Object<$body> {
            fn from(resource: $root) -> Self {
                Object { metadata: resource.metadata.into(), spec: resource.spec }
            }
        }

        /// Without a status. Fails where the metadata do, see [`ObjectMeta`]'s conversion from [`Metadata`].
        impl TryFrom<Object<$body>> for $root {
            type Error = serde_json::Error;

            fn try_from(object: Object<$body>) -> Result<Self, serde_json::Error> {
                let Object { metadata, spec } = object;
                let mut resource = <$root>::new("", spec);
                resource.metadata = metadata.try_into()?;
                Ok(resource)
            }
        }
    )*};
}

resource!(
    split::v1alpha1::TrafficSplit { split::v1alpha1::TrafficSplitSpec },
    split::v1alpha2::TrafficSplit { split::v1alpha2::TrafficSplitSpec },
    split::v1alpha3::TrafficSplit { split::v1alpha3::TrafficSplitSpec },
    split::v1alpha4::TrafficSplit { split::v1alpha4::TrafficSplitSpec },
    specs::v1alpha1::HTTPRouteGroup { specs::v1alpha1::HTTPRouteGroupSpec },
    specs::v1alpha2::HTTPRouteGroup { specs::v1alpha2::HTTPRouteGroupSpec },
    specs::v1alpha3::HTTPRouteGroup { specs::v1alpha3::HTTPRouteGroupSpec },
    specs::v1alpha4::HTTPRouteGroup { specs::v1alpha4::HTTPRouteGroupSpec },
    access::v1alpha1::TrafficTarget { access::v1alpha1::TrafficTargetSpec },
    access::v1alpha2::TrafficTarget { access::v1alpha2::TrafficTargetSpec },
    access::v1alpha3::TrafficTarget { access::v1alpha3::TrafficTargetSpec },
    access::v1alpha4::TrafficTarget { access::v1alpha4::TrafficTargetSpec },
    access::v1alpha4::IdentityBinding { access::v1alpha4::IdentityBindingSpec },
    specs::v1alpha1::TCPRoute { specs::v1alpha1::TCPRouteSpec },
    specs::v1alpha2::TCPRoute { specs::v1alpha2::TCPRouteSpec },
    specs::v1alpha3::TCPRoute { specs::v1alpha3::TCPRouteSpec },
    specs::v1alpha4::TCPRoute { specs::v1alpha4::TCPRouteSpec },
    specs::v1alpha4::UDPRoute { specs::v1alpha4::UDPRouteSpec },
);
