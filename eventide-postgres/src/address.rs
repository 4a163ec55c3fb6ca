//! An address, `postgres://user:password@host/database?parameters`: what is the driver's and what
//! is ours.

use std::path::PathBuf;

use eventide_core::store::{StoreError, StoreErrorKind};
use tokio_postgres::Config;
use url::form_urlencoded;

use crate::error::Place;
use crate::options::{Durability, Pooler, PostgresOptions};
use crate::sql::check_name;

/// An address that was understood.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) options: PostgresOptions,
    pub(crate) place: Place,
}

impl Address {
    /// Reads `address`; its parameters stand above `options`.
    pub(crate) fn parse(address: &str, mut options: PostgresOptions) -> Result<Self, StoreError> {
        let refuse = |why: String| {
            let why = format!("`{}` is not an address of a store: {why}", hidden(address));
            StoreError::new(StoreErrorKind::Other, why)
        };
        let (base, query) = address.split_once('?').unwrap_or((address, ""));
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| base.starts_with(scheme))
        {
            let why = "it must begin with `postgres://`";
            return Err(refuse(why.to_owned()));
        }
        // The driver's own part is handed on as it is: it may name several hosts, which no URL may.
        let mut driver = Vec::new();
        let mut theirs = |parameter: &str| driver.push(parameter.to_owned());
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let Some((key, value)) = form_urlencoded::parse(parameter.as_bytes()).next() else {
                continue;
            };
            let value = value.into_owned();
            match (&*key, &*value) {
                ("schema", _) => options.schema = value,
                ("connections", _) => {
                    let number = value.parse();
                    let number = number
                        .map_err(|_| refuse(format!("`connections={value}` is no number")))?;
                    options = options.connections(number);
                }
                ("sslrootcert", _) => options.root_certificate = Some(PathBuf::from(value)),
                ("migrate", "on-open") => options.migrate_on_open = true,
                ("pooler", "none") => options.pooler = Pooler::None,
                ("pooler", "transaction") => options.pooler = Pooler::Transaction,
                ("durability", "full") => options.durability = Durability::Full,
                ("durability", "what-the-server-gives") => {
                    options.durability = Durability::WhatTheServerGives;
                }
                ("migrate", _) => return Err(refuse("`migrate` may be `on-open`".to_owned())),
                ("pooler", _) => {
                    return Err(refuse("`pooler` may be `none` or `transaction`".to_owned()));
                }
                ("durability", _) => {
                    let why = "`durability` may be `full` or `what-the-server-gives`";
                    return Err(refuse(why.to_owned()));
                }
                // rustls always verifies the certificate and the host's name.
                ("sslmode", "verify-full" | "verify-ca") => {
                    theirs("sslmode=require");
                }
                // The driver knows a space as `%20` alone.
                _ => theirs(&parameter.replace('+', "%20")),
            }
        }
        let driver = format!("{base}?{}", driver.join("&"));
        let config: Config = driver.parse().map_err(|wrong: tokio_postgres::Error| {
            let cause = std::error::Error::source(&wrong).map(ToString::to_string);
            refuse(cause.unwrap_or_else(|| wrong.to_string()))
        })?;
        check_name(&options.schema).map_err(|why| refuse(why.to_owned()))?;
        let place = Place::new(hidden(address), options.schema.clone());
        Ok(Self {
            config,
            options,
            place,
        })
    }
}

/// An address without its password and parameters, for messages.
fn hidden(address: &str) -> String {
    let base = address.split('?').next().unwrap_or_default();
    let Some((scheme, rest)) = base.split_once("://") else {
        return base.split('@').next_back().unwrap_or_default().to_owned();
    };
    // A password may hold anything, an `@` and a `/` too.
    let Some((user, place)) = rest.rsplit_once('@') else {
        return base.to_owned();
    };
    let user = user.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{place}")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail by panicking")]
mod tests {
    use tokio_postgres::config::SslMode;

    use super::*;

    fn parse(address: &str) -> Result<Address, String> {
        Address::parse(address, PostgresOptions::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn parameters_are_told_apart() {
        let address = parse(
            "postgres://ada:secret@db:5433/shop?schema=a%22b&sslmode=verify-full&connections=3\
             &pooler=transaction&migrate=on-open&connect_timeout=2&options=-c%20a.b%3D1%2B1",
        )
        .unwrap();
        assert_eq!(address.config.get_options(), Some("-c a.b=1+1"));
        assert_eq!(address.options.schema, "a\"b");
        assert_eq!(address.options.connections, 3);
        assert_eq!(address.options.pooler, Pooler::Transaction);
        assert!(address.options.migrate_on_open);
        assert_eq!(address.config.get_ssl_mode(), SslMode::Require);
        assert_eq!(address.config.get_ports(), [5433]);
        assert_eq!(
            address.place.to_string(),
            "postgres://ada@db:5433/shop (schema a\"b)"
        );
    }

    #[test]
    fn several_hosts_are_for_the_driver() {
        let address = parse(
            "postgresql://ada:s:ecret@db1:5433,db2:5434/shop?target_session_attrs=read-write\
             &options=-c%20geqo%3Doff&schema=shop",
        );
        let address = address.unwrap();
        assert_eq!(address.config.get_hosts().len(), 2);
        assert_eq!(address.config.get_ports(), [5433, 5434]);
        assert_eq!(address.config.get_options(), Some("-c geqo=off"));
        assert_eq!(address.options.schema, "shop");
        assert_eq!(
            address.place.to_string(),
            "postgresql://ada@db1:5433,db2:5434/shop (schema shop)"
        );
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (address, why) in [
            ("mysql://a:secret@b/c", "it must begin with `postgres://`"),
            ("postgres://a:secret@b/c?pooler=session", "`pooler` may be"),
            ("postgres://a:secret@b/c?colour=red", "colour"),
            ("postgres://a:secret@b/c?connections=many", "no number"),
            ("postgres://a:secret@b/c?schema=", "1 to 63 bytes"),
            ("shop.db", "it must begin with `postgres://`"),
        ] {
            let error = parse(address).unwrap_err();
            assert!(error.contains(why), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }
}
