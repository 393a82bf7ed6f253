//! The proxy as a client meets it, between a gateway of another make and a server that does what it is
//! told: what runs, what does not, and what each of them saw of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod approvals;
mod client;
mod enforcement;
mod fidelity;
mod gateway;
mod hostile;
mod life;
mod reports;
mod upstream;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

/// Names each test by its path.
macro_rules! trials {
    ($($module:ident: $($test:ident),+;)+) => {
        vec![$($(Trial::test(concat!(stringify!($module), "::", stringify!($test)), || {
            $module::$test();
            Ok(())
        })),+),+]
    };
}

fn main() -> ExitCode {
    // The upstream is this program, started again.
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("upstream") {
        upstream::serve(&arguments.next().unwrap_or_default());
        return ExitCode::SUCCESS;
    }
    let trials = trials! {
        enforcement:
            the_four_decisions_are_followed, a_call_arrives_as_it_was_judged, arguments_are_replaced_and_nothing_else,
            every_encoding_of_a_call_is_judged, what_is_not_strict_is_answered_and_goes_no_further,
            a_call_without_an_id_never_runs, a_failed_scan_is_an_error_and_nothing_runs,
            a_gateway_that_hangs_is_given_up, fail_open_covers_an_outage_alone, a_denied_task_is_an_error, results_of_ours_say_what_2026_07_28_asks,
            a_batch_is_judged_call_by_call, a_batch_without_a_call_goes_on_whole, batches_belong_to_one_version,
            nobody_waits_for_another_s_scan, a_cancelled_call_never_runs, many_calls_are_each_answered_with_their_own,
            an_id_in_use_is_refused;
        hostile:
            a_server_cannot_answer_what_it_was_not_asked, no_answer_hides_behind_another_message,
            an_id_that_the_client_used_is_the_server_s_too, what_came_before_a_cancellation_answers_nothing_after_it,
            an_approval_of_a_cancelled_call_runs_nothing,
            a_call_in_pieces_is_one_call, whose_answer_an_error_is;
        fidelity:
            a_session_is_the_same_with_and_without_the_guard, a_stateless_session_is_too,
            noise_goes_no_further, large_messages_pass_both_ways, what_only_we_find_hard_to_read_is_the_client_s,
            a_flood_of_stderr_passes, the_other_side_of_a_line_s_end;
        approvals:
            an_approved_call_runs, a_call_that_is_not_approved_never_runs, nothing_is_held_where_none_is_to_be,
            a_user_is_shown_the_page, a_user_who_declines_has_decided, progress_tells_what_is_waited_for,
            a_call_cancelled_while_it_waits_never_runs, an_approval_is_looked_at_no_faster_than_allowed,
            only_an_allow_runs_after_an_approval, a_stateless_call_comes_again, a_stateless_call_that_cannot_be_shown_is_answered,
            a_held_call_of_a_session_that_ends_is_told_that_it_did_not_run;
        life:
            the_end_of_the_server_answers_all_and_passes_its_code_on, a_server_that_cannot_start_is_told,
            a_stubborn_server_is_ended_with_its_children, the_server_ends_with_the_guard, a_signal_ends_both,
            the_key_is_nowhere, what_ends_soon_is_answered_and_nothing_new_runs, a_deaf_server_holds_nobody,
            a_client_that_reads_nothing_can_leave, the_command_line_is_told_what_it_lacks, a_configured_client_starts_the_proxy;
        reports:
            results_are_reported_behind_the_client, nothing_is_reported_that_was_not_traced_or_wanted,
            a_task_is_reported_when_it_is_done;
    };
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
