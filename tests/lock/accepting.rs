//! Accepting: what is taken in, what is refused, and what stays.

use eventide::Domain;
use eventide::schema::lock::{
    Accept, AcceptError, Accepted, Block, Lock, NoteKind, accept, check, describe, read, write,
};

use crate::programs::{
    anew, contradicting, first, forgetful, otherwise, panicking, refusing, renamed, reshaped,
    second, widened, without,
};
use crate::shop::{Prices, Shop};

pub const ACCEPT: Accept = Accept { publish: false };
const PUBLISH: Accept = Accept { publish: true };

pub async fn accepted<D: Domain<Services = ()>>(existing: &Lock, how: Accept) -> Accepted {
    accept::<D>(existing, how, &()).await.unwrap()
}

async fn refused<D: Domain<Services = ()>>(existing: &Lock) -> String {
    match accept::<D>(existing, ACCEPT, &()).await {
        Err(AcceptError::Refused(refused)) => AcceptError::Refused(refused).to_string(),
        other => panic!("{other:?}"),
    }
}

/// The lock of the first program.
async fn first(how: Accept) -> Lock {
    accepted::<first::Tiny>(&Lock::default(), how).await.lock
}

pub fn block<'l>(lock: &'l Lock, event: &str, version: u32) -> &'l Block {
    let mut blocks = lock.blocks.iter();
    blocks
        .find(|block| block.event == event && block.version == version)
        .unwrap()
}

#[tokio::test]
async fn from_nothing_every_version_gets_its_shape_and_a_golden_that_is_read() {
    let accepted = accept::<Shop>(&Lock::default(), ACCEPT, &Prices(10))
        .await
        .unwrap();
    let lock = &accepted.lock;
    assert_eq!(Lock::parse(&lock.to_string()).unwrap(), *lock);
    let versions: Vec<_> = lock
        .blocks
        .iter()
        .map(|block| (block.event.as_str(), block.version))
        .collect();
    assert_eq!(
        versions,
        [
            ("CityChanged", 1),
            ("LineAdded", 1),
            ("LineAdded", 2),
            ("Moved", 1),
            ("Placed", 1),
            ("Placed", 2),
            ("Placed", 3),
            ("Printed", 1),
            ("Rated", 2),
            ("StreetChanged", 1),
        ]
    );
    assert!(lock.blocks.iter().all(|block| {
        !block.published
            && !block.goldens.is_empty()
            && block.goldens.iter().all(|golden| golden.reads.is_some())
    }));
    let lines: Vec<_> = block(lock, "Placed", 2)
        .lines
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        lines,
        [
            "client: string",
            "gift: enum",
            "gift|no: unit",
            "gift|wrapped: object",
            "gift|wrapped.ribbons: u8",
            "lines: [string]",
        ]
    );
    let goldens = &block(lock, "Placed", 2).goldens;
    let shows = |part: &str| goldens.iter().any(|golden| golden.payload.contains(part));
    assert!(shows(r#""gift":"no""#) && shows(r#""wrapped":{"ribbons":"#));
    assert!(shows(r#""lines":[]"#) && shows(r#"","#), "{goldens:?}");

    let moved = block(lock, "Moved", 1).goldens[0].reads.as_deref().unwrap();
    let events: Vec<_> = moved.iter().map(|reading| &*reading.event).collect();
    assert_eq!(events, ["StreetChanged", "CityChanged"]);
    let priced = block(lock, "LineAdded", 1).goldens[0].reads.as_deref();
    assert!(!priced.unwrap()[0].payload.contains(r#""cents":0"#));
    assert!(
        accepted
            .to_string()
            .contains("event `Moved` version 1 has a golden now, made up"),
        "{accepted}"
    );
}

#[tokio::test]
async fn accepting_again_changes_not_a_byte() {
    let once = accept::<Shop>(&Lock::default(), PUBLISH, &Prices(10))
        .await
        .unwrap();
    let text = once.lock.to_string();
    let again = Lock::parse(&text).unwrap();
    for how in [PUBLISH, ACCEPT] {
        let twice = accept::<Shop>(&again, how, &Prices(10)).await.unwrap();
        assert_eq!(twice.lock.to_string(), text);
        assert!(twice.is_unchanged());
        assert_eq!(twice.to_string(), "nothing changed");
    }
    let afresh = accept::<Shop>(&Lock::default(), PUBLISH, &Prices(10))
        .await
        .unwrap();
    assert_eq!(afresh.lock.to_string(), text);
    assert!(check::<Shop>(&again).unwrap().differences.is_empty());
}

#[tokio::test]
async fn the_committed_lock_is_the_one_this_program_accepts() {
    let path = Shop::LOCK.unwrap().path;
    let lock = read(path).unwrap();
    assert!(lock.blocks.iter().all(|block| block.published));
    let accepted = accept::<Shop>(&lock, ACCEPT, &Prices(10)).await.unwrap();
    assert!(accepted.is_unchanged(), "{accepted}");
    let given = block(&lock, "Placed", 1).goldens.last().unwrap();
    assert_eq!(
        given.payload,
        r#"{"client":"ada","lines":["tea \"Earl Grey\""]}"#
    );
    let kept: Vec<_> = lock
        .blocks
        .iter()
        .filter(|block| block.event == "Ordered" || block.event == "Rated")
        .map(|block| (&*block.event, block.version))
        .collect();
    assert_eq!(kept, [("Ordered", 1), ("Rated", 1), ("Rated", 2)]);
}

#[tokio::test]
async fn what_is_not_published_may_change() {
    let lock = first(ACCEPT).await;
    let wider = accepted::<widened::Tiny>(&lock, ACCEPT).await;
    let text = wider.to_string();
    assert!(
        text.contains("field `quantity` was `u32`, is `u64`"),
        "{text}"
    );
    let goldens = |lock: &Lock| {
        let goldens = block(lock, "Placed", 1).goldens.iter();
        goldens.map(|g| g.payload.clone()).collect::<Vec<_>>()
    };
    assert_eq!(goldens(&wider.lock), goldens(&lock));

    let other = accepted::<reshaped::Tiny>(&lock, ACCEPT).await;
    assert!(
        other
            .notes
            .iter()
            .any(|note| note.kind == NoteKind::GoldensDropped { goldens: 1 })
    );
    assert!(goldens(&other.lock)[0].starts_with(r#"{"article":"#));
}

#[tokio::test]
async fn what_is_published_may_not() {
    let lock = first(PUBLISH).await;
    let said = refused::<widened::Tiny>(&lock).await;
    assert_eq!(
        said,
        "event `Placed` version 1 is published, and the program has another shape of it\n  \
         field `quantity` was `u32`, is `u64`\n  \
         put it back as it was, and declare the change as a new version: \
         `#[event(version = 2)]` on `Placed` and a step from version 1"
    );
    let compared = check::<widened::Tiny>(&lock).unwrap();
    assert_eq!(compared.refused().len(), 1);
}

#[tokio::test]
async fn a_new_version_leaves_the_old_ones_as_they_are() {
    let lock = first(PUBLISH).await;
    let next = accepted::<second::Tiny>(&lock, ACCEPT).await;
    let (old, new) = (block(&lock, "Placed", 1), block(&next.lock, "Placed", 1));
    assert_eq!(old.lines, new.lines);
    assert_eq!(old.goldens[0].payload, new.goldens[0].payload);
    assert!(new.published && !block(&next.lock, "Placed", 2).published);
    let reads = new.goldens[0].reads.as_deref().unwrap();
    assert_eq!((&*reads[0].event, reads[0].version), ("Placed", 2));
    assert!(
        next.to_string()
            .contains("golden 1 was read as `Placed` 1, is read as `Placed` 2 now"),
        "{next}"
    );
}

#[tokio::test]
async fn a_step_may_change_until_what_it_leads_to_is_published() {
    let lock = accepted::<second::Tiny>(&first(PUBLISH).await, ACCEPT).await;
    let changed = accepted::<otherwise::Tiny>(&lock.lock, ACCEPT).await;
    assert!(
        changed
            .to_string()
            .contains("golden 1 is read as `Placed` 2 of other content now"),
        "{changed}"
    );

    let lock = accepted::<second::Tiny>(&lock.lock, PUBLISH).await.lock;
    let said = refused::<otherwise::Tiny>(&lock).await;
    assert!(
        said.starts_with(
            "golden 1 of event `Placed` version 1 now reads differently:\n  `pieces` was `"
        ),
        "{said}"
    );
}

#[tokio::test]
async fn a_golden_that_is_not_read_any_more_is_refused() {
    let lock = accepted::<second::Tiny>(&first(ACCEPT).await, ACCEPT).await;
    let said = refused::<refusing::Tiny>(&lock.lock).await;
    assert!(
        said.starts_with("golden 1 of event `Placed` version 1 is not read any more: its upcaster from version 1 to version 2 refused it at field `quantity`"),
        "{said}"
    );
    assert!(said.contains("are too many"), "{said}");
    let said = refused::<panicking::Tiny>(&lock.lock).await;
    assert!(
        said.contains("reading it panicked: a thousand at least"),
        "{said}"
    );
}

#[tokio::test]
async fn an_event_is_not_removed_without_a_word() {
    for how in [ACCEPT, PUBLISH] {
        let said = refused::<without::Tiny>(&first(how).await).await;
        assert!(
            said.starts_with("event `Placed` is in the lock up to version 1, and no aggregate lists it\n  keep it as `#[event(retired)]`, name it in `was(..)`"),
            "{said}"
        );
        let may_be_deleted = said.contains("delete its blocks from the lock file");
        assert_eq!(may_be_deleted, !how.publish);
    }
    let lock = first(PUBLISH).await;
    let renamed = accepted::<renamed::Tiny>(&lock, ACCEPT).await.lock;
    assert_eq!(
        block(&renamed, "Placed", 1).goldens[0].payload,
        block(&lock, "Placed", 1).goldens[0].payload
    );
    let reads = block(&renamed, "Placed", 1).goldens[0].reads.as_deref();
    assert_eq!(reads.unwrap()[0].event, "Bought");
}

#[tokio::test]
async fn a_version_that_goes_is_dropped_or_refused() {
    let lock = accepted::<second::Tiny>(&first(PUBLISH).await, ACCEPT).await;
    let back = accepted::<first::Tiny>(&lock.lock, ACCEPT).await;
    assert_eq!(back.lock.blocks.len(), 1);
    assert!(back.to_string().contains("version 2 was dropped"), "{back}");

    let lock = accepted::<second::Tiny>(&lock.lock, PUBLISH).await.lock;
    let said = refused::<first::Tiny>(&lock).await;
    assert!(
        said.contains(
            "event `Placed` version 2 is published, and this program's newest version is below it"
        ),
        "{said}"
    );
}

#[tokio::test]
async fn a_chain_may_not_begin_above_what_is_published() {
    let said = refused::<forgetful::Tiny>(&first(PUBLISH).await).await;
    assert_eq!(
        said,
        "event `Placed` version 1 is published, and no step leads up from it\n  \
         declare the change on the field, or write an `Upcast` or `UpcastRaw`"
    );
    let accepted = accepted::<forgetful::Tiny>(&first(ACCEPT).await, ACCEPT).await;
    assert_eq!(accepted.lock.blocks.len(), 1);
}

#[tokio::test]
async fn everything_refused_is_said_at_once() {
    let mut lock = first(PUBLISH).await;
    let other = accepted::<without::Tiny>(&Lock::default(), PUBLISH).await;
    lock.blocks.extend(other.lock.blocks);
    let said = refused::<widened::Tiny>(&lock).await;
    assert!(
        said.contains("`Shipped`") && said.contains("`Placed`"),
        "{said}"
    );
}

#[tokio::test]
async fn the_lock_of_another_domain_is_refused() {
    let lock = describe::<Shop>().unwrap();
    let error = accept::<first::Tiny>(&lock, ACCEPT, &()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the lock is of domain `shop`, and this is domain `tiny`"
    );
}

#[tokio::test]
async fn a_file_is_written_whole_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("eventide.lock");
    assert_eq!(read(&path).unwrap(), Lock::default());
    let lock = first(PUBLISH).await;
    write(&path, &Lock::default()).unwrap();
    write(&path, &lock).unwrap();
    assert_eq!(read(&path).unwrap(), lock);
    let names = std::fs::read_dir(folder.path()).unwrap();
    assert_eq!(names.count(), 1, "nothing else is left");

    std::fs::write(&path, "no lock").unwrap();
    let error = read(&path).unwrap_err().to_string();
    assert!(error.contains(&*path.to_string_lossy()), "{error}");
    let error = write(folder.path().join("none").join("eventide.lock"), &lock).unwrap_err();
    assert!(error.to_string().starts_with("cannot write the lock file"));
}

#[test]
fn a_program_with_two_shapes_of_one_version_is_refused() {
    let error = describe::<contradicting::Tiny>().unwrap_err().to_string();
    assert!(
        error.starts_with("event `Placed` version 1 has two shapes: at by hand and at tests/lock"),
        "{error}"
    );
}

#[tokio::test]
async fn a_version_that_is_split_and_one_that_begins_anew_share_a_name() {
    let lock = accepted::<anew::Tiny>(&Lock::default(), PUBLISH).await.lock;
    let reads = |version| {
        let goldens = block(&lock, "Placed", version).goldens.iter();
        let reads = goldens.map(|golden| golden.reads.as_deref().unwrap().len());
        reads.collect::<Vec<_>>()
    };
    assert_eq!(reads(1), [2, 0], "two skus, and none");
    assert_eq!(reads(2), [1]);
    let again = accepted::<anew::Tiny>(&lock, ACCEPT).await;
    assert!(again.is_unchanged(), "{again}");
}
