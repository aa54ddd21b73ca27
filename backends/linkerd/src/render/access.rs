//! Who may call a destination: a Server for every port of its workloads, which denies, and routes, policies and authentications that let
//! in whom TrafficTargets grant something (`linkerd.md` 7).

mod callers;
mod grants;
mod names;
mod passages;
mod ports;
mod probes;
mod servers;
mod table;
mod workloads;

#[cfg(test)]
mod tests;

use smi_translate::backend::GrantPart;
use smi_translate::backend::Report;
use smi_translate::intent::{AccessIntent, Intent};
use smi_translate::{Manifest, Rendering, Stage};

use self::names::Names;
use self::passages::Passages;
use crate::{LinkerdOptions, WRITER};

/// Order of writes: whom to recognise, where requests go, who may use that, and only then the Servers, which deny all others. Until then
/// everything is as before; in reverse, workloads are open before their grants go (`linkerd.md` 7.7).
mod stage {
    use smi_translate::Stage;

    pub(super) const AUTHENTICATION: Stage = Stage(0);
    /// Before the other routes: the older route wins a tie.
    pub(super) const PROBE_ROUTE: Stage = Stage(1);
    pub(super) const ROUTE: Stage = Stage(2);
    pub(super) const POLICY: Stage = Stage(3);
    pub(super) const SERVER: Stage = Stage(4);
}

/// The objects of one destination; nothing where no TrafficTarget names it.
pub(crate) fn access(intent: &Intent, access: &AccessIntent, options: &LinkerdOptions) -> Rendering {
    let mut rendering = Rendering::default();
    if access.targets.is_empty() {
        return rendering;
    }
    let mut report = Report::default();
    workloads::check(access, &mut report);
    let grants = grants::of(access, &mut report);
    let servers = servers::of(access, &mut report);
    let mut writer = Writer::new(intent, access);
    let names = Names::new(&access.destination);
    let mut passages = Passages::new(access, options, &grants, &names, &mut writer, &mut report);
    passages.write(&servers);
    for (index, selection) in access.selections.iter().enumerate() {
        for grant in &selection.grants {
            // Each of them was rendered or reported.
            let part = GrantPart { selection: index, grant: *grant };
            rendering.accounts.settle_grant(part, access.grants[*grant].traffic.alternatives());
        }
    }
    rendering.manifests = writer.finish();
    rendering.diagnostics = report.into_diagnostics();
    rendering
}

/// Collects the objects of a unit, each once.
struct Writer<'a> {
    intent: &'a Intent,
    namespace: &'a str,
    manifests: Vec<Manifest>,
}

impl<'a> Writer<'a> {
    fn new(intent: &'a Intent, access: &'a AccessIntent) -> Self {
        Writer { intent, namespace: &access.destination.namespace, manifests: Vec::new() }
    }

    fn write(
        &mut self,
        kind: (&'static str, &'static str),
        name: &str,
        stage: Stage,
        spec: impl smi_translate::manifest::Spec + 'static,
    ) {
        self.write_annotated(kind, name, stage, spec, None);
    }

    fn write_annotated(
        &mut self,
        kind: (&'static str, &'static str),
        name: &str,
        stage: Stage,
        spec: impl smi_translate::manifest::Spec + 'static,
        annotation: Option<(&str, &str)>,
    ) {
        let place = (self.namespace, name.to_owned());
        let mut manifest = Manifest { stage, ..Manifest::new(kind, place, WRITER, self.intent, spec) };
        let annotation = annotation.map(|(key, value)| (key.to_owned(), value.to_owned()));
        manifest.annotations.extend(annotation);
        self.manifests.push(manifest);
    }

    fn finish(mut self) -> Vec<Manifest> {
        self.manifests.sort_by_key(|manifest| manifest.stage);
        self.manifests
    }
}
