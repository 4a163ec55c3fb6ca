//! The pool of connections, and what is set on each.

use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, QueueMode, RecyclingMethod, Runtime};
use eventide_core::store::{StoreError, StoreErrorKind};
use futures_util::StreamExt;
use futures_util::stream::{BoxStream, poll_fn};
use tokio_postgres::{AsyncMessage, Client, Config, Error, NoTls};

use crate::address::Address;
use crate::error::Place;
use crate::options::{Pooler, PostgresOptions};

/// How long a connection may take to be made before another try.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// A peer that says nothing for so long, though it was asked, is gone.
const TCP_TIMEOUT: Duration = Duration::from_secs(15);

/// A setting without effect. Where it is missing, a pooler gave us somebody else's connection.
pub(crate) const MARK: &str = "eventide.session";

/// Makes connections outside of the pool, to listen on.
#[derive(Debug, Clone)]
pub(crate) struct Dialer {
    config: Config,
    tls: Tls,
}

/// How connections are encrypted.
#[derive(Clone)]
enum Tls {
    None,
    #[cfg(feature = "tls")]
    Rustls(tokio_postgres_rustls::MakeRustlsConnect),
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            #[cfg(feature = "tls")]
            Self::Rustls(_) => "Rustls",
        })
    }
}

/// What a connection hears besides answers.
pub(crate) type Messages = BoxStream<'static, Result<AsyncMessage, Error>>;

impl Dialer {
    /// A connection; nothing is answered on it unless its messages are read.
    pub(crate) async fn dial(&self) -> Result<(Client, Messages), Error> {
        match &self.tls {
            Tls::None => {
                let (client, mut connection) = self.config.connect(NoTls).await?;
                let messages = poll_fn(move |context| connection.poll_message(context));
                Ok((client, messages.boxed()))
            }
            #[cfg(feature = "tls")]
            Tls::Rustls(tls) => {
                let (client, mut connection) = self.config.connect(tls.clone()).await?;
                let messages = poll_fn(move |context| connection.poll_message(context));
                Ok((client, messages.boxed()))
            }
        }
    }
}

/// The pool, and one of a single connection beside it. Opens no connection yet.
pub(crate) fn pools(address: &Address) -> Result<([Pool; 2], Dialer), StoreError> {
    let Address {
        config,
        options,
        place,
    } = address;
    let mut config = config.clone();
    tune(&mut config, options);
    let managing = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let tls = tls(&config, options, place)?;
    let pool = |connections| {
        let manager = match tls.clone() {
            Tls::None => Manager::from_config(config.clone(), NoTls, managing.clone()),
            #[cfg(feature = "tls")]
            Tls::Rustls(tls) => Manager::from_config(config.clone(), tls, managing.clone()),
        };
        Pool::builder(manager)
            .max_size(connections)
            // The session used last has its plans and pages at hand.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .create_timeout(Some(CONNECT_TIMEOUT))
            .wait_timeout(Some(options.patience))
            .build()
            .map_err(|source| {
                place
                    .error(StoreErrorKind::Other, "open", "no pool of connections")
                    .with_source(source)
            })
    };
    Ok((
        [pool(options.connections)?, pool(1)?],
        Dialer { config, tls },
    ))
}

fn tune(config: &mut Config, options: &PostgresOptions) {
    if config.get_application_name().is_none() {
        config.application_name("eventide");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_TIMEOUT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(TCP_TIMEOUT);
    }
    config.keepalives_idle(TCP_TIMEOUT);
    config.keepalives_interval(Duration::from_secs(5));
    config.keepalives_retries(3);
    if options.pooler == Pooler::None {
        let given = config.get_options().unwrap_or_default().to_owned();
        let settings = settings(options);
        config.options(format!("-c {MARK}=1 {settings} {given}"));
    }
}

/// What holds on every connection. Whoever waits for the log's lock hears so from the server, and
/// before the connection counts as lost; whoever holds it and goes silent is ended. Plans must stay
/// good while a young table grows, so every table is entered by an index, in its order. One plan
/// serves all values of a parameter, rare ones too, so the index that leaves least to look at is
/// the one: pages at random are called cheap, lest the log be gone through for one rare type.
fn settings(options: &PostgresOptions) -> String {
    let answer = options.answer_timeout.as_millis().max(1);
    let lock = (answer / 2).max(1);
    format!(
        "-c lock_timeout={lock} -c statement_timeout={answer} \
         -c idle_in_transaction_session_timeout={answer} \
         -c default_transaction_isolation=read\\ committed \
         -c enable_seqscan=off -c enable_bitmapscan=off -c random_page_cost=0.1 -c jit=off"
    )
}

#[cfg(not(feature = "tls"))]
fn tls(_: &Config, options: &PostgresOptions, place: &Place) -> Result<Tls, StoreError> {
    if options.root_certificate.is_some() {
        let why = "`sslrootcert` needs the feature `tls` of eventide-postgres";
        return Err(place.error(StoreErrorKind::Other, "open", why));
    }
    Ok(Tls::None)
}

#[cfg(feature = "tls")]
fn tls(config: &Config, options: &PostgresOptions, place: &Place) -> Result<Tls, StoreError> {
    if config.get_ssl_mode() == tokio_postgres::config::SslMode::Disable {
        return Ok(Tls::None);
    }
    let wrong = |why: String| place.error(StoreErrorKind::Other, "open", &why);
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|source| wrong(source.to_string()))?
        .with_root_certificates(roots(options).map_err(wrong)?)
        .with_no_client_auth();
    Ok(Tls::Rustls(tokio_postgres_rustls::MakeRustlsConnect::new(
        tls,
    )))
}

#[cfg(feature = "tls")]
fn roots(options: &PostgresOptions) -> Result<rustls::RootCertStore, String> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    let Some(file) = &options.root_certificate else {
        // A certificate this program cannot read does not keep the others from being trusted.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let name = file.display();
    let certificates = CertificateDer::pem_file_iter(file)
        .map_err(|why| format!("`sslrootcert` {name}: {why}"))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|why| format!("`sslrootcert` {name}: {why}"))?;
        let added = roots.add(certificate);
        added.map_err(|why| format!("`sslrootcert` {name}: {why}"))?;
    }
    if roots.is_empty() {
        return Err(format!("`sslrootcert` {name} holds no certificate"));
    }
    Ok(roots)
}
