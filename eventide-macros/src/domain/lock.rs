//! Reads the lock a domain names, and writes it down for the compiler to compare.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use eventide_lock::hash::fnv1a;
use eventide_lock::{Block, Lock};
use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::LitStr;

use super::parse::Domain;
use crate::diagnostics::Errors;
use crate::keys::Keys;
use crate::list::Entry;
use crate::spans::{at, relocated, written_at};

/// The lock of a domain.
pub(super) struct Locked {
    /// As the domain names it.
    name: String,
    /// Where it lies.
    path: String,
    /// `None` if it is not there.
    lock: Option<Lock>,
    /// Where it is named.
    at: Span,
}

/// The lock that `lock = ".."` names. One that cannot be read is an error, and then none.
pub(super) fn locked(keys: &Keys, errors: &mut Errors) -> Option<Locked> {
    let literal = keys.value::<LitStr>("lock", errors)?;
    let name = literal.value();
    let read = path(&name, literal.span()).and_then(|path| {
        let lock = read(&path, &name)?;
        let path = path
            .into_os_string()
            .into_string()
            .map_err(|path| format!("{} is not a path in UTF-8", path.display()))?;
        Ok((path, lock))
    });
    match read {
        Ok((path, lock)) => Some(Locked {
            name: Path::new(&name)
                .file_name()
                .map_or(name.clone(), |name| name.to_string_lossy().into_owned()),
            path,
            lock,
            at: literal.span(),
        }),
        Err(message) => {
            errors.at(&literal, message);
            None
        }
    }
}

/// Where the file is: from the package's root, or from the source file if the name begins with a
/// dot.
fn path(name: &str, at: Span) -> Result<PathBuf, String> {
    let name = Path::new(name);
    if name.file_name().is_none() {
        return Err("`lock` names a file: `lock = \"eventide.lock\"`".to_owned());
    }
    let beside = name.starts_with(".") || name.starts_with("..");
    let folder = if beside {
        let source = proc_macro::is_available()
            .then(|| at.unwrap().local_file())
            .flatten();
        let source = source.ok_or("where this source file lies is not known here\nname the lock from the package's root: `lock = \"eventide.lock\"`")?;
        source.parent().map(Path::to_path_buf)
    } else {
        env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from)
    };
    let path = folder.unwrap_or_default().join(name);
    std::path::absolute(&path).map_err(|error| format!("{}: {error}", path.display()))
}

fn read(path: &Path, name: &str) -> Result<Option<Lock>, String> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("EV07: `{name}` cannot be read: {error}")),
    };
    Lock::parse(&text)
        .map(Some)
        .map_err(|error| format!("EV07: `{name}` is malformed\n{error}"))
}

/// ```text
/// const LOCK: Option<LockFile> = Some(LockFile { path: "/../eventide.lock", .. });
/// ```
pub(super) fn constant(domain: &Domain) -> Option<TokenStream> {
    let Domain { private, .. } = domain;
    let Locked {
        name,
        path,
        lock,
        at: named_at,
    } = domain.lock.as_ref()?;
    let here = at(*named_at);
    let exists = lock.is_some();
    let mut blocks: Vec<(u64, &Block)> = lock
        .iter()
        .flat_map(|lock| &lock.blocks)
        .map(|block| (fnv1a(block.event.as_bytes()), block))
        .collect();
    blocks.sort_by_key(|(hash, block)| (*hash, block.version));
    let starts = (0..=u8::MAX)
        .map(|byte| blocks.partition_point(|(hash, _)| hash.to_be_bytes().first() < Some(&byte)));
    let starts = quote_spanned!(here=> [#(#starts),*]);
    let blocks = blocks.iter().map(|(name_hash, block)| {
        let Block {
            event,
            version,
            published,
            ..
        } = block;
        let hash = block.hash();
        let lines = block.lines.iter().map(|line| {
            let (path_hash, hash, text) = (line.path.hash(), line.hash(), line.to_string());
            quote_spanned!(here=> (#path_hash, #hash, #text))
        });
        quote_spanned! {here=>
            #private::Locked {
                name: #event,
                name_hash: #name_hash,
                version: #version,
                published: #published,
                hash: #hash,
                lines: &[#(#lines),*],
            }
        }
    });
    Some(quote_spanned! {here=>
        const LOCK: ::core::option::Option<#private::LockFile> =
            ::core::option::Option::Some(#private::LockFile {
                path: #path,
                name: #name,
                exists: #exists,
                events: &[#(#blocks),*],
                starts: &#starts,
            });
    })
}

/// Holds the code to the lock (EV07). The compiler is told to look again when the file or
/// `EVENTIDE_LOCK` changes.
///
/// ```text
/// const _: () = {
///     const _: &[u8] = include_bytes!("/../eventide.lock");
///     const VARIABLE: Option<&str> = option_env!("EVENTIDE_LOCK");
///     const MODE: Mode = Mode::of(VARIABLE, option_env!("CI"));
///     const LOCK: LockFile = ..;
///     const _: () = known_mode(VARIABLE);
///     const _: () = lock_is_there(&LOCK, MODE);
///     const _: () = nothing_is_lost::<7>(&LOCK, <Shop as Domain>::AGGREGATES, MODE);
///     const _: () = as_in_lock(&LOCK, &<Order as Aggregate>::INFO, MODE);                // at `Order`
///     const _: () = Unlocked::<{ hints(&LOCK, &<Order as Aggregate>::INFO, MODE) }>::event();
/// };
/// ```
pub(super) fn checks(domain: &Domain) -> Option<TokenStream> {
    let Domain {
        private, ident: me, ..
    } = domain;
    let Locked {
        path,
        lock,
        at: named_at,
        ..
    } = domain.lock.as_ref()?;
    let here = at(*named_at);
    let blocks = lock.as_ref().map_or(0, |lock| lock.blocks.len());
    let tracked = lock.is_some().then(|| {
        quote_spanned!(here=> const _: &[::core::primitive::u8] = ::core::include_bytes!(#path);)
    });
    let aggregates = domain.aggregates.iter().map(|entry| {
        let here = at(entry.span());
        let path = &entry.path;
        let hint = hint(private, entry);
        let private = relocated(private, here);
        quote_spanned! {here=>
            const _: () = #private::as_in_lock(&LOCK, &<#path as #private::Aggregate>::INFO, MODE);
            #hint
        }
    });
    let private = relocated(private, here);
    Some(quote_spanned! {here=>
        const _: () = {
            #tracked
            const VARIABLE: ::core::option::Option<&::core::primitive::str> =
                ::core::option_env!("EVENTIDE_LOCK");
            const MODE: #private::Mode = #private::Mode::of(VARIABLE, ::core::option_env!("CI"));
            const LOCK: #private::LockFile = #private::lock_file(<#me as #private::Domain>::LOCK);
            const _: () = #private::known_mode(VARIABLE);
            const _: () = #private::lock_is_there(&LOCK, MODE);
            const _: () = #private::nothing_is_lost::<#blocks>(
                &LOCK,
                <#me as #private::Domain>::AGGREGATES,
                MODE,
            );
            #(#aggregates)*
        };
    })
}

/// Warns of what is not in the lock yet. The call stands as if the user had written it: of what a
/// derive writes, the compiler does not say that it is deprecated.
fn hint(private: &TokenStream, entry: &Entry) -> TokenStream {
    let here = entry.span();
    let path = &entry.path;
    let private = written_at(private.clone(), here);
    let inner = at(here);
    let found = quote_spanned! {inner=>
        #private::hints(&LOCK, &<#path as #private::Aggregate>::INFO, MODE)
    };
    quote_spanned!(here=> const _: () = #private::Unlocked::<{ #found }>::event();)
}
