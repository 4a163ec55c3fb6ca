//! Documents that are kept in memory between pages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lru::LruCache;

/// All documents of this process may take about so many bytes together.
const ALL: usize = 40 << 20;

/// A partition keeps as many bytes of them in any case.
const EACH: usize = 1 << 20;

/// What keeping a document takes beside the document itself: its key, its places in the list and in the
/// map.
const BESIDE: usize = 160;

/// What all partitions of this process keep.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// The documents of one partition: those that were used last, and what is known not to be there.
pub(super) struct KeptDocuments<V> {
    documents: LruCache<Arc<str>, Kept<V>>,
    bytes: usize,
    /// Whether what is not kept is not there at all.
    complete: bool,
    /// How many steps were begun, and which was the last of those that are written.
    step: u64,
    written: u64,
}

struct Kept<V> {
    document: Option<V>,
    bytes: usize,
    /// In which step it came here.
    step: u64,
}

impl<V> KeptDocuments<V> {
    pub(super) fn new() -> Self {
        Self {
            documents: LruCache::unbounded(),
            bytes: 0,
            complete: false,
            step: 0,
            written: 0,
        }
    }

    /// Nothing was ever written: what is not kept from now on is not there.
    pub(super) fn begin(&mut self) {
        self.complete |= self.documents.is_empty();
    }

    /// A step begins: what is put from now on belongs to it.
    pub(super) fn begin_step(&mut self) {
        self.step += 1;
    }

    /// The number of the step under way.
    pub(super) fn step(&self) -> u64 {
        self.step
    }

    /// What was put up to that step is written, and may go.
    pub(super) fn written(&mut self, step: u64) {
        self.written = step;
        self.shrink();
    }

    /// Whether it is known what is there under this key. Asking marks it as used last.
    pub(super) fn knows(&mut self, key: &str) -> bool {
        self.documents.get(key).is_some() || self.complete
    }

    /// The document of that key, as far as it is known.
    pub(super) fn get(&self, key: &str) -> Option<&V> {
        self.documents.peek(key)?.document.as_ref()
    }

    /// Keeps what is there under a key now: a document of so many bytes as JSON, or none.
    pub(super) fn put(&mut self, key: Arc<str>, document: Option<V>, json: usize) {
        let bytes = BESIDE + key.len() + size_of::<V>() + json;
        let step = self.step;
        let kept = Kept {
            document,
            bytes,
            step,
        };
        let before = self.documents.put(key, kept).map_or(0, |it| it.bytes);
        self.grow(bytes, before);
    }

    /// Lets go of those that were not used for longest, until what is kept is not too much. What is not
    /// written stays: the store does not have it yet.
    pub(super) fn shrink(&mut self) {
        while self.bytes > EACH && TAKEN.load(Ordering::Relaxed) > ALL {
            let oldest = self.documents.peek_lru();
            if oldest.is_none_or(|(_, kept)| kept.step > self.written) {
                return;
            }
            let Some((_, gone)) = self.documents.pop_lru() else {
                return;
            };
            self.complete = false;
            self.grow(0, gone.bytes);
        }
    }

    pub(super) fn clear(&mut self) {
        self.documents.clear();
        self.complete = false;
        self.grow(0, self.bytes);
    }

    fn grow(&mut self, by: usize, less: usize) {
        self.bytes = self.bytes + by - less;
        if by > less {
            TAKEN.fetch_add(by - less, Ordering::Relaxed);
        } else {
            TAKEN.fetch_sub(less - by, Ordering::Relaxed);
        }
    }
}

impl<V> Drop for KeptDocuments<V> {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_when_there_is_too_much() {
        let mut kept = KeptDocuments::new();
        for key in ["a", "b", "c"] {
            kept.put(key.into(), Some(key), ALL / 2);
        }
        assert!(kept.knows("a"));
        kept.shrink();
        assert_eq!((kept.get("a"), kept.get("b")), (Some(&"a"), None));
        assert!(!kept.knows("b"));
    }

    #[test]
    fn what_is_not_written_yet_stays() {
        let mut kept = KeptDocuments::new();
        for key in ["a", "b"] {
            kept.begin_step();
            kept.put(key.into(), Some(key), ALL);
        }
        kept.shrink();
        assert_eq!((kept.get("a"), kept.get("b")), (Some(&"a"), Some(&"b")));
        kept.written(1);
        assert_eq!((kept.get("a"), kept.get("b")), (None, Some(&"b")));
    }

    #[test]
    fn as_long_as_nothing_went_what_is_not_kept_is_not_there() {
        let mut kept = KeptDocuments::new();
        assert!(!kept.knows("a"));
        kept.begin();
        assert!(kept.knows("a"));
        kept.put("a".into(), None::<()>, 0);
        kept.clear();
        assert!(!kept.knows("a"));
        kept.put("a".into(), None, 0);
        kept.begin();
        assert!(!kept.knows("b"), "it began with something");
    }
}
