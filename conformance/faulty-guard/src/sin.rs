//! The registry of sins: one file per sin, one line here. Each stands for a failure seen in the
//! field, named in its file. Never an honest behaviour, which is a hook's default.

mod about_missing;
mod accepts_any_certificate;
mod agent_per_process;
mod answers_crossed;
mod answers_malformed;
mod answers_notification;
mod answers_twice;
mod answers_unasked;
mod any_resource;
mod approval_assumed;
mod approval_by_url;
mod approval_hidden;
mod approval_id_remembered;
mod approval_swapped;
mod asks_client;
mod bad_json_allowed;
mod bad_timeout_defaulted;
mod bad_url_accepted;
mod banner_on_stdout;
mod bare_allow;
mod bare_word_read;
mod batch_refused;
mod batch_served;
mod body_cut;
mod body_defaulted;
mod body_reencoded;
mod bom_stripped;
mod broken_answer_allowed;
mod budget_per_read;
mod budget_to_head;
mod cache_hints_missing;
mod cached_verdict;
mod cancel_answered;
mod cancel_ignored;
mod cancels_all;
mod client_errors_allowed;
mod codes_collapsed;
mod cr_ends_line;
mod crashes_on_call;
mod crlf_refused;
mod cursor_ignored;
mod deep_nesting_allowed;
mod deep_nesting_silent;
mod demo_key;
mod deny_as_allow;
mod deny_is_error;
mod depth_cut;
mod dies_on_huge_answer;
mod dies_on_malformed;
mod dies_on_notification;
mod discover_bare;
mod discover_demanded;
mod drops_under_load;
mod drops_work_on_eof;
mod early_eof_error;
mod empty_answer_allowed;
mod error_swallowed;
mod exits_nonzero;
mod fail_open;
mod fail_open_ignored;
mod fail_open_on_any_error;
mod fail_open_on_any_status;
mod fail_open_on_bad_call;
mod fail_open_on_bad_verdict;
mod fail_open_on_deny;
mod fail_open_on_refusal;
mod fail_open_on_refused_only;
mod fail_open_sticky;
mod follows_redirects;
mod gives_up_early;
mod http_anywhere;
mod id_stringified;
mod ignores_eof;
mod incomplete_verdict_allowed;
mod input_required;
mod instructions_missing;
mod joined_lines_dropped;
mod jsonrpc_missing;
mod key_in_about;
mod key_in_base64;
mod key_in_fragments;
mod key_on_stderr;
mod keyless_allow;
mod keyless_start;
mod last_key_wins;
mod leaves_child;
mod malformed_call_served;
mod meta_unchecked;
mod method_lowercased;
pub(crate) mod nan_as_null;
mod no_deadline;
mod null_dropped;
mod old_resource_code;
mod one_approves_all;
mod one_at_a_time;
mod ping_kept;
mod ping_unknown;
mod prefix_dropped;
mod reasons_trimmed;
mod response_as_text;
mod response_dropped;
mod response_error_swallowed;
mod response_repeated;
mod response_status_dropped;
mod result_and_error;
mod result_type_missing;
mod retries_anything;
mod retries_refusals;
mod retry_after_hammered;
mod retry_after_ignored;
mod retry_after_wraps;
mod retry_without_deadline;
mod sanitized_dropped;
mod sanitized_reformatted;
mod scalar_wrapped;
mod server_info_missing;
mod serves_notifications;
mod slash_doubled;
mod status_ignored;
mod text_differs;
mod text_only;
mod too_large_allowed;
mod tool_hidden;
mod tool_name_dropped;
mod tools_undeclared;
mod trace_replaced;
mod trace_swapped;
mod unicode_stripped;
mod unknown_decision_allowed;
mod unknown_fields_dropped;
mod unknown_method_silent;
mod unknown_tool_served;
mod unterminated_served;
mod url_defaulted;
mod url_normalised;
mod utf8_replaced;
mod version_ignored;
mod version_oldest;
mod version_unchecked;
mod waits_out_retry_after;

use crate::guard::Guard;
use crate::proxy::{self, Proxy};

/// One way to fail.
pub(crate) struct Sin {
    pub(crate) name: &'static str,
    pub(crate) does: &'static str,
    pub(crate) role: Role,
}

/// In which role a sin is committed, and by whom.
pub(crate) enum Role {
    Scan(&'static dyn Guard),
    Proxy(&'static dyn Proxy),
}

const fn sin(name: &'static str, does: &'static str, guard: &'static dyn Guard) -> Sin {
    Sin { name, does, role: Role::Scan(guard) }
}

/// Every sin of the scan role, by the area of the cases that catch it.
#[rustfmt::skip] // One line per sin, however long, is the point of the table.
pub(crate) const ALL: &[Sin] = &[
    // mcp
    sin("tool-hidden", "does not offer interven_scan_response", &tool_hidden::ToolHidden),
    sin("id-stringified", "answers all but the opening under the id as a string when it was a number", &id_stringified::IdStringified),
    sin("unknown-method-silent", "does not answer a method it does not know", &unknown_method_silent::UnknownMethodSilent),
    sin("about-missing", "cannot read interven://about", &about_missing::AboutMissing),
    sin("dies-on-notification", "ends when it gets a notification that it does not know", &dies_on_notification::DiesOnNotification),
    sin("version-ignored", "answers every initialize with 2025-11-25", &version_ignored::VersionIgnored),
    sin("version-oldest", "answers a version it does not know with its oldest", &version_oldest::VersionOldest),
    sin("version-unchecked", "serves whatever protocolVersion a request names", &version_unchecked::VersionUnchecked),
    sin("meta-unchecked", "serves stateless requests that lack protocolVersion or clientCapabilities", &meta_unchecked::MetaUnchecked),
    sin("discover-bare", "is discovered without supportedVersions", &discover_bare::DiscoverBare),
    sin("discover-demanded", "refuses stateless requests until server/discover was called", &discover_demanded::DiscoverDemanded),
    sin("ping-kept", "answers ping in 2026-07-28", &ping_kept::PingKept),
    sin("ping-unknown", "does not know ping in any version", &ping_unknown::PingUnknown),
    sin("batch-refused", "refuses batches in 2025-03-26 too", &batch_refused::BatchRefused),
    sin("batch-served", "serves batches in every version", &batch_served::BatchServed),
    sin("unknown-tool-served", "answers an unknown tool with an empty result", &unknown_tool_served::UnknownToolServed),
    sin("malformed-call-served", "answers a tools/call that is none with a result that is no error", &malformed_call_served::MalformedCallServed),
    sin("cursor-ignored", "answers any cursor with the first page", &cursor_ignored::CursorIgnored),
    sin("tools-undeclared", "declares no tools capability", &tools_undeclared::ToolsUndeclared),
    sin("instructions-missing", "gives no instructions", &instructions_missing::InstructionsMissing),
    sin("cancel-answered", "answers a cancelled call when its scan ends", &cancel_answered::CancelAnswered),
    sin("cancel-ignored", "lets the scan of a cancelled call run to its end", &cancel_ignored::CancelIgnored),
    sin("dies-on-malformed", "ends when it gets a malformed notification", &dies_on_malformed::DiesOnMalformed),
    sin("answers-malformed", "answers a malformed notification with an error", &answers_malformed::AnswersMalformed),
    sin("any-resource", "reads interven://about for any uri", &any_resource::AnyResource),
    sin("serves-notifications", "runs a tool call that has no id", &serves_notifications::ServesNotifications),
    sin("cancels-all", "stops every call when any is cancelled", &cancels_all::CancelsAll),
    sin("codes-collapsed", "gives every error the code -32000", &codes_collapsed::CodesCollapsed),
    sin("input-required", "marks every verdict as input_required, without saying which input", &input_required::InputRequired),
    // scan
    sin("bare-allow", "drops trace_id, risk_score and risk_band from an ALLOW", &bare_allow::BareAllow),
    sin("sanitized-reformatted", "decodes sanitized_body and encodes it again", &sanitized_reformatted::SanitizedReformatted),
    sin("sanitized-dropped", "drops sanitized_body from a SANITIZE", &sanitized_dropped::SanitizedDropped),
    sin("deny-as-allow", "answers ALLOW when the gateway said DENY", &deny_as_allow::DenyAsAllow),
    sin("reasons-trimmed", "keeps only the first reason code", &reasons_trimmed::ReasonsTrimmed),
    sin("deny-is-error", "marks a DENY with isError", &deny_is_error::DenyIsError),
    sin("approval-hidden", "drops approval_id and approval_url", &approval_hidden::ApprovalHidden),
    sin("approval-swapped", "shows another approval_url than the gateway's", &approval_swapped::ApprovalSwapped),
    sin("trace-swapped", "gives every verdict a trace_id of its own", &trace_swapped::TraceSwapped),
    sin("method-lowercased", "asks with the method in lower case", &method_lowercased::MethodLowercased),
    sin("url-normalised", "asks with the url tidied: default port, trailing slash, percent escapes", &url_normalised::UrlNormalised),
    sin("tool-name-dropped", "asks without tool_name", &tool_name_dropped::ToolNameDropped),
    sin("body-reencoded", "decodes the body and encodes it again before asking", &body_reencoded::BodyReencoded),
    sin("body-defaulted", "asks with the body {} when there was none", &body_defaulted::BodyDefaulted),
    sin("null-dropped", "asks without a body when it was null", &null_dropped::NullDropped),
    sin("text-only", "gives no structuredContent", &text_only::TextOnly),
    sin("text-differs", "says ALLOW in the text of a DENY", &text_differs::TextDiffers),
    sin("url-defaulted", "asks about http://localhost/ when the url is missing", &url_defaulted::UrlDefaulted),
    sin("unknown-fields-dropped", "drops every field of a verdict that it does not know", &unknown_fields_dropped::UnknownFieldsDropped),
    sin("scalar-wrapped", "asks with {\"value\": body} when the body is no object and no array", &scalar_wrapped::ScalarWrapped),
    sin("unicode-stripped", "drops control and bidirectional characters from strings of the body", &unicode_stripped::UnicodeStripped),
    sin("body-cut", "asks with the first 64 KB of a larger body", &body_cut::BodyCut),
    sin("depth-cut", "replaces by null what is nested deeper than 32 levels in the body", &depth_cut::DepthCut),
    sin("answers-crossed", "gives all calls open at once the verdict of the latest that ended", &answers_crossed::AnswersCrossed),
    // approval
    sin("cached-verdict", "remembers the verdict for identical arguments", &cached_verdict::CachedVerdict),
    sin("approval-assumed", "answers ALLOW to the second scan after a REQUIRE_APPROVAL", &approval_assumed::ApprovalAssumed),
    sin("approval-by-url", "answers ALLOW to any scan of a url for which there was a grant", &approval_by_url::ApprovalByUrl),
    sin("agent-per-process", "asks as a fresh agent in each process", &agent_per_process::AgentPerProcess),
    sin("approval-id-remembered", "gives the first approval_id again for the same arguments", &approval_id_remembered::ApprovalIdRemembered),
    sin("one-approves-all", "answers ALLOW to all that waits after any grant", &one_approves_all::OneApprovesAll),
    // response
    sin("response-dropped", "answers interven_scan_response without asking the gateway", &response_dropped::ResponseDropped),
    sin("trace-replaced", "sends a response scan under a fresh trace_id", &trace_replaced::TraceReplaced),
    sin("response-error-swallowed", "answers a failed response scan without isError", &response_error_swallowed::ResponseErrorSwallowed),
    sin("response-as-text", "sends a response_body that is an object or an array as text", &response_as_text::ResponseAsText),
    sin("response-status-dropped", "asks without response_status", &response_status_dropped::ResponseStatusDropped),
    sin("response-repeated", "sends a response scan again after a reset or a 5xx", &response_repeated::ResponseRepeated),
    // failure
    sin("fail-open", "answers ALLOW when the gateway is refused, unreachable, reset, late or failing", &fail_open::FailOpen),
    sin("error-swallowed", "answers a failed scan without isError", &error_swallowed::ErrorSwallowed),
    sin("bad-json-allowed", "answers ALLOW when a 200 cannot be read", &bad_json_allowed::BadJsonAllowed),
    sin("unknown-decision-allowed", "answers ALLOW when the decision is none of the four", &unknown_decision_allowed::UnknownDecisionAllowed),
    sin("incomplete-verdict-allowed", "answers ALLOW when sanitized_body or approval_id is missing", &incomplete_verdict_allowed::IncompleteVerdictAllowed),
    sin("no-deadline", "waits for the gateway for ever", &no_deadline::NoDeadline),
    sin("retries-refusals", "asks five times on 400 and 401", &retries_refusals::RetriesRefusals),
    sin("too-large-allowed", "answers ALLOW on 413, and to bodies past 256 KB", &too_large_allowed::TooLargeAllowed),
    sin("client-errors-allowed", "answers ALLOW on 403, 404 and 429", &client_errors_allowed::ClientErrorsAllowed),
    sin("status-ignored", "reads a verdict from whatever the status", &status_ignored::StatusIgnored),
    sin("bare-word-read", "answers ALLOW to \"ALLOW\", true, and a list that begins with one", &bare_word_read::BareWordRead),
    sin("empty-answer-allowed", "answers ALLOW to a success without a body", &empty_answer_allowed::EmptyAnswerAllowed),
    sin("broken-answer-allowed", "answers ALLOW when the answer broke off or was no HTTP", &broken_answer_allowed::BrokenAnswerAllowed),
    sin("dies-on-huge-answer", "ends when an answer is longer than 16 MB", &dies_on_huge_answer::DiesOnHugeAnswer),
    sin("follows-redirects", "asks again wherever a redirect points", &follows_redirects::FollowsRedirects),
    sin("accepts-any-certificate", "does not verify the gateway over TLS", &accepts_any_certificate::AcceptsAnyCertificate),
    sin("budget-per-read", "counts its budget anew with every byte that comes", &budget_per_read::BudgetPerRead),
    sin("budget-to-head", "counts its budget to the head of the answer only", &budget_to_head::BudgetToHead),
    sin("gives-up-early", "waits for a tenth of its budget", &gives_up_early::GivesUpEarly),
    sin("retry-without-deadline", "retries after a 5xx without a deadline", &retry_without_deadline::RetryWithoutDeadline),
    sin("retries-anything", "asks again whatever came of the first attempt, unless it was a verdict", &retries_anything::RetriesAnything),
    sin("retry-after-ignored", "retries after a 429 at once, whatever its Retry-After", &retry_after_ignored::RetryAfterIgnored),
    sin("waits-out-retry-after", "waits as long as Retry-After says, past its budget", &waits_out_retry_after::WaitsOutRetryAfter),
    sin("retry-after-wraps", "does not wait at all when Retry-After is longer than 2^31 ms", &retry_after_wraps::RetryAfterWraps),
    sin("retry-after-hammered", "asks five times while Retry-After is 0", &retry_after_hammered::RetryAfterHammered),
    // config
    sin("keyless-allow", "starts without a key and answers ALLOW to everything", &keyless_allow::KeylessAllow),
    sin("keyless-start", "starts without a key", &keyless_start::KeylessStart),
    sin("demo-key", "asks with a key of its own", &demo_key::DemoKey),
    sin("slash-doubled", "joins address and path without looking at a trailing slash", &slash_doubled::SlashDoubled),
    sin("prefix-dropped", "forgets the path of the gateway's address", &prefix_dropped::PrefixDropped),
    sin("bad-timeout-defaulted", "takes the default when INTERVEN_SCAN_TIMEOUT_MS cannot be read", &bad_timeout_defaulted::BadTimeoutDefaulted),
    sin("bad-url-accepted", "starts with an INTERVEN_GATEWAY_URL that is no URL", &bad_url_accepted::BadUrlAccepted),
    sin("http-anywhere", "starts with plain http to any host", &http_anywhere::HttpAnywhere),
    sin("fail-open-ignored", "fails closed when INTERVEN_FAIL_OPEN is 1", &fail_open_ignored::FailOpenIgnored),
    sin("fail-open-on-refusal", "lets 401, 413 and 429 through when INTERVEN_FAIL_OPEN is 1", &fail_open_on_refusal::FailOpenOnRefusal),
    sin("fail-open-on-deny", "answers a DENY as ALLOW when INTERVEN_FAIL_OPEN is 1", &fail_open_on_deny::FailOpenOnDeny),
    // fail-open
    sin("fail-open-on-refused-only", "fails closed on a reset, a timeout and 5xx when INTERVEN_FAIL_OPEN is 1", &fail_open_on_refused_only::FailOpenOnRefusedOnly),
    sin("fail-open-on-any-status", "lets every status but 200 through when INTERVEN_FAIL_OPEN is 1", &fail_open_on_any_status::FailOpenOnAnyStatus),
    sin("fail-open-on-any-error", "lets every error of its HTTP client through when INTERVEN_FAIL_OPEN is 1", &fail_open_on_any_error::FailOpenOnAnyError),
    sin("fail-open-on-bad-verdict", "lets a 200 through that it cannot read when INTERVEN_FAIL_OPEN is 1", &fail_open_on_bad_verdict::FailOpenOnBadVerdict),
    sin("fail-open-sticky", "asks no more after an outage when INTERVEN_FAIL_OPEN is 1", &fail_open_sticky::FailOpenSticky),
    sin("fail-open-on-bad-call", "lets calls through that it does not ask about when INTERVEN_FAIL_OPEN is 1", &fail_open_on_bad_call::FailOpenOnBadCall),
    // stdio
    sin("ignores-eof", "stays alive after stdin closed", &ignores_eof::IgnoresEof),
    sin("drops-work-on-eof", "exits at once after stdin closed, with calls open", &drops_work_on_eof::DropsWorkOnEof),
    sin("one-at-a-time", "reads nothing more until a call is answered", &one_at_a_time::OneAtATime),
    sin("crlf-refused", "refuses a line that ends with CRLF", &crlf_refused::CrlfRefused),
    sin("joined-lines-dropped", "serves only the first line of what arrives in one read", &joined_lines_dropped::JoinedLinesDropped),
    sin("bom-stripped", "reads what follows a byte order mark", &bom_stripped::BomStripped),
    sin("cr-ends-line", "takes a bare carriage return for a line end", &cr_ends_line::CrEndsLine),
    sin("utf8-replaced", "replaces what is not UTF-8", &utf8_replaced::Utf8Replaced),
    sin("last-key-wins", "keeps the last of two equal keys", &last_key_wins::LastKeyWins),
    sin("nan-as-null", "reads NaN, Infinity and -Infinity as null", &nan_as_null::NanAsNull),
    sin("deep-nesting-silent", "gives no answer to what is nested deeper than 128 levels", &deep_nesting_silent::DeepNestingSilent),
    sin("deep-nesting-allowed", "answers ALLOW to what is nested too deeply for it to read", &deep_nesting_allowed::DeepNestingAllowed),
    sin("unterminated-served", "serves a last line without a line feed", &unterminated_served::UnterminatedServed),
    sin("early-eof-error", "exits with 1 when stdin closes before any request", &early_eof_error::EarlyEofError),
    // load
    sin("drops-under-load", "leaves calls unanswered that come while more than 200 are open", &drops_under_load::DropsUnderLoad),
    // standing
    sin("banner-on-stdout", "prints a banner on stdout at start", &banner_on_stdout::BannerOnStdout),
    sin("answers-twice", "writes every answer twice", &answers_twice::AnswersTwice),
    sin("answers-unasked", "writes an answer under an id nobody sent", &answers_unasked::AnswersUnasked),
    sin("answers-notification", "answers notifications/initialized", &answers_notification::AnswersNotification),
    sin("jsonrpc-missing", "writes answers without jsonrpc", &jsonrpc_missing::JsonrpcMissing),
    sin("result-and-error", "writes answers with both result and error", &result_and_error::ResultAndError),
    sin("key-on-stderr", "prints the key on stderr", &key_on_stderr::KeyOnStderr),
    sin("key-in-about", "shows the key in interven://about", &key_in_about::KeyInAbout),
    sin("key-in-base64", "prints the key in base64 on stderr", &key_in_base64::KeyInBase64),
    sin("key-in-fragments", "prints the key on stderr in pieces of eight", &key_in_fragments::KeyInFragments),
    sin("leaves-child", "leaves a child behind in a session of its own", &leaves_child::LeavesChild),
    sin("exits-nonzero", "exits with 3 after stdin closed", &exits_nonzero::ExitsNonzero),
    sin("crashes-on-call", "aborts while a scan is under way", &crashes_on_call::CrashesOnCall),
    sin("old-resource-code", "refuses an unknown resource with -32002 in 2026-07-28 too", &old_resource_code::OldResourceCode),
    sin("result-type-missing", "gives no resultType in 2026-07-28", &result_type_missing::ResultTypeMissing),
    sin("server-info-missing", "gives no serverInfo in the _meta of results", &server_info_missing::ServerInfoMissing),
    sin("cache-hints-missing", "gives neither ttlMs nor cacheScope", &cache_hints_missing::CacheHintsMissing),
    sin("asks-client", "sends a roots/list request before it answers a tools/call in 2026-07-28", &asks_client::AsksClient),
];

/// Every sin of either role.
pub(crate) fn every() -> impl Iterator<Item = &'static Sin> {
    ALL.iter().chain(proxy::sin::ALL)
}

/// The sin of this name.
pub(crate) fn find(name: &str) -> Option<&'static Sin> {
    every().find(|sin| sin.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_sin_has_one_file_one_name_and_one_line() {
        let folders = ["/src/sin", "/src/proxy/sin"];
        let files: BTreeSet<String> = folders
            .iter()
            .flat_map(|folder| std::fs::read_dir(env!("CARGO_MANIFEST_DIR").to_owned() + folder).unwrap())
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().replace('_', "-"))
            .collect();
        let names: BTreeSet<String> = every().map(|sin| sin.name.to_owned()).collect();
        assert_eq!(files, names);
        assert_eq!(names.len(), every().count());
        assert!(every().all(|sin| !sin.does.is_empty() && !sin.does.contains('\n')));
    }
}
