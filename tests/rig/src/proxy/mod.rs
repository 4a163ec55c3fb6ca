//! A network that fails when it is told to.

mod carry;
mod faults;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

pub use faults::Direction;

use crate::error::{Error, Result};
use crate::ports;
use carry::carry;
use faults::{Counts, Faults};

/// How often another port is tried when one was taken between the look and the use.
const PORTS: usize = 8;

/// A TCP proxy on 127.0.0.1 between clients and a server, which fails as a network does.
///
/// Healthy until told otherwise; [`restore`](Self::restore) makes it healthy again. It runs as
/// tasks of the runtime it was made on; dropped, it closes all connections.
///
/// ```no_run
/// # async fn demo(server: eventide_rig::Server) -> eventide_rig::Result<()> {
/// use eventide_rig::{Direction, Proxy};
///
/// let network = Proxy::to(server.addr()).await?;
/// let url = server.url_through(&network, "postgres");
/// // The server will commit, and nobody will hear of it.
/// network.cut_after(Direction::ToClient, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Proxy {
    addr: SocketAddr,
    server: SocketAddr,
    faults: watch::Sender<Faults>,
    counts: Arc<Counts>,
    /// Takes connections; none while the network is cut.
    door: Mutex<Option<JoinHandle<()>>>,
}

impl Proxy {
    /// A proxy to the server at `server`, on a free port.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] without a free port.
    pub async fn to(server: impl Into<SocketAddr>) -> Result<Self> {
        let mut attempt = 1;
        let listener = loop {
            match listen((Ipv4Addr::LOCALHOST, ports::free()?).into()).await {
                Err(_) if attempt < PORTS => attempt += 1,
                done => break done?,
            }
        };
        let addr = listener.local_addr();
        let proxy = Self {
            addr: addr.map_err(Error::io("ask for the proxy's address"))?,
            server: server.into(),
            faults: watch::Sender::default(),
            counts: Arc::default(),
            door: Mutex::default(),
        };
        *proxy.door.lock().await = Some(proxy.open_door(listener));
        Ok(proxy)
    }

    /// Where clients connect; it never changes.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Resets every connection on both sides, and refuses new ones, until
    /// [`restore`](Self::restore). All are closed when it returns.
    pub async fn cut(&self) {
        if let Some(door) = self.door.lock().await.take() {
            door.abort();
            // Its end is what is waited for, however it ends: the listener is closed then.
            let _ = door.await;
        }
        self.faults.send_modify(|faults| faults.cuts += 1);
        self.counts.all_closed().await;
    }

    /// Ends every fault: takes connections again on the same address, delays nothing, lets
    /// everything pass. A connection that lost bytes is reset, for what follows would make no
    /// sense.
    ///
    /// # Errors
    ///
    /// [`Error::Io`] when another program took the port while the network was cut.
    pub async fn restore(&self) -> Result<()> {
        self.counts.forget_limits();
        self.faults.send_modify(|faults| {
            *faults = Faults {
                cuts: faults.cuts,
                ..Faults::default()
            }
        });
        let mut door = self.door.lock().await;
        if door.is_none() {
            let listener = listen(self.addr).await?;
            *door = Some(self.open_door(listener));
        }
        Ok(())
    }

    /// Holds each chunk, in either direction, for `delay` before it goes on; those that are held
    /// now, too. A chunk is what arrives together, at most 16 KiB, and each waits for the one
    /// before it.
    pub fn delay(&self, delay: Duration) {
        self.faults.send_modify(|faults| faults.delay = delay);
    }

    /// Takes what goes in `direction` and throws it away, the end of the connection included: the
    /// sender sees an open connection and no answer. Call it twice for both directions.
    pub fn drop_silently(&self, direction: Direction) {
        self.faults
            .send_modify(|faults| *faults.silent.of_mut(direction) = true);
    }

    /// Lets `bytes` more pass in `direction`, over all connections, then closes the one that has a
    /// byte too many. Once: the others go on, and new ones are taken.
    pub fn cut_after(&self, direction: Direction, bytes: u64) {
        self.counts.limit(direction, bytes);
    }

    /// How many connections were ever taken.
    pub fn accepted(&self) -> u64 {
        self.counts.accepted()
    }

    /// How many connections are open now.
    pub fn open(&self) -> usize {
        self.counts.open()
    }

    /// How many bytes have gone on in `direction`.
    pub fn passed(&self, direction: Direction) -> u64 {
        self.counts.passed(direction)
    }

    fn open_door(&self, listener: TcpListener) -> JoinHandle<()> {
        let (server, faults) = (self.server, self.faults.subscribe());
        let counts = Arc::clone(&self.counts);
        tokio::spawn(async move {
            loop {
                // A client that was gone before it was taken is not the proxy's failure.
                let Ok((client, _)) = listener.accept().await else {
                    continue;
                };
                let open = Counts::opened(&counts);
                let faults = faults.clone();
                // Here, while no cut can come between: a cut closes the door first.
                let cuts = faults.borrow().cuts;
                tokio::spawn(async move {
                    carry(client, server, faults, cuts, &open).await;
                });
            }
        })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The connections end with the faults they listen to.
        if let Some(door) = self.door.get_mut().take() {
            door.abort();
        }
    }
}

async fn listen(addr: SocketAddr) -> Result<TcpListener> {
    let listener = TcpListener::bind(addr).await;
    listener.map_err(Error::io(format!("listen on {addr}")))
}

async fn connect(server: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(server).await?;
    // What is small must not wait for what follows: only `delay` delays.
    stream.set_nodelay(true)?;
    Ok(stream)
}
