//! The table of sins: one line each, by the area of the cases that catch it. Never what a sin does.

use crate::guard::Guard;
use crate::proxy;
use crate::sin::{self, Role, Sin};

const fn sin(name: &'static str, does: &'static str, guard: &'static dyn Guard) -> Sin {
    Sin { name, does, role: Role::Scan(guard) }
}

/// Every sin of the scan role, by the area of the cases that catch it.
#[rustfmt::skip] // One line per sin, however long, is the point of the table.
pub(crate) const ALL: &[Sin] = &[
    // mcp
    sin("tool-hidden", "does not offer interven_scan_response", &sin::tool_hidden::ToolHidden),
    sin("id-stringified", "answers all but the opening under the id as a string when it was a number", &sin::id_stringified::IdStringified),
    sin("unknown-method-silent", "does not answer a method it does not know", &sin::unknown_method_silent::UnknownMethodSilent),
    sin("about-missing", "cannot read interven://about", &sin::about_missing::AboutMissing),
    sin("dies-on-notification", "ends when it gets a notification that it does not know", &sin::dies_on_notification::DiesOnNotification),
    sin("version-ignored", "answers every initialize with 2025-11-25", &sin::version_ignored::VersionIgnored),
    sin("version-oldest", "answers a version it does not know with its oldest", &sin::version_oldest::VersionOldest),
    sin("version-unchecked", "serves whatever protocolVersion a request names", &sin::version_unchecked::VersionUnchecked),
    sin("meta-unchecked", "serves stateless requests that lack protocolVersion or clientCapabilities", &sin::meta_unchecked::MetaUnchecked),
    sin("discover-bare", "is discovered without supportedVersions", &sin::discover_bare::DiscoverBare),
    sin("discover-demanded", "refuses stateless requests until server/discover was called", &sin::discover_demanded::DiscoverDemanded),
    sin("ping-kept", "answers ping in 2026-07-28", &sin::ping_kept::PingKept),
    sin("ping-unknown", "does not know ping in any version", &sin::ping_unknown::PingUnknown),
    sin("batch-refused", "refuses batches in 2025-03-26 too", &sin::batch_refused::BatchRefused),
    sin("batch-served", "serves batches in every version", &sin::batch_served::BatchServed),
    sin("unknown-tool-served", "answers an unknown tool with an empty result", &sin::unknown_tool_served::UnknownToolServed),
    sin("malformed-call-served", "answers a tools/call that is none with a result that is no error", &sin::malformed_call_served::MalformedCallServed),
    sin("cursor-ignored", "answers any cursor with the first page", &sin::cursor_ignored::CursorIgnored),
    sin("tools-undeclared", "declares no tools capability", &sin::tools_undeclared::ToolsUndeclared),
    sin("instructions-missing", "gives no instructions", &sin::instructions_missing::InstructionsMissing),
    sin("cancel-answered", "answers a cancelled call when its scan ends", &sin::cancel_answered::CancelAnswered),
    sin("cancel-ignored", "lets the scan of a cancelled call run to its end", &sin::cancel_ignored::CancelIgnored),
    sin("dies-on-malformed", "ends when it gets a malformed notification", &sin::dies_on_malformed::DiesOnMalformed),
    sin("answers-malformed", "answers a malformed notification with an error", &sin::answers_malformed::AnswersMalformed),
    sin("any-resource", "reads interven://about for any uri", &sin::any_resource::AnyResource),
    sin("serves-notifications", "runs a tool call that has no id", &sin::serves_notifications::ServesNotifications),
    sin("cancels-all", "stops every call when any is cancelled", &sin::cancels_all::CancelsAll),
    sin("codes-collapsed", "gives every error the code -32000", &sin::codes_collapsed::CodesCollapsed),
    sin("input-required", "marks every verdict as input_required, without saying which input", &sin::input_required::InputRequired),
    sin("null-id-served", "serves a request whose id is null", &sin::null_id_served::NullIdServed),
    sin("falsy-id-ignored", "takes a request whose id is 0 or an empty string for a notification", &sin::falsy_id_ignored::FalsyIdIgnored),
    sin("answers-by-id", "gives the verdict of an earlier call again to a call under the same id", &sin::answers_by_id::AnswersById),
    sin("refuses-namelessly", "leaves the id out of every error", &sin::refuses_namelessly::RefusesNamelessly),
    sin("tools-vary", "offers its second tool only once a call was scanned", &sin::tools_vary::ToolsVary),
    sin("tools-shuffled", "lists its tools in another order each time", &sin::tools_shuffled::ToolsShuffled),
    sin("anonymous", "does not say in initialize who it is", &sin::anonymous::Anonymous),
    sin("client-info-demanded", "refuses stateless requests that do not name their client", &sin::client_info_demanded::ClientInfoDemanded),
    sin("meta-strict", "refuses a request whose _meta has a member that it does not know", &sin::meta_strict::MetaStrict),
    sin("early-request-fatal", "ends when a request comes before initialize", &sin::early_request_fatal::EarlyRequestFatal),
    sin("second-initialize-fatal", "ends when initialize comes a second time", &sin::second_initialize_fatal::SecondInitializeFatal),
    sin("initialize-unchecked", "opens a session whatever initialize says", &sin::initialize_unchecked::InitializeUnchecked),
    sin("method-folded", "takes TOOLS/LIST for tools/list", &sin::method_folded::MethodFolded),
    sin("tool-name-folded", "takes INTERVEN_SCAN for interven_scan", &sin::tool_name_folded::ToolNameFolded),
    sin("about-unlisted", "does not list interven://about among its resources", &sin::about_unlisted::AboutUnlisted),
    sin("request-state-trusted", "takes a requestState that it never gave for an approval", &sin::request_state_trusted::RequestStateTrusted),
    sin("dies-on-answer", "ends when it gets an answer to nothing", &sin::dies_on_answer::DiesOnAnswer),
    sin("progress-token-typed", "refuses a call whose progress token is no string", &sin::progress_token_typed::ProgressTokenTyped),
    // scan
    sin("bare-allow", "drops trace_id, risk_score and risk_band from an ALLOW", &sin::bare_allow::BareAllow),
    sin("sanitized-reformatted", "decodes sanitized_body and encodes it again", &sin::sanitized_reformatted::SanitizedReformatted),
    sin("sanitized-dropped", "drops sanitized_body from a SANITIZE", &sin::sanitized_dropped::SanitizedDropped),
    sin("deny-as-allow", "answers ALLOW when the gateway said DENY", &sin::deny_as_allow::DenyAsAllow),
    sin("reasons-trimmed", "keeps only the first reason code", &sin::reasons_trimmed::ReasonsTrimmed),
    sin("deny-is-error", "marks a DENY with isError", &sin::deny_is_error::DenyIsError),
    sin("approval-hidden", "drops approval_id and approval_url", &sin::approval_hidden::ApprovalHidden),
    sin("approval-swapped", "shows another approval_url than the gateway's", &sin::approval_swapped::ApprovalSwapped),
    sin("trace-swapped", "gives every verdict a trace_id of its own", &sin::trace_swapped::TraceSwapped),
    sin("method-lowercased", "asks with the method in lower case", &sin::method_lowercased::MethodLowercased),
    sin("url-normalised", "asks with the url tidied: default port, trailing slash, percent escapes", &sin::url_normalised::UrlNormalised),
    sin("tool-name-dropped", "asks without tool_name", &sin::tool_name_dropped::ToolNameDropped),
    sin("body-reencoded", "decodes the body and encodes it again before asking", &sin::body_reencoded::BodyReencoded),
    sin("minus-zero-lost", "asks with 0 where the body had -0", &sin::minus_zero_lost::MinusZeroLost),
    sin("body-defaulted", "asks with the body {} when there was none", &sin::body_defaulted::BodyDefaulted),
    sin("null-dropped", "asks without a body when it was null", &sin::null_dropped::NullDropped),
    sin("text-only", "gives no structuredContent", &sin::text_only::TextOnly),
    sin("text-differs", "says ALLOW in the text of a DENY", &sin::text_differs::TextDiffers),
    sin("url-defaulted", "asks about http://localhost/ when the url is missing", &sin::url_defaulted::UrlDefaulted),
    sin("unknown-fields-dropped", "drops every field of a verdict that it does not know", &sin::unknown_fields_dropped::UnknownFieldsDropped),
    sin("scalar-wrapped", "asks with {\"value\": body} when the body is no object and no array", &sin::scalar_wrapped::ScalarWrapped),
    sin("unicode-stripped", "drops control and bidirectional characters from strings of the body", &sin::unicode_stripped::UnicodeStripped),
    sin("body-cut", "asks with the first 64 KB of a larger body", &sin::body_cut::BodyCut),
    sin("depth-cut", "replaces by null what is nested deeper than 32 levels in the body", &sin::depth_cut::DepthCut),
    sin("answers-crossed", "gives all calls open at once the verdict of the latest that ended", &sin::answers_crossed::AnswersCrossed),
    sin("approval-url-demanded", "fails a REQUIRE_APPROVAL that comes without a URL", &sin::approval_url_demanded::ApprovalUrlDemanded),
    sin("method-defaulted", "asks with POST when the method is missing or empty", &sin::method_defaulted::MethodDefaulted),
    // approval
    sin("cached-verdict", "remembers the verdict for identical arguments", &sin::cached_verdict::CachedVerdict),
    sin("approval-assumed", "answers ALLOW to the second scan after a REQUIRE_APPROVAL", &sin::approval_assumed::ApprovalAssumed),
    sin("approval-by-url", "answers ALLOW to any scan of a url for which there was a grant", &sin::approval_by_url::ApprovalByUrl),
    sin("agent-per-process", "asks as a fresh agent in each process", &sin::agent_per_process::AgentPerProcess),
    sin("approval-id-remembered", "gives the first approval_id again for the same arguments", &sin::approval_id_remembered::ApprovalIdRemembered),
    sin("one-approves-all", "answers ALLOW to all that waits after any grant", &sin::one_approves_all::OneApprovesAll),
    // response
    sin("response-dropped", "answers interven_scan_response without asking the gateway", &sin::response_dropped::ResponseDropped),
    sin("trace-replaced", "sends a response scan under a fresh trace_id", &sin::trace_replaced::TraceReplaced),
    sin("response-error-swallowed", "answers a failed response scan without isError", &sin::response_error_swallowed::ResponseErrorSwallowed),
    sin("response-as-text", "sends a response_body that is an object or an array as text", &sin::response_as_text::ResponseAsText),
    sin("response-status-dropped", "asks without response_status", &sin::response_status_dropped::ResponseStatusDropped),
    sin("response-repeated", "sends a response scan again after a reset or a 5xx", &sin::response_repeated::ResponseRepeated),
    sin("receipt-dropped", "answers a response scan with {} whatever the gateway said", &sin::receipt_dropped::ReceiptDropped),
    sin("trace-defaulted", "reports a response under a made-up trace_id when none was given", &sin::trace_defaulted::TraceDefaulted),
    // failure
    sin("fail-open", "answers ALLOW when the gateway is refused, unreachable, reset, late or failing", &sin::fail_open::FailOpen),
    sin("error-swallowed", "answers a failed scan without isError", &sin::error_swallowed::ErrorSwallowed),
    sin("bad-json-allowed", "answers ALLOW when a 200 cannot be read", &sin::bad_json_allowed::BadJsonAllowed),
    sin("unknown-decision-allowed", "answers ALLOW when the decision is none of the four", &sin::unknown_decision_allowed::UnknownDecisionAllowed),
    sin("incomplete-verdict-allowed", "answers ALLOW when sanitized_body or approval_id is missing", &sin::incomplete_verdict_allowed::IncompleteVerdictAllowed),
    sin("no-deadline", "waits for the gateway for ever", &sin::no_deadline::NoDeadline),
    sin("retries-refusals", "asks five times on 400 and 401", &sin::retries_refusals::RetriesRefusals),
    sin("too-large-allowed", "answers ALLOW on 413, and to bodies past 256 KB", &sin::too_large_allowed::TooLargeAllowed),
    sin("client-errors-allowed", "answers ALLOW on 403, 404 and 429", &sin::client_errors_allowed::ClientErrorsAllowed),
    sin("status-ignored", "reads a verdict from whatever the status", &sin::status_ignored::StatusIgnored),
    sin("bare-word-read", "answers ALLOW to \"ALLOW\", true, and a list that begins with one", &sin::bare_word_read::BareWordRead),
    sin("empty-answer-allowed", "answers ALLOW to a success without a body", &sin::empty_answer_allowed::EmptyAnswerAllowed),
    sin("broken-answer-allowed", "answers ALLOW when the answer broke off or was no HTTP", &sin::broken_answer_allowed::BrokenAnswerAllowed),
    sin("dies-on-huge-answer", "ends when an answer is longer than 16 MB", &sin::dies_on_huge_answer::DiesOnHugeAnswer),
    sin("follows-redirects", "asks again wherever a redirect points", &sin::follows_redirects::FollowsRedirects),
    sin("accepts-any-certificate", "does not verify the gateway over TLS", &sin::accepts_any_certificate::AcceptsAnyCertificate),
    sin("budget-per-read", "counts its budget anew with every byte that comes", &sin::budget_per_read::BudgetPerRead),
    sin("budget-to-head", "counts its budget to the head of the answer only", &sin::budget_to_head::BudgetToHead),
    sin("gives-up-early", "waits for a tenth of its budget", &sin::gives_up_early::GivesUpEarly),
    sin("retry-without-deadline", "retries after a 5xx without a deadline", &sin::retry_without_deadline::RetryWithoutDeadline),
    sin("retries-anything", "asks again whatever came of the first attempt, unless it was a verdict", &sin::retries_anything::RetriesAnything),
    sin("retry-after-ignored", "retries after a 429 at once, whatever its Retry-After", &sin::retry_after_ignored::RetryAfterIgnored),
    sin("waits-out-retry-after", "waits as long as Retry-After says, past its budget", &sin::waits_out_retry_after::WaitsOutRetryAfter),
    sin("retry-after-wraps", "does not wait at all when Retry-After is longer than 2^31 ms", &sin::retry_after_wraps::RetryAfterWraps),
    sin("retry-after-hammered", "asks five times while Retry-After is 0", &sin::retry_after_hammered::RetryAfterHammered),
    // verdict
    sin("truthy-decision", "answers ALLOW to a decision that is true, a number, an object or a list", &sin::truthy_decision::TruthyDecision),
    sin("allow-by-prefix", "answers ALLOW to every decision that begins with it", &sin::allow_by_prefix::AllowByPrefix),
    sin("denies-by-name", "answers ALLOW to whatever is not spelled exactly as one of the other three", &sin::denies_by_name::DeniesByName),
    sin("decision-as-spelled", "passes on an ALLOW in whatever spelling it came", &sin::decision_as_spelled::DecisionAsSpelled),
    sin("dies-on-odd-reasons", "ends when reason_codes is no list", &sin::dies_on_odd_reasons::DiesOnOddReasons),
    sin("sanitized-object-only", "fails a SANITIZE whose body is no object", &sin::sanitized_object_only::SanitizedObjectOnly),
    // config
    sin("keyless-allow", "starts without a key and answers ALLOW to everything", &sin::keyless_allow::KeylessAllow),
    sin("keyless-start", "starts without a key", &sin::keyless_start::KeylessStart),
    sin("demo-key", "asks with a key of its own", &sin::demo_key::DemoKey),
    sin("slash-doubled", "joins address and path without looking at a trailing slash", &sin::slash_doubled::SlashDoubled),
    sin("prefix-dropped", "forgets the path of the gateway's address", &sin::prefix_dropped::PrefixDropped),
    sin("bad-timeout-defaulted", "takes the default when INTERVEN_SCAN_TIMEOUT_MS cannot be read", &sin::bad_timeout_defaulted::BadTimeoutDefaulted),
    sin("bad-url-accepted", "starts with an INTERVEN_GATEWAY_URL that is no URL", &sin::bad_url_accepted::BadUrlAccepted),
    sin("http-anywhere", "starts with plain http to any host", &sin::http_anywhere::HttpAnywhere),
    sin("fail-open-ignored", "fails closed when INTERVEN_FAIL_OPEN is 1", &sin::fail_open_ignored::FailOpenIgnored),
    sin("fail-open-on-refusal", "lets 401, 413 and 429 through when INTERVEN_FAIL_OPEN is 1", &sin::fail_open_on_refusal::FailOpenOnRefusal),
    sin("fail-open-on-deny", "answers a DENY as ALLOW when INTERVEN_FAIL_OPEN is 1", &sin::fail_open_on_deny::FailOpenOnDeny),
    // fail-open
    sin("fail-open-on-refused-only", "fails closed on a reset, a timeout and 5xx when INTERVEN_FAIL_OPEN is 1", &sin::fail_open_on_refused_only::FailOpenOnRefusedOnly),
    sin("fail-open-on-any-status", "lets every status but 200 through when INTERVEN_FAIL_OPEN is 1", &sin::fail_open_on_any_status::FailOpenOnAnyStatus),
    sin("fail-open-on-any-error", "lets every error of its HTTP client through when INTERVEN_FAIL_OPEN is 1", &sin::fail_open_on_any_error::FailOpenOnAnyError),
    sin("fail-open-on-bad-verdict", "lets a 200 through that it cannot read when INTERVEN_FAIL_OPEN is 1", &sin::fail_open_on_bad_verdict::FailOpenOnBadVerdict),
    sin("fail-open-sticky", "asks no more after an outage when INTERVEN_FAIL_OPEN is 1", &sin::fail_open_sticky::FailOpenSticky),
    sin("fail-open-on-bad-call", "lets calls through that it does not ask about when INTERVEN_FAIL_OPEN is 1", &sin::fail_open_on_bad_call::FailOpenOnBadCall),
    // stdio
    sin("ignores-eof", "stays alive after stdin closed", &sin::ignores_eof::IgnoresEof),
    sin("drops-work-on-eof", "exits at once after stdin closed, with calls open", &sin::drops_work_on_eof::DropsWorkOnEof),
    sin("one-at-a-time", "reads nothing more until a call is answered", &sin::one_at_a_time::OneAtATime),
    sin("crlf-refused", "refuses a line that ends with CRLF", &sin::crlf_refused::CrlfRefused),
    sin("joined-lines-dropped", "serves only the first line of what arrives in one read", &sin::joined_lines_dropped::JoinedLinesDropped),
    sin("bom-stripped", "reads what follows a byte order mark", &sin::bom_stripped::BomStripped),
    sin("cr-ends-line", "takes a bare carriage return for a line end", &sin::cr_ends_line::CrEndsLine),
    sin("utf8-replaced", "replaces what is not UTF-8", &sin::utf8_replaced::Utf8Replaced),
    sin("last-key-wins", "keeps the last of two equal keys", &sin::last_key_wins::LastKeyWins),
    sin("surrogate-replaced", "reads half a surrogate pair as U+FFFD", &sin::surrogate_replaced::SurrogateReplaced),
    sin("nan-as-null", "reads NaN, Infinity and -Infinity as null", &sin::nan_as_null::NanAsNull),
    sin("deep-nesting-silent", "gives no answer to what is nested deeper than 128 levels", &sin::deep_nesting_silent::DeepNestingSilent),
    sin("deep-nesting-allowed", "answers ALLOW to what is nested too deeply for it to read", &sin::deep_nesting_allowed::DeepNestingAllowed),
    sin("unterminated-served", "serves a last line without a line feed", &sin::unterminated_served::UnterminatedServed),
    sin("early-eof-error", "exits with 1 when stdin closes before any request", &sin::early_eof_error::EarlyEofError),
    sin("long-line-silent", "gives no answer to a line past its bound", &sin::long_line_silent::LongLineSilent),
    sin("long-line-fatal", "ends when a line is past its bound", &sin::long_line_fatal::LongLineFatal),
    sin("lines-bounded-at-64k", "refuses lines past 64 KB", &sin::lines_bounded_at_64k::LinesBoundedAt64k),
    sin("empty-line-ends", "takes an empty line for the end of the input", &sin::empty_line_ends::EmptyLineEnds),
    sin("garbage-fatal", "ends at a line that is no message", &sin::garbage_fatal::GarbageFatal),
    sin("split-characters-replaced", "decodes what each read brings by itself", &sin::split_characters_replaced::SplitCharactersReplaced),
    sin("comments-stripped", "reads JSON with comments and trailing commas", &sin::comments_stripped::CommentsStripped),
    sin("escaped-keys-unseen", "looks for keys that stand twice before it has read their escapes", &sin::escaped_keys_unseen::EscapedKeysUnseen),
    sin("latin-1-output", "writes its answers in Latin-1", &sin::latin_1_output::Latin1Output),
    sin("waits-on-eof", "waits after stdin closed until the last call has ended, however long that takes", &sin::waits_on_eof::WaitsOnEof),
    sin("ignores-term", "goes on after SIGTERM", &sin::ignores_term::IgnoresTerm),
    sin("writes-to-nobody", "goes on when nobody can read its answers any more", &sin::writes_to_nobody::WritesToNobody),
    // load
    sin("drops-under-load", "leaves calls unanswered that come while more than 200 are open", &sin::drops_under_load::DropsUnderLoad),
    sin("leaks-memory", "keeps 4 KB of every call for ever", &sin::leaks_memory::LeaksMemory),
    sin("leaks-descriptors", "leaves a file open with every tenth call", &sin::leaks_descriptors::LeaksDescriptors),
    sin("leaks-threads", "leaves a thread behind with every hundredth call", &sin::leaks_threads::LeaksThreads),
    // standing
    sin("banner-on-stdout", "prints a banner on stdout at start", &sin::banner_on_stdout::BannerOnStdout),
    sin("answers-twice", "writes every answer twice", &sin::answers_twice::AnswersTwice),
    sin("answers-unasked", "writes an answer under an id nobody sent", &sin::answers_unasked::AnswersUnasked),
    sin("answers-notification", "answers notifications/initialized", &sin::answers_notification::AnswersNotification),
    sin("jsonrpc-missing", "writes answers without jsonrpc", &sin::jsonrpc_missing::JsonrpcMissing),
    sin("result-and-error", "writes answers with both result and error", &sin::result_and_error::ResultAndError),
    sin("key-on-stderr", "prints the key on stderr", &sin::key_on_stderr::KeyOnStderr),
    sin("key-in-about", "shows the key in interven://about", &sin::key_in_about::KeyInAbout),
    sin("key-in-base64", "prints the key in base64 on stderr", &sin::key_in_base64::KeyInBase64),
    sin("key-in-fragments", "prints the key on stderr in pieces of eight", &sin::key_in_fragments::KeyInFragments),
    sin("leaves-child", "leaves a child behind in a session of its own", &sin::leaves_child::LeavesChild),
    sin("exits-nonzero", "exits with 3 after stdin closed", &sin::exits_nonzero::ExitsNonzero),
    sin("crashes-on-call", "aborts while a scan is under way", &sin::crashes_on_call::CrashesOnCall),
    sin("old-resource-code", "refuses an unknown resource with -32002 in 2026-07-28 too", &sin::old_resource_code::OldResourceCode),
    sin("result-type-missing", "gives no resultType in 2026-07-28", &sin::result_type_missing::ResultTypeMissing),
    sin("server-info-missing", "gives no serverInfo in the _meta of results", &sin::server_info_missing::ServerInfoMissing),
    sin("cache-hints-missing", "gives neither ttlMs nor cacheScope", &sin::cache_hints_missing::CacheHintsMissing),
    sin("asks-client", "sends a roots/list request before it answers a tools/call in 2026-07-28", &sin::asks_client::AsksClient),
    sin("meta-key-malformed", "writes a _meta with a name that is not permitted", &sin::meta_key_malformed::MetaKeyMalformed),
    sin("tool-name-spaced", "offers a tool with spaces in its name", &sin::tool_name_spaced::ToolNameSpaced),
    sin("schema-invalid", "announces an argument of the type `int`, which JSON Schema does not know", &sin::schema_invalid::SchemaInvalid),
    sin("schema-of-nothing", "announces null as an input schema", &sin::schema_of_nothing::SchemaOfNothing),
    sin("failure-structured", "answers a failed scan with structure that its output schema does not permit", &sin::failure_structured::FailureStructured),
    sin("structure-only", "gives a verdict as structure and no text that says it", &sin::structure_only::StructureOnly),
    sin("progress-unasked", "tells progress of every call under a token of its own", &sin::progress_unasked::ProgressUnasked),
    sin("progress-stalls", "tells the same progress twice", &sin::progress_stalls::ProgressStalls),
    sin("logs-to-client", "sends its client a log message with every call, without a word about logging", &sin::logs_to_client::LogsToClient),
    sin("change-unannounced", "says that its tools have changed after it has listed them, and never declared that they can", &sin::change_unannounced::ChangeUnannounced),
    sin("speaks-early", "asks for the roots before it has answered initialize", &sin::speaks_early::SpeaksEarly),
    sin("asks-undeclared", "asks for a sample of a model with every call, whatever the client has declared", &sin::asks_undeclared::AsksUndeclared),
    sin("input-misplaced", "asks for input where its tools are listed", &sin::input_misplaced::InputMisplaced),
    sin("reserved-code", "refuses a method that it does not know with a code that JSON-RPC reserves", &sin::reserved_code::ReservedCode),
    sin("content-untyped", "writes a text block without its type", &sin::content_untyped::ContentUntyped),
    // security
    sin("key-in-query", "asks with the key in the query of the address too", &sin::key_in_query::KeyInQuery),
    sin("key-in-header", "asks with the key in x-api-key too", &sin::key_in_header::KeyInHeader),
    sin("key-in-body", "asks with the key as a member of the body", &sin::key_in_body::KeyInBody),
    sin("key-in-file", "writes the key to a file in its folder", &sin::key_in_file::KeyInFile),
    sin("key-in-home", "keeps the key in a file below HOME", &sin::key_in_home::KeyInHome),
    sin("key-in-failure", "names the key in the result of a scan that failed", &sin::key_in_failure::KeyInFailure),
    sin("error-body-shown", "shows the gateway's error page in the result", &sin::error_body_shown::ErrorBodyShown),
    sin("location-shown", "shows in the result where a redirect points", &sin::location_shown::LocationShown),
    sin("bad-answer-quoted", "quotes on stderr an answer that it cannot read", &sin::bad_answer_quoted::BadAnswerQuoted),
    sin("echo-passed-on", "passes a verdict on that holds the key", &sin::echo_passed_on::EchoPassedOn),
    sin("request-logged-on-failure", "writes the whole request to stderr when no answer came", &sin::request_logged_on_failure::RequestLoggedOnFailure),
    sin("bodies-logged", "writes what it asks about to stderr", &sin::bodies_logged::BodiesLogged),
    sin("responses-logged", "writes every response that it reports to stderr", &sin::responses_logged::ResponsesLogged),
    sin("bad-line-quoted", "quotes on stderr every line that it refuses", &sin::bad_line_quoted::BadLineQuoted),
    sin("bad-arguments-quoted", "quotes on stderr the arguments that it refuses", &sin::bad_arguments_quoted::BadArgumentsQuoted),
    sin("tool-name-in-header", "names the tool in a header that it writes by hand", &sin::tool_name_in_header::ToolNameInHeader),
    sin("key-splits-head", "takes a key with line breaks, and sends what follows them as headers", &sin::key_splits_head::KeySplitsHead),
    sin("any-key-taken", "starts with whatever the key is", &sin::any_key_taken::AnyKeyTaken),
    sin("bad-key-quoted", "quotes on stderr a key that it does not take", &sin::bad_key_quoted::BadKeyQuoted),
    sin("url-user-accepted", "starts with a user name and a password in the address of the gateway", &sin::url_user_accepted::UrlUserAccepted),
    sin("bad-url-quoted", "quotes on stderr an address of the gateway that it does not take", &sin::bad_url_quoted::BadUrlQuoted),
    // exfil
    sin("response-cut", "reports the first 64 KB of a larger response", &sin::response_cut::ResponseCut),
    sin("response-stripped", "drops what is not ASCII from a response before it reports it", &sin::response_stripped::ResponseStripped),
    sin("response-redacted", "masks secrets in a response before it reports it", &sin::response_redacted::ResponseRedacted),
    sin("response-reencoded", "decodes a response and encodes it again before it reports it", &sin::response_reencoded::ResponseReencoded),
    sin("latest-trace", "reports every response under the trace of the latest scan", &sin::latest_trace::LatestTrace),
    sin("trace-forgotten", "refuses a response whose trace it has not given out itself", &sin::trace_forgotten::TraceForgotten),
    // time
    sin("response-without-deadline", "waits for ever for the answer to a response scan", &sin::response_without_deadline::ResponseWithoutDeadline),
    sin("wait-without-deadline", "asks again after Retry-After without a deadline", &sin::wait_without_deadline::WaitWithoutDeadline),
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
