//! All laws in one list. To add a law, write its function in the module of its group, and its name
//! and promise here, or where the list goes on.

use super::law::Law;
use super::{
    advances, append, beside, checkpoints, columns, commands, counting, dividing, documents,
    durability, envelope, expectations, fencing, filters, forgetting, identity, imported_commands,
    imports, keeping, leases, letters, live, log, opening, order, paging, parked, refusals, routes,
    schema_versions, serving, snapshots, stream_ids, streams, tampering, unique, views,
    with_appends, workers, writers,
};

/// Hands the list to another macro: the one below, or the one that makes tests.
#[doc(hidden)]
#[macro_export]
macro_rules! __eventide_laws {
    ([$($then:tt)*] [$($arguments:tt)*]) => { $crate::__eventide_subscription_laws! {
        [$($then)*] [$($arguments)*]
        append {
            an_append_is_visible_at_once:
                "once an append is acknowledged, every reader sees it: of the stream, its version, the log, the head and the commands",
            an_append_answers_what_it_did:
                "the answer to an append names each stream of the request in order, its new version and the positions of its events",
            a_conflict_in_one_stream_stores_nothing_in_the_others:
                "an append to several streams is all or nothing, whichever of them conflicts",
            a_failed_append_leaves_no_trace:
                "a failed append changes nothing that can be read, and the next append gets the next version",
            a_batch_with_a_repeated_event_id_stores_nothing:
                "an event id is used once for ever; a batch that repeats one is refused as a whole, as a constraint",
            malformed_appends_are_refused:
                "an append that contradicts itself is refused as an invalid request and stores nothing",
            a_large_payload_is_kept:
                "a payload of one mebibyte is stored and read like any other",
        }
        expectations {
            the_exact_version_is_enforced:
                "an append that expects a version goes through at that version and at no other",
            no_stream_is_enforced:
                "an append that expects no stream goes through only if the stream holds no event",
            any_version_is_accepted:
                "an append that expects any version goes through whatever the version is",
            a_conflict_names_what_was_expected_and_what_is:
                "a conflict names the stream that conflicts, the expected version and the actual one",
            an_append_without_events_enforces_its_version:
                "an append that only remembers commands is guarded by the expected version as well",
        }
        durability {
            acknowledged_events_survive_reopening:
                "what was acknowledged is there after the store was closed and opened again, unchanged",
            commands_survive_reopening:
                "a command handled before the store was closed is known after it was opened again",
            appending_goes_on_after_reopening:
                "after reopening, versions and positions go on where they were, and time does not go back",
        }
        writers {
            one_writer_wins_each_version:
                "of writers that append to a stream at the same version at the same time, exactly one succeeds",
            no_update_is_lost:
                "writers that reload and retry after each conflict all get their events in, each once",
            appends_at_any_version_all_land:
                "concurrent appends to one stream at any version all land, each batch in one piece",
            writers_on_many_streams_all_land:
                "concurrent appends to different streams do not disturb each other",
            appends_over_crossing_streams_stay_whole:
                "concurrent appends over the same two streams, named in either order, are each all or nothing",
        }
        order {
            versions_have_no_holes:
                "the versions of a stream are 1, 2, 3 and so on",
            events_of_a_batch_keep_their_order:
                "the events of a batch stand in their stream and in the log in the order they were given",
            positions_grow_in_append_order:
                "every event of an append has a position above all that were there before",
            the_log_has_one_order:
                "the log reads the same every time, whatever the page size, and backwards it is its exact reverse",
        }
        live {
            a_live_reader_sees_every_event_once:
                "a reader that pages through the log while writers append sees each event once, in the order of a later full read",
            a_live_reader_of_a_filter_misses_nothing:
                "a reader of a filter that follows the log while writers append sees each wanted event once",
            nothing_appears_before_a_head_once_seen:
                "once the head is at a position, nothing new becomes visible at or before it",
            a_live_stream_page_is_one_instant:
                "a page of a stream and the version it carries are of the same instant, while writers append",
        }
        commands {
            a_repeated_command_is_told_its_first_result:
                "an append with a known command id stores nothing and names the first result: stream, versions, events and last position",
            a_command_is_known_on_every_stream:
                "a command id is known for the whole store, not for one stream",
            a_command_is_judged_before_the_version:
                "a repeated command is told so even where its stream has moved on",
            racing_requests_with_one_command_act_once:
                "of concurrent appends with the same command id exactly one is stored; the others are told its result",
            the_known_commands_of_a_request_are_named:
                "of a request whose commands are partly known, exactly the known ones are named and nothing is stored",
            a_command_without_events_is_remembered:
                "a command that caused nothing is known afterwards, with no events and no position",
            commands_account_for_their_events:
                "the commands of one append are each remembered with their own events, in order",
            commands_of_several_streams_are_kept_apart:
                "the commands of an append over several streams are each remembered with their stream",
            handled_commands_are_given_in_the_order_asked:
                "asked for commands, the store gives those it knows in the order asked, and leaves the others out",
            many_commands_can_be_asked_for:
                "thousands of command ids can be asked for at once",
            commands_of_a_failed_append_stay_unknown:
                "a command whose append was refused was not handled, and may be tried again",
        }
        envelope {
            payloads_are_kept_byte_for_byte:
                "a payload is given back as it was, with its spaces, its order of fields and its notation",
            metadata_is_kept:
                "metadata is given back as it was: every field, and the user's own keys at any depth",
            tags_are_kept:
                "tags are given back sorted and without repeats, whatever characters they hold",
            ids_types_and_schema_versions_are_kept:
                "event ids, event types and schema versions are given back as they were",
            recorded_time_is_the_clocks_in_microseconds:
                "an event's recorded time is its clock's, cut to microseconds, the same for all of an append",
            recorded_time_never_decreases:
                "the recorded time never decreases along the log, even if the clock goes backwards",
        }
        stream_ids {
            stream_ids_are_kept:
                "a stream's address is given back as it was, whatever characters it holds and however long it is",
            similar_streams_are_told_apart:
                "addresses that differ in case, spaces, separators, wildcards or normalisation are different streams",
        }
        streams {
            pages_cover_a_stream:
                "reading a stream page after page gives each event once, in order, for every page size",
            pages_cover_a_stream_backwards:
                "reading a stream backwards gives each event once, newest first, for every page size",
            the_bounds_of_a_stream_query_are_kept:
                "of a stream are read the events after `after`, up to and including `until`",
            more_is_exact_for_a_stream:
                "a page of a stream says that there is more exactly if the query has further events",
            stream_pages_are_bounded:
                "a page of a stream never holds more events than asked for",
            every_stream_page_carries_the_version:
                "every page of a stream carries the version the whole stream is at",
            an_empty_stream_is_an_empty_page:
                "a stream without events is an empty page at version zero",
            a_long_stream_is_read_in_pages:
                "a stream of thousands of events is read in pages, from both ends and in the middle",
        }
        log {
            pages_cover_the_log:
                "reading the log page after page gives each event once, in order, for every page size and from every position",
            pages_cover_the_log_backwards:
                "reading the log backwards gives each event before the position once, newest first",
            log_pages_are_bounded:
                "a page of the log never holds more events than asked for",
            an_empty_log_is_an_empty_page:
                "a log without events is an empty page, and its head is the start",
            a_reader_resumes_where_it_stopped:
                "reading on from the last page's `next` gives exactly what was appended since",
        }
        filters {
            the_log_is_filtered_by_event_type:
                "a filter on event types gives the events of any of them",
            the_log_is_filtered_by_aggregate_type:
                "a filter on the aggregate type gives the events of its streams",
            the_log_is_filtered_by_stream:
                "a filter on a stream gives its events and no others",
            the_log_is_filtered_by_tags:
                "a filter on tags gives the events that have all of them",
            the_log_is_filtered_by_time:
                "a filter on the recorded time includes its start and excludes its end",
            conditions_of_a_filter_narrow_each_other:
                "a filter with several conditions gives the events that meet all of them",
        }
        schema_versions {
            every_version_of_an_event_is_seen:
                "each event type and schema version ever appended to an aggregate type is seen at once, named once, sorted",
            versions_of_a_failed_append_stay_unseen:
                "a schema version is seen with the append that brings it, or not at all",
            of_racing_appends_the_winners_version_is_seen:
                "of concurrent appends at the same version, each of another shape, the shape of the one that succeeds is seen",
            seen_versions_survive_reopening:
                "what was seen before the store was closed is seen after it was opened again",
            events_are_counted_by_their_version:
                "asked for it, the store counts its events by aggregate type, event type and schema version",
        }
        identity {
            a_log_keeps_its_identity:
                "the identity of a log is the same while it grows, and after it was closed and opened again",
            separate_logs_are_told_apart:
                "logs that were created apart have different identities, whatever is appended to them",
        }
        snapshots {
            a_snapshot_is_given_back_as_saved:
                "a snapshot is given back exactly as it was saved, even if its checksum is wrong",
            a_newer_snapshot_replaces_an_older:
                "of two snapshots of one shape the later version is kept, whichever was saved last",
            a_snapshot_of_another_shape_replaces:
                "a snapshot of another shape replaces the one that is kept, even if its version is earlier",
            a_deleted_snapshot_is_gone:
                "a deleted snapshot is gone, and another may be saved",
            snapshots_are_kept_per_stream:
                "each stream has its own snapshot",
            snapshots_leave_the_events_alone:
                "saving and deleting snapshots changes no event, version or position",
        }
        beside {
            stores_on_one_storage_see_each_others_appends:
                "what one store acknowledged, another that is open on the same storage sees at once",
            stores_on_one_storage_guard_each_others_versions:
                "of writers at the same version in several stores on one storage, exactly one succeeds",
            stores_on_one_storage_know_each_others_commands:
                "of appends with the same command id in several stores on one storage, exactly one is stored",
            stores_on_one_storage_see_each_others_versions:
                "a schema version that one store was the first to append is seen by another that is open on the same storage",
            stores_on_one_storage_agree_on_its_identity:
                "all stores that are open on one storage tell the same identity",
            a_live_reader_sees_the_appends_of_all_stores:
                "a reader that pages through the log while several stores on one storage append sees each event once, in one order",
        }
        imports {
            imported_events_are_kept_as_they_were:
                "imported events are given back as they were: positions, streams, versions, ids, types, payloads, recorded times, metadata and tags",
            an_import_elsewhere_than_at_the_head_is_refused:
                "an import goes through if the log ends where it begins and nowhere else, and its refusal names both",
            an_import_with_a_hole_is_refused:
                "an import is refused if a version does not follow on the last one of its stream, and the refusal names the event",
            an_import_out_of_order_is_refused:
                "an import is refused if positions do not grow, or times decrease, within it or after what is there",
            a_refused_import_leaves_no_trace:
                "an import is all or nothing, whichever of its events is refused",
            of_racing_imports_one_is_stored:
                "of imports at the same head at the same time, exactly one is stored",
            appending_goes_on_after_an_import:
                "after an import, versions and positions go on where it ended, and time does not go back",
            imports_survive_reopening:
                "what was imported is there after the store was closed and opened again, unchanged",
        }
        imported_commands {
            imported_commands_are_known:
                "an imported command is known with its result, and is not handled again",
            a_command_is_imported_with_one_result:
                "importing a command again changes nothing, and importing it with another result is refused",
            pages_of_commands_cover_all:
                "reading the handled commands page after page gives each once, by their ids, for every page size, and only the last page is not full",
        }
        tampering {
            stored_events_cannot_be_updated:
                "the database refuses to change an event",
            stored_events_cannot_be_deleted:
                "the database refuses to delete an event",
            stored_events_cannot_be_replaced:
                "the database refuses to write one event over another",
        }
    } };
}

macro_rules! list {
    ([] $($group:ident { $($name:ident: $promise:literal,)* })*) => {
        /// All laws, the most basic first.
        pub fn laws() -> &'static [Law] {
            &[$($(
                Law {
                    name: stringify!($name),
                    promise: $promise,
                    run: |trial| Box::pin($group::$name(trial)),
                },
            )*)*]
        }
    };
}

__eventide_laws! { [list] [] }
