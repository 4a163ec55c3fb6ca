//! Encrypted connections, and what is said when they cannot be trusted.

mod support;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::time::Duration;

use eventide_core::store::{EventStore, StoreError, StoreErrorKind};
use eventide_postgres::{PostgresOptions, PostgresStore};
use eventide_rig::Server;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use support::{append, options, stream};
use tokio_postgres::{Client, NoTls};

/// Whoever signs certificates, and the file of its own.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    file: PathBuf,
}

impl Authority {
    fn new(folder: &Path, name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        let file = folder.join(name);
        fs::write(&file, issuer.pem()).unwrap();
        Self { issuer, file }
    }
}

/// A server that encrypts, whose certificate an authority signed.
struct Encrypted {
    server: Server,
    database: String,
    authority: Authority,
}

impl Encrypted {
    /// With a certificate for `host`.
    async fn new(host: &str) -> Self {
        let server = Server::options().in_memory().fast().start().await.unwrap();
        let database = server.create_database("store").await.unwrap();
        options().migrate(&server.url(&database)).await.unwrap();
        let authority = Authority::new(server.folder(), "ca.pem");
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &authority.issuer).unwrap();
        give(&server, "server.crt", &certificate.pem());
        give(&server, "server.key", &key.serialize_pem());
        let encrypted = Self {
            server,
            database,
            authority,
        };
        let admin = encrypted.admin().await;
        admin
            .batch_execute("ALTER SYSTEM SET ssl = on")
            .await
            .unwrap();
        encrypted
            .reload("SELECT setting = 'on' FROM pg_settings WHERE name = 'ssl'")
            .await;
        encrypted
    }

    /// Past all rules for the network.
    async fn admin(&self) -> Client {
        let config = self.server.socket_config(&self.database);
        let (client, connection) = config.connect(NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    /// Until new connections see it.
    async fn reload(&self, done: &str) {
        self.admin()
            .await
            .batch_execute("SELECT pg_reload_conf()")
            .await
            .unwrap();
        for _ in 0..1000 {
            let there = self.admin().await.query_one(done, &[]).await.unwrap();
            if there.get(0) {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("not reloaded: {}", self.server.log_tail());
    }

    /// From now on nobody comes in over the network without encryption.
    async fn refuse_plaintext(&self) {
        let rules = "local all all trust\nhostssl all all 127.0.0.1/32 trust\n";
        give(&self.server, "pg_hba.conf", rules);
        self.admin()
            .await
            .batch_execute("SELECT pg_reload_conf()")
            .await
            .unwrap();
        while self.server.connect(&self.database).await.is_ok() {}
    }

    /// With our authority's certificate.
    fn url(&self, mode: &str) -> String {
        let url = self.server.url(&self.database);
        let file = self.authority.file.display();
        format!("{url}?sslmode={mode}&sslrootcert={file}")
    }

    /// Of the connections that call themselves so, how many there are and how many are encrypted.
    async fn encrypted(&self, like: &str) -> (i64, i64) {
        let count = "SELECT count(*), count(*) FILTER (WHERE s.ssl) FROM pg_stat_activity a \
                     JOIN pg_stat_ssl s USING (pid) \
                     WHERE a.application_name = 'eventide' AND a.query LIKE $1";
        let row = self.admin().await.query_one(count, &[&like]).await.unwrap();
        (row.get(0), row.get(1))
    }
}

/// A file in the data folder, for the server's user alone.
fn give(server: &Server, name: &str, text: &str) {
    let file = server.folder().join("data").join(name);
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let owner = fs::metadata(server.folder()).unwrap();
    chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
}

/// With so much patience that a test which waits for its end is noticed.
fn patient() -> PostgresOptions {
    options().patience(Duration::from_mins(5))
}

/// Why it is not opened, at once: trying again is no help.
async fn refused(url: &str) -> StoreError {
    let refused = patient().open(url).await.unwrap_err();
    assert!(!refused.is_retryable(), "{refused:?}");
    refused
}

fn assert_untrusted(refused: &StoreError, why: &str) {
    assert_eq!(refused.kind(), StoreErrorKind::Other);
    let text = refused.to_string();
    assert!(text.contains(why), "{text}");
    for advice in ["`sslrootcert=`", "`sslmode=disable`", "must name the host"] {
        assert!(text.contains(advice), "{text}");
    }
}

async fn works(store: &PostgresStore) {
    store.append(append(&stream("a"), 1)).await.unwrap();
    assert!(store.head().await.unwrap().as_raw() > 0);
}

#[tokio::test]
async fn what_the_authority_signed_is_trusted() {
    let server = Encrypted::new("127.0.0.1").await;
    for mode in ["require", "verify-ca", "verify-full", "prefer"] {
        let store = patient().open(&server.url(mode)).await.unwrap();
        works(&store).await;
        let (all, encrypted) = server.encrypted("%").await;
        assert!(all > 0 && all == encrypted, "{mode}: {encrypted} of {all}");
        store.close().await.unwrap();
    }
    let by_options = patient().root_certificate(&server.authority.file);
    let url = format!("{}?sslmode=require", server.server.url(&server.database));
    works(&by_options.open(&url).await.unwrap()).await;
}

#[tokio::test]
async fn who_listens_for_others_appends_is_encrypted_too() {
    let server = Encrypted::new("127.0.0.1").await;
    server.refuse_plaintext().await;
    let store = patient().open(&server.url("require")).await.unwrap();
    let mut woken = store.wakeups();
    while server.encrypted("LISTEN%").await != (1, 1) {
        tokio::task::yield_now().await;
    }
    let other = patient().open(&server.url("require")).await.unwrap();
    // It rings once when it begins to listen.
    woken.wait(Duration::from_mins(1)).await;
    works(&other).await;
    let wait = woken.wait(Duration::from_mins(10));
    let woken = tokio::time::timeout(Duration::from_secs(50), wait).await;
    woken.expect("it is woken");
}

#[tokio::test]
async fn another_authority_is_not_trusted() {
    let server = Encrypted::new("127.0.0.1").await;
    let other = Authority::new(server.server.folder(), "other.pem");
    let url = server.server.url(&server.database);
    let by_other = format!("{url}?sslmode=require&sslrootcert={}", other.file.display());
    assert_untrusted(&refused(&by_other).await, "invalid peer certificate");
    // Nor by the operating system, nor where encryption is only preferred.
    for mode in ["require", "prefer"] {
        let url = format!("{url}?sslmode={mode}");
        assert_untrusted(&refused(&url).await, "invalid peer certificate");
    }
}

#[tokio::test]
async fn the_certificate_of_another_host_is_not_trusted() {
    let server = Encrypted::new("db.example.com").await;
    for mode in ["require", "verify-ca", "verify-full"] {
        assert_untrusted(&refused(&server.url(mode)).await, "not valid for name");
    }
    // The address may name the host it is for, and say where that is.
    let url = server
        .url("verify-full")
        .replace("127.0.0.1", "db.example.com");
    let url = format!("{url}&hostaddr=127.0.0.1");
    works(&patient().open(&url).await.unwrap()).await;
}

#[tokio::test]
async fn a_file_without_a_certificate_is_named() {
    let server = Encrypted::new("127.0.0.1").await;
    let empty = server.server.folder().join("empty.pem");
    fs::write(&empty, "").unwrap();
    let missing = server.server.folder().join("missing.pem");
    let url = server.server.url(&server.database);
    for file in [empty, missing] {
        let file = file.display();
        let url = format!("{url}?sslmode=require&sslrootcert={file}");
        let why = refused(&url).await.to_string();
        assert!(why.contains(&format!("`sslrootcert` {file}")), "{why}");
    }
}

#[tokio::test]
async fn encryption_may_be_done_without() {
    let server = Encrypted::new("127.0.0.1").await;
    let url = format!("{}?sslmode=disable", server.server.url(&server.database));
    let store = patient().open(&url).await.unwrap();
    works(&store).await;
    let (all, encrypted) = server.encrypted("%").await;
    assert!(all > 0 && encrypted == 0, "{encrypted} of {all}");
    store.close().await.unwrap();
    // Unless the server does not want that.
    server.refuse_plaintext().await;
    let refused = refused(&url).await;
    assert_eq!(refused.kind(), StoreErrorKind::Other);
    let why = refused.to_string();
    assert!(
        why.contains("no encryption") && why.contains("`sslmode=require`"),
        "{why}"
    );
    works(&patient().open(&server.url("require")).await.unwrap()).await;
}

#[tokio::test]
async fn a_server_that_cannot_encrypt_is_refused_if_it_must() {
    let server = Server::options().in_memory().fast().start().await.unwrap();
    let database = server.create_database("store").await.unwrap();
    options().migrate(&server.url(&database)).await.unwrap();
    let url = format!("{}?sslmode=require", server.url(&database));
    let refused = refused(&url).await;
    assert_untrusted(&refused, "does not support TLS");
}
