//! The fields of a TrafficSplit in each version. Every struct is taken apart and put together in full, so that a new field breaks
//! the build here.

use super::{Fields, from_hub, into_hub};
use crate::convert::{ConvertOptions, Converted, Convertible, Invalid};
use crate::hub::{Backend, TrafficSplit};
use crate::split::{v1alpha1, v1alpha2, v1alpha3, v1alpha4};
use crate::{Object, Version};

impl Convertible for v1alpha1::TrafficSplitSpec {
    type Hub = TrafficSplit;

    fn into_hub(object: Object<Self>) -> Converted<TrafficSplit> {
        use v1alpha1::{TrafficSplitBackend, TrafficSplitSpec};
        let Object { metadata, spec: TrafficSplitSpec { service, backends } } = object;
        let backend = |TrafficSplitBackend { service, weight }| Backend { service, weight };
        let backends = backends.into_iter().flatten().map(backend).collect();
        into_hub(Version::V1Alpha1, metadata, Fields { service, matches: None, backends })
    }

    fn from_hub(hub: &TrafficSplit, _: &ConvertOptions) -> Result<Converted<Object<Self>>, Invalid> {
        use v1alpha1::{TrafficSplitBackend, TrafficSplitSpec};
        let converted = from_hub(hub, Version::V1Alpha1)?;
        // The conditions are in the carrier.
        Ok(converted.map(|(metadata, Fields { service, matches: _, backends })| {
            let backend = |Backend { service, weight }| TrafficSplitBackend { service, weight };
            let backends = Some(backends.into_iter().map(backend).collect());
            Object { metadata, spec: TrafficSplitSpec { service, backends } }
        }))
    }
}

impl Convertible for v1alpha2::TrafficSplitSpec {
    type Hub = TrafficSplit;

    fn into_hub(object: Object<Self>) -> Converted<TrafficSplit> {
        use v1alpha2::{TrafficSplitBackend, TrafficSplitSpec};
        let Object { metadata, spec: TrafficSplitSpec { service, backends } } = object;
        let backend = |TrafficSplitBackend { service, weight }| Backend { service, weight };
        let backends = backends.into_iter().flatten().map(backend).collect();
        into_hub(Version::V1Alpha2, metadata, Fields { service, matches: None, backends })
    }

    fn from_hub(hub: &TrafficSplit, _: &ConvertOptions) -> Result<Converted<Object<Self>>, Invalid> {
        use v1alpha2::{TrafficSplitBackend, TrafficSplitSpec};
        let converted = from_hub(hub, Version::V1Alpha2)?;
        // The conditions are in the carrier.
        Ok(converted.map(|(metadata, Fields { service, matches: _, backends })| {
            let backend = |Backend { service, weight }| TrafficSplitBackend { service, weight };
            let backends = Some(backends.into_iter().map(backend).collect());
            Object { metadata, spec: TrafficSplitSpec { service, backends } }
        }))
    }
}

impl Convertible for v1alpha3::TrafficSplitSpec {
    type Hub = TrafficSplit;

    fn into_hub(object: Object<Self>) -> Converted<TrafficSplit> {
        use v1alpha3::{TrafficSplitBackend, TrafficSplitSpec};
        let Object { metadata, spec: TrafficSplitSpec { service, matches, backends } } = object;
        let backend = |TrafficSplitBackend { service, weight }| Backend { service, weight };
        let backends = backends.into_iter().flatten().map(backend).collect();
        into_hub(Version::V1Alpha3, metadata, Fields { service, matches, backends })
    }

    fn from_hub(hub: &TrafficSplit, _: &ConvertOptions) -> Result<Converted<Object<Self>>, Invalid> {
        use v1alpha3::{TrafficSplitBackend, TrafficSplitSpec};
        let converted = from_hub(hub, Version::V1Alpha3)?;
        Ok(converted.map(|(metadata, Fields { service, matches, backends })| {
            let backend = |Backend { service, weight }| TrafficSplitBackend { service, weight };
            let backends = Some(backends.into_iter().map(backend).collect());
            Object { metadata, spec: TrafficSplitSpec { service, matches, backends } }
        }))
    }
}

impl Convertible for v1alpha4::TrafficSplitSpec {
    type Hub = TrafficSplit;

    fn into_hub(object: Object<Self>) -> Converted<TrafficSplit> {
        use v1alpha4::{TrafficSplitBackend, TrafficSplitSpec};
        let Object { metadata, spec: TrafficSplitSpec { service, matches, backends } } = object;
        let backend = |TrafficSplitBackend { service, weight }| Backend { service, weight };
        let backends = backends.into_iter().flatten().map(backend).collect();
        into_hub(Version::V1Alpha4, metadata, Fields { service, matches, backends })
    }

    fn from_hub(hub: &TrafficSplit, _: &ConvertOptions) -> Result<Converted<Object<Self>>, Invalid> {
        use v1alpha4::{TrafficSplitBackend, TrafficSplitSpec};
        let converted = from_hub(hub, Version::V1Alpha4)?;
        Ok(converted.map(|(metadata, Fields { service, matches, backends })| {
            let backend = |Backend { service, weight }| TrafficSplitBackend { service, weight };
            let backends = Some(backends.into_iter().map(backend).collect());
            Object { metadata, spec: TrafficSplitSpec { service, matches, backends } }
        }))
    }
}
