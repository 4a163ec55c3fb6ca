//! Where the list of laws goes on: what is kept for subscriptions and views.

/// Hands the laws before it and its own to another macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __eventide_subscription_laws {
    ([$($then:tt)*] [$($arguments:tt)*] $($before:tt)*) => { $($then)*! { [$($arguments)*]
        $($before)*
        opening {
            a_subscription_begins_as_asked:
                "a new subscription is divided as asked, begins after the mark asked for, and nobody holds its partitions",
            opening_again_finds_a_subscription_as_it_is:
                "a subscription that is opened again, even with other wishes, stays as it is, its leases included",
            of_racing_openings_one_counts:
                "of concurrent openings of one subscription one makes it, and all find the same",
            subscriptions_are_listed_by_their_names:
                "the subscriptions are listed by their names, sorted byte by byte, and one that was not opened is not there",
            a_fingerprint_stays_until_another_is_accepted:
                "the fingerprint of a subscription is kept, and changes when another is accepted, and nothing else with it",
            a_subscription_that_was_not_opened_is_refused:
                "of a subscription that is not there nothing is claimed, taken over or divided, and none is made by it",
        }
        leases {
            a_claimed_partition_is_not_claimed_again:
                "a partition that is held is not claimed, and its owner is told by the status",
            a_released_partition_is_claimed_again:
                "a partition that was released can be claimed, and the lease that was released no longer counts",
            the_partition_that_came_least_far_is_claimed_first:
                "of several free partitions the one whose slowest range came least far is claimed",
            workers_that_claim_at_once_get_different_partitions:
                "of workers that claim at the same time each gets a partition of its own, while there are any",
            a_lease_runs_out:
                "a lease that was not renewed in time can be claimed by another, and no longer counts then",
            an_expired_lease_that_nobody_took_still_counts:
                "a lease that ran out counts until somebody takes the partition, and can be renewed",
            a_renewed_lease_lasts_longer:
                "a lease that was renewed is held past the time it was claimed for",
        }
        fencing {
            a_take_over_fences_the_former_holder:
                "whoever takes a partition over holds it; the former holder can neither write, renew nor release",
            tokens_only_grow:
                "each claim of a partition gets a higher token, across release, expiry, take-over and division",
            a_lost_lease_changes_nothing:
                "a step with a lost lease is refused, names the lease, and changes nothing at all",
        }
        checkpoints {
            checkpoints_only_move_forward:
                "a step moves its own partition forward; a step back, or to nowhere, leaves it where it is",
            each_range_of_a_partition_moves_forward_only:
                "of a partition with ranges at several places a step moves those that are behind it",
            a_mark_is_kept_whole:
                "a mark is given back as it was: the log, the position and the event",
            claiming_and_renewing_tell_the_checkpoints:
                "claiming, taking over, renewing and the status tell the same checkpoints, those of the last step",
            a_partition_tells_when_it_moved:
                "a partition tells when it last moved, and renewing or a step to nowhere is no move",
        }
        dividing {
            dividing_anew_keeps_every_slices_place:
                "after a division each slice is in the partition it belongs to, and exactly as far as before",
            dividing_anew_ends_all_leases:
                "after a division no lease from before it counts, now or later",
            dividing_into_as_many_changes_nothing:
                "dividing a subscription into as many partitions as it has changes nothing, its leases included",
            dividing_loses_no_step_taken_meanwhile:
                "of steps taken while a subscription is divided, those that were acknowledged and no others count",
        }
        advances {
            a_step_is_visible_at_once:
                "once a step is acknowledged, all of it is there: place, documents, letters, decisions and routes",
            a_step_that_is_refused_leaves_nothing:
                "a step is all or nothing, even where its last document is what cannot be written; the lease still counts",
            a_repeated_step_changes_nothing:
                "a step that is repeated, because its answer was lost, changes nothing more",
            readers_see_steps_whole:
                "of documents that are written together, a reader sees all as before a step or all as after it",
        }
        letters {
            letters_are_kept_in_the_order_of_the_log:
                "the letters of a key are given in the order of the log, in whichever order they were parked",
            a_letter_is_kept_as_it_was:
                "a letter is given back as it was, but that it was parked by the clock of the store",
            a_letter_that_is_parked_again_is_replaced:
                "a letter that is parked again is there once, as it was the last time",
            letters_are_read_in_pages:
                "reading the letters of a key page after page gives each once, for every page size",
            handled_letters_are_gone:
                "a letter that was handled is gone, one that was not there does no harm, and no others go",
            dropped_letters_are_gone_and_their_decisions_stay:
                "a letter that was dropped is gone; the decision stays, the latest first, with its letter, its reason and who made it",
            letters_of_subscriptions_are_kept_apart:
                "each subscription has its own letters",
        }
        parked {
            what_is_parked_agrees_with_the_letters:
                "a key is parked exactly while letters of it wait; the parked keys, their counts, their first letters and the status agree",
            parked_keys_are_read_in_pages:
                "reading the parked keys page after page gives each once, sorted byte by byte, for every page size",
            thousands_of_keys_can_be_asked_for:
                "of thousands of keys those that are parked can be asked for at once",
        }
        routes {
            a_route_never_changes_once_remembered:
                "a stream leads to the key that was remembered first, whatever is said of it later",
            routes_are_given_in_the_order_asked:
                "routes are given in the order asked, each stream on its own, those of one subscription only",
        }
        forgetting {
            forgetting_removes_all_but_the_decisions:
                "a subscription that is forgotten is gone with its checkpoints, letters and routes; its decisions and all else stay",
            forgetting_ends_all_leases:
                "after a subscription was forgotten no lease of it counts, also once one of its name is opened",
            tokens_go_on_where_a_subscription_is_made_anew:
                "a subscription that is made again after it was forgotten gives higher tokens than before, and fences former holders out",
        }
        views {
            a_view_opened_again_keeps_its_documents:
                "a view that is opened again is as it was",
            a_view_opened_by_many_at_once_is_opened:
                "of concurrent openings of one view all succeed",
            a_view_opened_with_other_columns_is_refused:
                "a view that is there with other columns is not opened, and stays as it is",
            a_dropped_view_is_gone:
                "a view that was dropped is gone with its documents, and can be made anew with other columns",
            views_are_kept_apart:
                "views of another name, version or generation have their own documents",
            a_generation_serves_until_another_is_chosen:
                "of each version of a view the first generation serves, until another is chosen",
            columns_are_named_after_any_field:
                "a column can be named with a word that a database has reserved",
        }
        serving {
            a_generation_is_chosen_while_the_leases_are_held:
                "a generation is chosen only while each of the leases counts that have to be held; otherwise the lost one is named and nothing changes",
            whoever_takes_a_lease_finds_what_was_chosen_by_it:
                "of choosing a generation by a lease and taking that lease at the same time one comes first: whoever takes it finds what was chosen, or nothing is chosen after it",
        }
        documents {
            documents_are_put_replaced_and_deleted:
                "a document is what it was last said to be, and gone once deleted; deleting nothing does no harm",
            documents_are_given_in_the_order_asked:
                "documents are given in the order asked, as often as asked, and nothing for those that are not there",
            documents_are_kept_byte_for_byte:
                "a document is given back as it was, with its spaces, its order of fields and its notation, however large",
            similar_keys_are_told_apart:
                "keys of up to a kibibyte are kept as they are, and those that differ in anything are different documents",
            thousands_of_documents_are_written_at_once:
                "thousands of documents can be written in one step, and asked for at once",
        }
        columns {
            all_kinds_of_columns_are_compared:
                "every kind of column is compared in its own order, text byte by byte; an empty one is equal to empty and compares with nothing else",
            conditions_on_columns_narrow_each_other:
                "a query with several conditions gives the documents that meet all of them",
            replacing_a_document_replaces_its_columns:
                "a document is found by what its columns are, and no longer by what they were",
        }
        paging {
            pages_give_each_document_once_by_key:
                "reading documents page after page gives each once, by their keys byte by byte, in both directions, for every page size",
            pages_give_each_document_once_by_every_kind_of_column:
                "reading documents page after page by a column gives each once, empty ones first and ties by their keys, in both directions",
            pages_of_what_is_filtered_give_each_once:
                "reading what meets conditions page after page gives each document once, whatever the order",
            paging_goes_on_where_its_last_document_is_gone:
                "reading goes on after the last document of a page even where that was deleted since",
        }
        unique {
            a_unique_column_refuses_a_value_again:
                "a value that another document has in a unique column is refused as a constraint, with the table and the column, also within one step",
            a_unique_value_belongs_to_its_document:
                "a document may keep its unique value, and one that was given up is free",
            a_value_is_free_with_the_deletion_of_its_document:
                "a step may give the unique value of a document it deletes to another, in whichever order it names them",
            empty_unique_columns_never_clash:
                "any number of documents may have an empty unique column",
        }
        with_appends {
            what_a_step_comes_to_is_there_with_its_append:
                "once an append is acknowledged, what a step came to is there with its events: place, documents, letters, decisions and routes",
            a_step_is_shown_what_is_recorded:
                "a step is shown where the log ended before, and the events as every reader finds them afterwards",
            a_step_is_answered_as_anybody:
                "a step is answered what anybody is: which generation serves, documents, routes and parked keys; it takes over what its partition came to",
            a_step_fences_the_former_holder:
                "a step takes its partition over: the former holder can neither write, renew nor release, and the step's own lease counts",
            a_request_that_does_not_stand_takes_no_step:
                "for a conflict, a repeated command, a repeated event id and a malformed request no step is begun",
            an_append_without_events_takes_no_step:
                "an append that only remembers commands is done, and no step is begun for it",
        }
        refusals {
            a_step_that_refuses_leaves_nothing:
                "where a step refuses, or does not stand, nothing is there of it and of its append: no event, command, shape, document or lease; its positions are the next append's",
            a_step_that_fails_leaves_nothing:
                "a step that panics, or waits for anything but its store, is a failure of its own append, and the store goes on",
            a_step_that_clashes_leaves_nothing:
                "a step whose documents clash in a unique column refuses its append with the table and the column, and nothing of either is there, also of other views",
        }
        counting {
            steps_of_concurrent_appends_lose_no_update:
                "of concurrent appends each step sees what the steps before it wrote, and none of those that were refused or of appends without one",
            steps_of_stores_on_one_storage_lose_no_update:
                "the steps of appends to several stores on the same storage see what each other's wrote as well",
        }
        workers {
            stores_on_one_storage_see_each_others_claims:
                "a partition that is held through one store is not claimed through another on the same storage",
            stores_on_one_storage_fence_each_others_workers:
                "a take-over or division through one store fences the holder that writes through another",
            stores_on_one_storage_see_each_others_steps:
                "what was acknowledged to one store, and what was dropped or forgotten, another on the same storage sees at once",
        }
        keeping {
            steps_survive_reopening:
                "what steps wrote is there after the store was closed and opened again, and what was dropped or forgotten is not",
            leases_survive_reopening:
                "a lease is held, and a lost one lost, after the store was closed and opened again, and tokens go on from where they were",
        }
    } };
}
