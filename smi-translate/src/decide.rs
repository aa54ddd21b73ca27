//! The meaning of SMI, executable: an intent and a request in, a decision out. Every backend must mean exactly this.

mod access;
mod http;
mod routing;

pub use access::{AccessRequest, Identity, Peer, Verdict};
pub use http::HttpRequest;
pub use routing::{Decision, Request};

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// An HTTP request.
    Http(HttpRequest),
    /// A TCP connection that the mesh does not see as HTTP.
    Tcp,
    /// UDP.
    Udp,
}

/// What an intent means.
pub trait Meaning {
    /// What can be asked of it.
    type Request;
    /// What it answers.
    type Decision;

    /// Decides a request.
    fn decide(&self, request: &Self::Request) -> Self::Decision;
}

/// Decides what becomes of a request: where it goes ([`RoutingIntent`](crate::RoutingIntent)), or whether it is allowed
/// ([`AccessIntent`](crate::intent::AccessIntent)).
#[must_use]
pub fn decide<I: Meaning>(intent: &I, request: &I::Request) -> I::Decision {
    intent.decide(request)
}
