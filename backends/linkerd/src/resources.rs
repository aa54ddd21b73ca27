//! The Linkerd and Gateway API objects we write, with exactly the fields we write.

pub(crate) mod authorization;
pub(crate) mod http_route;
pub(crate) mod server;
pub(crate) mod service_profile;
pub(crate) mod tcp_route;
