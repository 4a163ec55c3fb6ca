//! A private, durable PostgreSQL server, until Ctrl-C or the end of the input:
//! `cargo run -p eventide-rig`. Prints its URL and its folder.

use std::error::Error;
use std::io::{self, Read};
use std::process::ExitCode;

use eventide_rig::Server;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let server = Server::start().await?;
    println!("{} {}", server.url("postgres"), server.folder().display());
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
