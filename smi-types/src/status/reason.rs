//! Why a condition holds or does not, in one word (reference, section 10).

use super::open_name::open_name;

open_name! {
    /// Why a condition holds or does not, in one word.
    ///
    /// [`From`] a text knows the names here; [`Other`](Self::Other) is for all that are not among them.
    pub enum Reason {
        /// Accepted holds.
        Accepted,
        /// Not accepted: the object breaks a rule of SMI.
        Invalid,
        /// Not accepted: a field has a value that SMI has no meaning for.
        UnsupportedValue,
        /// Not accepted: another object has taken what this one wants.
        Conflicted,
        /// Not accepted: the destination of a TrafficTarget is in another namespace.
        ForeignDestination,
        /// ResolvedRefs holds.
        ResolvedRefs,
        /// Not resolved: a route that is named does not exist.
        RouteNotFound,
        /// Not resolved: an HTTPRouteGroup has no match of the name.
        MatchNotFound,
        /// Not resolved: a backend of a TrafficSplit is no Service that exists.
        BackendNotFound,
        /// Not resolved: the root Service of a TrafficSplit does not exist.
        ServiceNotFound,
        /// Not resolved: a backend does not have the ports of the root Service.
        PortMismatch,
        /// Not resolved: an IdentityBinding that is named does not exist.
        IdentityBindingNotFound,
        /// Not resolved: something of a kind is named that has no meaning there.
        InvalidKind,
        /// Programmed holds.
        Programmed,
        /// Not programmed yet.
        Pending,
        /// Not programmed: no backend of a TrafficSplit can take traffic.
        NoEffectiveBackend,
        /// Not programmed: the mesh cannot say it.
        Unsupported,
        /// Not programmed: the mesh could say it only in part, and nobody has allowed that.
        TranslationLoss,
        /// Not programmed: writing to the cluster failed.
        Error,
    }
}
