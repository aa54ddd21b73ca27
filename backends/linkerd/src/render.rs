//! Intents into Linkerd objects.

pub(crate) mod access;
mod namespace;
mod routing;

pub(crate) use access::access;
pub(crate) use namespace::namespace;
pub(crate) use routing::{Form, choose, routing};
