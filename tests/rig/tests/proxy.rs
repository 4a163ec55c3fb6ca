//! A network that works, and fails as it is told, before a server that echoes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use eventide_rig::{Direction, Proxy, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

/// Long enough for what should not come to come.
const MOMENT: Duration = Duration::from_millis(50);

/// Echoes, and counts the bytes it got.
async fn echo() -> (SocketAddr, watch::Receiver<usize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (got, seen) = watch::channel(0);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let got = got.clone();
            tokio::spawn(async move {
                let mut buffer = [0; 1024];
                while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                    got.send_modify(|bytes| *bytes += read);
                    if stream.write_all(&buffer[..read]).await.is_err() {
                        break;
                    }
                }
            });
        }
    });
    (addr, seen)
}

async fn connect(proxy: &Proxy) -> TcpStream {
    TcpStream::connect(proxy.addr()).await.unwrap()
}

async fn ask(stream: &mut TcpStream, words: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(words).await?;
    let mut answer = vec![0; words.len()];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// All that still comes, until the end or a reset.
async fn rest(stream: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    let mut buffer = [0; 1024];
    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
        rest.extend(&buffer[..read]);
    }
    rest
}

#[tokio::test]
async fn a_healthy_network_carries_everything_both_ways() {
    let (server, _) = echo().await;
    let proxy = Proxy::to(server).await.unwrap();
    let sent: Vec<u8> = (0..1_000_000_u32).map(|it| it.to_le_bytes()[0]).collect();
    let (mut reader, mut writer) = connect(&proxy).await.into_split();
    let copy = sent.clone();
    let writing = tokio::spawn(async move {
        writer.write_all(&copy).await.unwrap();
        writer.shutdown().await.unwrap();
    });
    let mut got = Vec::new();
    reader.read_to_end(&mut got).await.unwrap();
    writing.await.unwrap();
    assert!(got == sent);
    for direction in [Direction::ToServer, Direction::ToClient] {
        assert_eq!(proxy.passed(direction), 1_000_000);
    }
    let mut other = connect(&proxy).await;
    ask(&mut other, b"hello").await.unwrap();
    assert_eq!(proxy.accepted(), 2);
    assert!(proxy.open() >= 1);
}

#[tokio::test]
async fn a_cut_resets_what_is_open_and_refuses_what_is_new_until_restored() {
    let (server, _) = echo().await;
    let proxy = Proxy::to(server).await.unwrap();
    let mut before = connect(&proxy).await;
    ask(&mut before, b"hello").await.unwrap();
    proxy.cut().await;
    assert_eq!(proxy.open(), 0);
    let reset = before.read_u8().await.unwrap_err();
    assert_eq!(reset.kind(), io::ErrorKind::ConnectionReset);
    let refused = TcpStream::connect(proxy.addr()).await.unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);

    proxy.restore().await.unwrap();
    let answer = ask(&mut connect(&proxy).await, b"again").await.unwrap();
    assert_eq!(answer, b"again");
}

#[tokio::test]
async fn a_delay_holds_every_chunk_and_can_be_changed_meanwhile() {
    let (server, _) = echo().await;
    let proxy = Proxy::to(server).await.unwrap();
    let mut stream = connect(&proxy).await;
    let delay = Duration::from_millis(20);
    proxy.delay(delay);
    // There and back, each chunk is held: more than one delay passes before there is an answer.
    let mut answer = Box::pin(ask(&mut stream, b"hello"));
    tokio::select! {
        biased;
        () = sleep(delay + delay / 2) => {}
        early = &mut answer => panic!("not held: {early:?}"),
    }
    answer.await.unwrap();

    proxy.delay(Duration::from_hours(1));
    let mut answer = Box::pin(ask(&mut stream, b"slow"));
    timeout(MOMENT, &mut answer).await.unwrap_err();
    proxy.restore().await.unwrap();
    assert_eq!(answer.await.unwrap(), b"slow");
}

#[tokio::test]
async fn a_silent_direction_loses_bytes_and_then_the_connection() {
    for silent in [Direction::ToServer, Direction::ToClient] {
        let (server, mut seen) = echo().await;
        let proxy = Proxy::to(server).await.unwrap();
        let mut stream = connect(&proxy).await;
        let mut untouched = connect(&proxy).await;
        ask(&mut untouched, b"hello").await.unwrap();
        proxy.drop_silently(silent);
        let mut answer = Box::pin(ask(&mut stream, b"lost"));
        timeout(MOMENT, &mut answer).await.unwrap_err();
        if silent == Direction::ToClient {
            seen.wait_for(|bytes| *bytes == 9).await.unwrap();
        } else {
            assert_eq!(*seen.borrow(), 5);
        }
        // New connections are taken, and as silent.
        let mut new = connect(&proxy).await;
        timeout(MOMENT, ask(&mut new, b"new")).await.unwrap_err();

        proxy.restore().await.unwrap();
        let reset = answer.await.unwrap_err();
        assert_eq!(reset.kind(), io::ErrorKind::ConnectionReset);
        ask(&mut untouched, b"as before").await.unwrap();
    }
}

#[tokio::test]
async fn silence_hides_the_end_of_a_connection() {
    let (server, _) = echo().await;
    let proxy = Proxy::to(server).await.unwrap();
    let mut stream = connect(&proxy).await;
    ask(&mut stream, b"hello").await.unwrap();
    proxy.drop_silently(Direction::ToServer);
    drop(stream);
    timeout(MOMENT, async {
        while proxy.open() == 1 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap_err();
    proxy.cut().await;
    assert_eq!(proxy.open(), 0);
}

#[tokio::test]
async fn a_limit_lets_so_many_bytes_pass_and_closes_one_connection() {
    for bytes in [0, 1, 4] {
        let (server, mut seen) = echo().await;
        let proxy = Proxy::to(server).await.unwrap();
        let mut other = connect(&proxy).await;
        ask(&mut other, b"hello").await.unwrap();

        let mut stream = connect(&proxy).await;
        proxy.cut_after(Direction::ToClient, bytes);
        stream.write_all(b"world").await.unwrap();
        assert_eq!(
            rest(&mut stream).await,
            b"world"[..usize::try_from(bytes).unwrap()]
        );
        seen.wait_for(|bytes| *bytes == 10).await.unwrap();

        let mut stream = connect(&proxy).await;
        proxy.cut_after(Direction::ToServer, bytes);
        stream.write_all(b"world").await.unwrap();
        rest(&mut stream).await;
        assert_eq!(proxy.passed(Direction::ToServer), 10 + bytes);

        // Once, and no other one.
        ask(&mut other, b"on and on").await.unwrap();
        ask(&mut connect(&proxy).await, b"new").await.unwrap();
    }
}

#[tokio::test]
async fn without_a_server_or_a_proxy_connections_end() {
    let (server, _) = echo().await;
    let proxy = Proxy::to(server).await.unwrap();
    let mut stream = connect(&proxy).await;
    ask(&mut stream, b"hello").await.unwrap();
    drop(proxy);
    stream.read_u8().await.unwrap_err();

    let nobody = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = nobody.local_addr().unwrap();
    drop(nobody);
    let proxy = Proxy::to(addr).await.unwrap();
    let mut stream = connect(&proxy).await;
    stream.read_u8().await.unwrap_err();
    // Nothing is left to wait for.
    proxy.cut().await;
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_kept() {
    let server = Server::shared().await.unwrap();
    let database = server.create_database("network").await.unwrap();
    let proxy = Proxy::to(server.addr()).await.unwrap();
    let config = server.config_through(&proxy, &database);
    let url: tokio_postgres::Config = server.url_through(&proxy, &database).parse().unwrap();
    assert_eq!(url, config);
    let by_network = async || {
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    };
    let client = by_network().await;
    client
        .batch_execute("CREATE TABLE t (x int)")
        .await
        .unwrap();
    proxy.cut_after(Direction::ToClient, 0);
    client
        .batch_execute("INSERT INTO t VALUES (1)")
        .await
        .unwrap_err();
    let client = by_network().await;
    let rows = client.query("SELECT x FROM t", &[]).await.unwrap();
    assert_eq!(rows.len(), 1);
}
