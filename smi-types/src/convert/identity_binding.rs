//! IdentityBinding has one version (reference, section 6.4). Its SPIFFE IDs are written with their scheme (D-A11).

use super::{ConvertOptions, Converted, Convertible, Invalid};
use crate::access::v1alpha4::{IdentityBindingSpec, IdentitySchemes, PodLabelSelector};
use crate::hub::{IdentityBinding, PodSelector};
use crate::spiffe::SpiffeId;
use crate::{Body, Object};

impl Convertible for IdentityBindingSpec {
    type Hub = IdentityBinding;

    fn into_hub(object: Object<Self>) -> Converted<IdentityBinding> {
        let Object { metadata, spec: IdentityBindingSpec { schemes } } = object;
        let IdentitySchemes { pod_label_selector, spiffe_identities, service_account } = schemes;
        let labels = pod_label_selector.and_then(|PodLabelSelector { match_labels }| match_labels);
        let object = IdentityBinding {
            metadata,
            version: Self::VERSION,
            pod_selector: labels.map(|match_labels| PodSelector { match_labels }),
            spiffe_identities: spiffe_identities.unwrap_or_default(),
            service_account,
        };
        Converted { object, losses: Vec::new() }
    }

    fn from_hub(hub: &IdentityBinding, _: &ConvertOptions) -> Result<Converted<Object<Self>>, Invalid> {
        let IdentityBinding { metadata, version: _, pod_selector, spiffe_identities, service_account } =
            hub.clone();
        let selector = |PodSelector { match_labels }| PodLabelSelector { match_labels: Some(match_labels) };
        // What is no ID stays as it is, for validation to report.
        let with_scheme = |id: String| SpiffeId::parse(&id).map_or(id, |id| id.to_string());
        let ids: Vec<_> = spiffe_identities.into_iter().map(with_scheme).collect();
        let schemes = IdentitySchemes {
            pod_label_selector: pod_selector.map(selector),
            // Upstream schemas want at least one where the list is present.
            spiffe_identities: Some(ids).filter(|ids| !ids.is_empty()),
            service_account,
        };
        Ok(Converted {
            object: Object { metadata, spec: IdentityBindingSpec { schemes } },
            losses: Vec::new(),
        })
    }
}
