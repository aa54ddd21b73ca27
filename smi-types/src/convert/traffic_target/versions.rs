//! The fields of a TrafficTarget in each version. Every struct is taken apart and put together in full, so that a new field breaks
//! the build here.

use super::{Fields, from_hub, into_hub};
use crate::access::{v1alpha1, v1alpha2, v1alpha3, v1alpha4};
use crate::convert::{ConvertOptions, Converted, Convertible, Invalid};
use crate::hub::{Source, Subject, TrafficTarget};
use crate::{Body, Object, Port};

macro_rules! convertible {
    ($($version:ident { $rules:ident })*) => {$(
        impl Convertible for $version::TrafficTargetSpec {
            type Hub = TrafficTarget;

            fn into_hub(object: Object<Self>) -> Converted<TrafficTarget> {
                let Object { metadata, spec: $version::TrafficTargetSpec { destination, $rules, sources } } = object;
                let (destination, port) = destination.read();
                let source = |source: $version::Subject| {
                    let (subject, port) = source.read();
                    Source { subject, port }
                };
                let sources = sources.into_iter().flatten().map(source).collect();
                let fields = Fields { destination, port, rules: $rules.unwrap_or_default(), sources };
                into_hub(Self::VERSION, metadata, fields)
            }

            fn from_hub(hub: &TrafficTarget, _: &ConvertOptions) -> Result<Converted<Object<Self>>, Invalid> {
                Ok(from_hub(hub, Self::VERSION).map(|(metadata, fields)| {
                    let Fields { destination, port, rules, sources } = fields;
                    let source = |Source { subject, port }| $version::Subject::write(subject, port);
                    let spec = $version::TrafficTargetSpec {
                        destination: $version::Subject::write(destination, port),
                        $rules: Some(rules),
                        sources: Some(sources.into_iter().map(source).collect()),
                    };
                    Object { metadata, spec }
                }))
            }
        }
    )*};
}

convertible!(v1alpha1 { specs } v1alpha2 { rules } v1alpha3 { rules } v1alpha4 { rules });

/// The subject of some version. What it has no field for is in the carrier when it is written.
trait WireSubject {
    fn read(self) -> (Subject, Option<Port>);
    fn write(subject: Subject, port: Option<Port>) -> Self;
}

impl WireSubject for v1alpha1::Subject {
    fn read(self) -> (Subject, Option<Port>) {
        let Self { kind, name, namespace, port } = self;
        (Subject { kind, name, namespace, group: None }, port)
    }

    fn write(subject: Subject, port: Option<Port>) -> Self {
        let Subject { kind, name, namespace, group: _ } = subject;
        Self { kind, name, namespace, port }
    }
}

impl WireSubject for v1alpha2::Subject {
    fn read(self) -> (Subject, Option<Port>) {
        let Self { kind, name, namespace, port } = self;
        (Subject { kind, name, namespace, group: None }, port)
    }

    fn write(subject: Subject, port: Option<Port>) -> Self {
        let Subject { kind, name, namespace, group: _ } = subject;
        Self { kind, name, namespace, port }
    }
}

impl WireSubject for v1alpha3::Subject {
    fn read(self) -> (Subject, Option<Port>) {
        let Self { kind, name, namespace } = self;
        (Subject { kind, name, namespace, group: None }, None)
    }

    fn write(subject: Subject, _: Option<Port>) -> Self {
        let Subject { kind, name, namespace, group: _ } = subject;
        Self { kind, name, namespace }
    }
}

impl WireSubject for v1alpha4::Subject {
    fn read(self) -> (Subject, Option<Port>) {
        let Self { kind, name, namespace, group } = self;
        (Subject { kind, name, namespace, group }, None)
    }

    fn write(subject: Subject, _: Option<Port>) -> Self {
        let Subject { kind, name, namespace, group } = subject;
        Self { kind, name, namespace, group }
    }
}
