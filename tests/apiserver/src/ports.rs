//! Ports on loopback that nobody uses.

use std::net::{Ipv4Addr, TcpListener};

use crate::StartError;
use crate::error::preparing;

/// Ports that the kernel names. They are free again when this returns, so somebody else may be faster: then a start is tried again.
pub(crate) fn free_ports<const N: usize>() -> Result<[u16; N], StartError> {
    // All are held until all are known, or two could be the same.
    let mut listeners = Vec::with_capacity(N);
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(preparing("a port"))?;
        *port = listener.local_addr().map_err(preparing("a port"))?.port();
        listeners.push(listener);
    }
    Ok(ports)
}
