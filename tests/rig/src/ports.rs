//! Ports of 127.0.0.1.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use crate::error::{Error, Result};

/// A port that was free a moment ago: below the range from which the system picks ports for
/// others, so that who gives it up for a while finds it free again.
pub(crate) fn free() -> Result<u16> {
    let mut why = io::ErrorKind::AddrInUse.into();
    for _ in 0..100 {
        let port = fastrand::u16(15_000..32_000);
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => return Ok(port),
            Err(error) => why = error,
        }
    }
    Err(Error::io("find a free port of 127.0.0.1")(why))
}
