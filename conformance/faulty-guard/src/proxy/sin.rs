//! The registry of the proxy role's sins: one file per sin, one line here. Each stands for a failure
//! seen in the field, named in its file. Never an honest behaviour, which is a hook's default.

mod adds_instructions;
mod adds_member;
mod alters_opening;
mod approval_id_raw;
mod approval_not_shown;
mod approves_all_held;
mod bad_json_ends;
mod batch_passes;
mod bom_passes;
mod breaker;
mod caches_verdict;
mod calls_logged;
mod calls_twice;
mod carriage_return_passes;
mod child_only_closed;
mod child_orphaned;
mod child_outlives_kill;
mod closed_on_failure;
mod death_silent;
mod death_zero;
mod denial_as_result;
mod depth_passes;
mod drops_annotations;
mod drops_cancellation;
mod drops_client_answers;
mod drops_meta;
mod drops_notifications;
mod drops_other_content;
mod drops_output_schema;
mod drops_progress;
mod drops_request_state;
mod drops_server_requests;
mod drops_structured;
mod drops_task;
mod drops_titles;
mod drops_unknown_fields;
mod duplicate_method_passes;
mod duplicate_name_passes;
mod environment_emptied;
mod eof_drops_open_calls;
mod eof_ignored_by_proxy;
mod error_to_result;
mod escaped_method_passes;
mod escaped_name_passes;
mod escapes_lost;
mod failure_answered_ok;
mod fills_arguments;
mod first_line_only;
mod first_page_only;
mod flattens_is_error;
mod forwards_before_verdict;
mod forwards_denied;
mod forwards_held;
mod forwards_on_failure;
mod forwards_on_refusal;
mod forwards_unknown_decision;
mod forwards_unsanitized;
mod holds_everything;
mod holds_for_ever;
mod key_in_arguments;
mod key_in_child;
mod key_renamed_in_child;
mod large_line_crash;
mod lockstep;
mod memory_open;
mod nan_passes;
mod noise_fatal;
mod noise_relayed;
mod notification_answered;
mod notification_passes;
mod null_arguments_crash;
mod one_at_a_time_upstream;
mod pins_version;
mod reasons_hidden;
mod redacts_token;
mod refuses_unknown_methods;
mod renames_ids;
mod requires_arguments;
mod retry_passes;
mod rounds_ids;
mod rounds_numbers;
mod runs_after_cancel;
mod runs_after_denial;
mod runs_after_expiry;
mod runs_after_hold;
mod runs_late_allow;
mod sanitizes_without_body;
mod scalar_crash;
mod scans_by_name_only_once;
mod scans_without_body;
mod stderr_swallowed;
mod stderr_undrained;
mod swallows_client_notifications;
mod task_passes;
mod term_leaves_child;
mod tools_only;
mod truncates;
mod trusts_approval;
mod unlisted_refused;
mod url_without_server;
mod utf8_passes;

use super::honest::Proxy;
use crate::sin::{Role, Sin};

const fn sin(name: &'static str, does: &'static str, proxy: &'static dyn Proxy) -> Sin {
    Sin { name, does, role: Role::Proxy(proxy) }
}

/// Every sin of the proxy role, by what the cases that catch it look at.
#[rustfmt::skip] // One line per sin, however long, is the point of the table.
pub(crate) const ALL: &[Sin] = &[
    // encoding
    sin("escaped-method-passes", "forwards a call unscanned when its method is escaped in the line", &escaped_method_passes::EscapedMethodPasses),
    sin("escaped-name-passes", "forwards a call unscanned when its tool name is escaped in the line", &escaped_name_passes::EscapedNamePasses),
    sin("duplicate-name-passes", "forwards a call unscanned when it has two names", &duplicate_name_passes::DuplicateNamePasses),
    sin("duplicate-method-passes", "forwards a message unscanned when it has two methods", &duplicate_method_passes::DuplicateMethodPasses),
    sin("nan-passes", "forwards a line unscanned that has NaN or Infinity in it", &nan_passes::NanPasses),
    sin("carriage-return-passes", "forwards a line unscanned that has a bare carriage return in it", &carriage_return_passes::CarriageReturnPasses),
    sin("batch-passes", "forwards an array unscanned, in every version", &batch_passes::BatchPasses),
    sin("first-line-only", "looks only at the first line of what arrives in one read, and passes on the rest with it", &first_line_only::FirstLineOnly),
    sin("bom-passes", "forwards a line unscanned that begins with a byte order mark", &bom_passes::BomPasses),
    sin("utf8-passes", "forwards a line unscanned that is not UTF-8", &utf8_passes::Utf8Passes),
    sin("depth-passes", "forwards a line unscanned that nests deeper than it reads", &depth_passes::DepthPasses),
    sin("task-passes", "forwards a call unscanned that asks for a task", &task_passes::TaskPasses),
    sin("retry-passes", "forwards a call unscanned that answers an input_required", &retry_passes::RetryPasses),
    sin("notification-passes", "forwards a tools/call without id unscanned", &notification_passes::NotificationPasses),
    sin("notification-answered", "answers a tools/call without id with an error", &notification_answered::NotificationAnswered),
    // lines that break it
    sin("null-arguments-crash", "ends when the arguments of a call are no object", &null_arguments_crash::NullArgumentsCrash),
    sin("scalar-crash", "ends when a line is JSON but no message", &scalar_crash::ScalarCrash),
    sin("bad-json-ends", "ends with exit code 0 when a line is not JSON", &bad_json_ends::BadJsonEnds),
    sin("large-line-crash", "ends when a line is longer than 512 KB", &large_line_crash::LargeLineCrash),
    // decisions
    sin("forwards-denied", "forwards a call that was denied", &forwards_denied::ForwardsDenied),
    sin("forwards-on-failure", "forwards a call when its scan failed", &forwards_on_failure::ForwardsOnFailure),
    sin("forwards-unsanitized", "forwards the original arguments on SANITIZE", &forwards_unsanitized::ForwardsUnsanitized),
    sin("forwards-held", "forwards a call at once that needs an approval", &forwards_held::ForwardsHeld),
    sin("forwards-unknown-decision", "forwards a call when the decision is none of the four", &forwards_unknown_decision::ForwardsUnknownDecision),
    sin("forwards-on-refusal", "forwards a call on 401, 413 and 429 when INTERVEN_FAIL_OPEN is 1", &forwards_on_refusal::ForwardsOnRefusal),
    sin("closed-on-failure", "fails closed when INTERVEN_FAIL_OPEN is 1", &closed_on_failure::ClosedOnFailure),
    sin("holds-for-ever", "waits for the gateway for ever", &holds_for_ever::HoldsForEver),
    sin("sanitizes-without-body", "forwards the original arguments when a SANITIZE lacks sanitized_body", &sanitizes_without_body::SanitizesWithoutBody),
    sin("forwards-before-verdict", "forwards a call while its scan is still under way", &forwards_before_verdict::ForwardsBeforeVerdict),
    sin("calls-twice", "forwards every call twice", &calls_twice::CallsTwice),
    sin("caches-verdict", "remembers the verdict for identical calls", &caches_verdict::CachesVerdict),
    sin("scans-by-name-only-once", "never scans a tool again that was allowed once", &scans_by_name_only_once::ScansByNameOnlyOnce),
    sin("breaker", "refuses every call after three denials", &breaker::Breaker),
    sin("scans-without-body", "asks without the arguments of the call", &scans_without_body::ScansWithoutBody),
    sin("url-without-server", "asks under a url that does not name the server", &url_without_server::UrlWithoutServer),
    sin("denial-as-result", "answers a denied call without isError", &denial_as_result::DenialAsResult),
    sin("failure-answered-ok", "answers a call whose scan failed without isError", &failure_answered_ok::FailureAnsweredOk),
    sin("reasons-hidden", "does not say why a call was denied", &reasons_hidden::ReasonsHidden),
    // approvals
    sin("trusts-approval", "forwards an approved call without a second scan", &trusts_approval::TrustsApproval),
    sin("runs-after-denial", "forwards a held call when the analyst has denied it", &runs_after_denial::RunsAfterDenial),
    sin("runs-after-expiry", "forwards a held call when its approval has expired", &runs_after_expiry::RunsAfterExpiry),
    sin("runs-after-hold", "forwards a held call when nobody has decided in time", &runs_after_hold::RunsAfterHold),
    sin("approves-all-held", "forwards every held call once any is approved", &approves_all_held::ApprovesAllHeld),
    sin("approval-not-shown", "does not say which approval a call needs, nor where", &approval_not_shown::ApprovalNotShown),
    sin("runs-after-cancel", "runs a call that was cancelled while it was scanned or held", &runs_after_cancel::RunsAfterCancel),
    sin("holds-everything", "lets a scanned or held call stop everything behind it", &holds_everything::HoldsEverything),
    // the key, and what calls carry
    sin("key-renamed-in-child", "leaves the key in the upstream's environment under another name", &key_renamed_in_child::KeyRenamedInChild),
    sin("memory-open", "lets every process of its user read its memory", &memory_open::MemoryOpen),
    sin("calls-logged", "writes every call to stderr", &calls_logged::CallsLogged),
    sin("approval-id-raw", "asks about an approval with its id as it came, whatever is in it", &approval_id_raw::ApprovalIdRaw),
    // time
    sin("runs-late-allow", "runs a call that it has refused, once its verdict comes after all", &runs_late_allow::RunsLateAllow),
    // fidelity
    sin("rounds-ids", "answers under an id rounded to a double", &rounds_ids::RoundsIds),
    sin("renames-ids", "answers under a number when the id was a string", &renames_ids::RenamesIds),
    sin("drops-meta", "drops _meta from params and results, save what the protocol itself put there", &drops_meta::DropsMeta),
    sin("drops-unknown-fields", "drops every field of a result and of a tool that it does not know", &drops_unknown_fields::DropsUnknownFields),
    sin("drops-annotations", "drops the annotations of tools", &drops_annotations::DropsAnnotations),
    sin("drops-output-schema", "drops the output schema of tools", &drops_output_schema::DropsOutputSchema),
    sin("drops-titles", "drops the title of tools", &drops_titles::DropsTitles),
    sin("requires-arguments", "makes every argument of a tool required", &requires_arguments::RequiresArguments),
    sin("first-page-only", "hides that there are more pages of tools", &first_page_only::FirstPageOnly),
    sin("alters-opening", "opens the session under its own name, without the instructions of the upstream", &alters_opening::AltersOpening),
    sin("unlisted-refused", "refuses the tools that were not on the first page", &unlisted_refused::UnlistedRefused),
    sin("flattens-is-error", "answers isError false when the upstream said true", &flattens_is_error::FlattensIsError),
    sin("error-to-result", "answers an error of the upstream as a result", &error_to_result::ErrorToResult),
    sin("drops-structured", "drops structuredContent from results", &drops_structured::DropsStructured),
    sin("drops-other-content", "drops every block of a result that is not text", &drops_other_content::DropsOtherContent),
    sin("adds-instructions", "adds a sentence to the text of results", &adds_instructions::AddsInstructions),
    sin("redacts-token", "redacts the progressToken of notifications", &redacts_token::RedactsToken),
    sin("drops-progress", "drops progress notifications", &drops_progress::DropsProgress),
    sin("drops-server-requests", "drops the requests that the upstream makes of the client", &drops_server_requests::DropsServerRequests),
    sin("drops-client-answers", "does not pass the client's answers on to the upstream", &drops_client_answers::DropsClientAnswers),
    sin("drops-notifications", "drops every notification of the upstream", &drops_notifications::DropsNotifications),
    sin("truncates", "cuts off what is longer than 64 KB of a line, both ways", &truncates::Truncates),
    sin("escapes-lost", "writes ? for every character that is not ASCII, both ways", &escapes_lost::EscapesLost),
    sin("drops-cancellation", "does not tell the upstream that a call was cancelled", &drops_cancellation::DropsCancellation),
    sin("rounds-numbers", "rounds the numbers in arguments to doubles", &rounds_numbers::RoundsNumbers),
    sin("adds-member", "adds a member to the parameters of every call", &adds_member::AddsMember),
    sin("fills-arguments", "forwards a call without arguments with {}", &fills_arguments::FillsArguments),
    sin("pins-version", "asks the upstream for 2025-06-18 in every handshake", &pins_version::PinsVersion),
    sin("drops-task", "drops task from a call", &drops_task::DropsTask),
    sin("drops-request-state", "drops requestState from a retry", &drops_request_state::DropsRequestState),
    sin("swallows-client-notifications", "does not pass the client's notifications on", &swallows_client_notifications::SwallowsClientNotifications),
    sin("refuses-unknown-methods", "answers a method that it does not know itself", &refuses_unknown_methods::RefusesUnknownMethods),
    sin("tools-only", "refuses every method but those of tools", &tools_only::ToolsOnly),
    sin("lockstep", "sends the next line only when the upstream has written one for the line before", &lockstep::Lockstep),
    sin("one-at-a-time-upstream", "sends the next request only when the upstream has answered the one before", &one_at_a_time_upstream::OneAtATimeUpstream),
    // the upstream's process
    sin("noise-relayed", "relays what the upstream writes on stdout although it is no message", &noise_relayed::NoiseRelayed),
    sin("noise-fatal", "ends when the upstream writes on stdout what is no message", &noise_fatal::NoiseFatal),
    sin("stderr-undrained", "never reads the upstream's stderr", &stderr_undrained::StderrUndrained),
    sin("stderr-swallowed", "reads the upstream's stderr and shows it to nobody", &stderr_swallowed::StderrSwallowed),
    sin("death-silent", "does not answer what is open when the upstream ends", &death_silent::DeathSilent),
    sin("death-zero", "ends with exit code 0 when the upstream has failed", &death_zero::DeathZero),
    sin("child-outlives-kill", "leaves the upstream alone when it is killed", &child_outlives_kill::ChildOutlivesKill),
    sin("child-orphaned", "ends without ending the upstream", &child_orphaned::ChildOrphaned),
    sin("term-leaves-child", "leaves the upstream alone when it is told to end", &term_leaves_child::TermLeavesChild),
    sin("child-only-closed", "waits for the upstream for ever after closing its stdin", &child_only_closed::ChildOnlyClosed),
    sin("key-in-child", "leaves the key in the upstream's environment", &key_in_child::KeyInChild),
    sin("key-in-arguments", "gives the key to the upstream as an argument", &key_in_arguments::KeyInArguments),
    sin("environment-emptied", "starts the upstream with PATH and HOME only", &environment_emptied::EnvironmentEmptied),
    sin("eof-ignored-by-proxy", "stays alive after stdin closed, and the upstream with it", &eof_ignored_by_proxy::EofIgnoredByProxy),
    sin("eof-drops-open-calls", "ends at once when stdin has closed, with calls open", &eof_drops_open_calls::EofDropsOpenCalls),
];
