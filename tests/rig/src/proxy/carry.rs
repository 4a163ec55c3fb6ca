//! One connection, from its start to its end.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::connect;
use super::faults::{Direction, Faults, Open};

const CHUNK: usize = 16 * 1024;

/// Why a connection ends.
enum End {
    /// Both sides have said all, or one had a byte too many: what was written still arrives.
    Closed,
    /// Whatever is under way is lost.
    Reset,
}

/// Carries between `client` and the server until either ends it, or the network fails. `cuts`
/// counts the cuts before it began.
pub(super) async fn carry(
    mut client: TcpStream,
    server: SocketAddr,
    faults: watch::Receiver<Faults>,
    cuts: u64,
    open: &Open,
) {
    let mut cut = faults.clone();
    // It also ends when the proxy is dropped, and the sender with it.
    let cut = async { drop(cut.wait_for(|faults| faults.cuts != cuts).await) };
    tokio::pin!(cut);

    let mut server = tokio::select! {
        biased;
        () = &mut cut => return reset(&client),
        connected = connect(server) => match connected {
            Ok(server) => server,
            Err(_) => return reset(&client),
        },
    };
    if client.set_nodelay(true).is_err() {
        return reset(&client);
    }
    let end = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let there = pump(
            from_client,
            to_server,
            Direction::ToServer,
            faults.clone(),
            open,
        );
        let back = pump(from_server, to_client, Direction::ToClient, faults, open);
        tokio::select! {
            biased;
            () = &mut cut => End::Reset,
            ends = both(there, back) => ends,
        }
    };
    if let End::Reset = end {
        reset(&client);
        reset(&server);
    }
}

/// Until both directions have said all, or one is broken.
async fn both(
    there: impl Future<Output = io::Result<Option<End>>>,
    back: impl Future<Output = io::Result<Option<End>>>,
) -> End {
    // A direction that ended well leaves the other one open.
    let ends = tokio::try_join!(async { broken(there.await) }, async { broken(back.await) });
    match ends {
        Ok(_) => End::Closed,
        Err(end) => end,
    }
}

fn broken(direction: io::Result<Option<End>>) -> Result<(), End> {
    match direction {
        Ok(None) => Ok(()),
        Ok(Some(end)) => Err(end),
        // One side is gone: the other one learns it in the same way.
        Err(_) => Err(End::Reset),
    }
}

/// Carries one direction; answers how it broke the connection, if it did.
async fn pump(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    direction: Direction,
    mut faults: watch::Receiver<Faults>,
    open: &Open,
) -> io::Result<Option<End>> {
    let mut buffer = vec![0; CHUNK];
    let mut lost = false;
    loop {
        let read = tokio::select! {
            read = from.read(&mut buffer) => read?,
            // Healthy again, and something is missing.
            () = healed(&mut faults, direction), if lost => return Ok(Some(End::Reset)),
        };
        let arrived = Instant::now();
        held(&mut faults, arrived).await;
        if *faults.borrow().silent.of(direction) {
            lost = true;
            if read == 0 {
                healed(&mut faults, direction).await;
                return Ok(Some(End::Reset));
            }
            continue;
        }
        if lost {
            return Ok(Some(End::Reset));
        }
        if read == 0 {
            to.shutdown().await?;
            return Ok(None);
        }
        let allowed = open.allowed(direction, read);
        to.write_all(buffer.get(..allowed).unwrap_or_default())
            .await?;
        open.pass(direction, allowed);
        if allowed < read {
            return Ok(Some(End::Closed));
        }
    }
}

/// Until the direction is no longer silent; for ever when the proxy is dropped, which ends the
/// connection elsewhere.
async fn healed(faults: &mut watch::Receiver<Faults>, direction: Direction) {
    let healthy = |faults: &Faults| !faults.silent.of(direction);
    if faults.wait_for(healthy).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Until the delay has passed that is in force, which may change meanwhile.
async fn held(faults: &mut watch::Receiver<Faults>, arrived: Instant) {
    loop {
        let delay = faults.borrow_and_update().delay;
        tokio::select! {
            () = sleep_until(arrived + delay) => return,
            changed = faults.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

/// So that closing sends a reset. A socket that refuses is closed already, by the other side.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}
