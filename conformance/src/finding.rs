//! What a judge can find: stable codes, how much each weighs, and the evidence from each party.
//! Known failures and `caught_by` name codes, never the wording of a message.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::requirement::Level;
use crate::version::Version;

/// How the level of a finding follows from the level of the requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// Whatever the requirement: this must never happen.
    Always,
    /// As binding as the requirement.
    AsRequired,
    /// A matter of form: SHOULD at the most.
    Form,
}

macro_rules! codes {
    ($($variant:ident $name:literal $weight:ident $meaning:literal)*) => {
        /// The stable name of a kind of finding.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Code {
            $(#[doc = $meaning] #[serde(rename = $name)] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name as it stands in reports and case files.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What the guard did, in one clause.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning),* }
            }

            const fn weight(self) -> Weight {
                match self { $(Self::$variant => Weight::$weight),* }
            }
        }
    };
}

// One table, so that a code cannot have a name without a meaning and a weight.
codes! {
    DecisionEscalated    "decision-escalated"     Always     "what the gateway did not allow reads as ALLOW"
    FailureReadsAsAllow  "failure-reads-as-allow" Always     "a scan that failed reads as ALLOW"
    KeyLeaked            "key-leaked"             Always     "the API key, or a recognisable part of it, came out where it must not"
    DeniedRan            "denied-ran"             Always     "a call ran upstream that was not permitted"
    RanUnscanned         "ran-unscanned"          Always     "a call ran upstream that was never scanned as it ran"
    MalformedForwarded   "malformed-forwarded"    Always     "the upstream got a line that two parsers could read in two ways"
    DecisionAltered      "decision-altered"       AsRequired "the guard reports another decision than the gateway's"
    DecisionRespelled    "decision-respelled"     Form       "the decision is not one of the four words in upper case"
    VerdictMissing       "verdict-missing"        AsRequired "the result holds no verdict at all"
    IncompleteVerdict    "incomplete-verdict"     AsRequired "a verdict that lacks what its decision needs was passed on as valid"
    FailureNotError      "failure-not-error"      Form       "a failed scan is not reported as isError: true"
    DenialIsError        "denial-is-error"        Form       "a DENY is reported as an error of the tool"
    FieldMissing         "field-missing"          AsRequired "the result lacks a member that it must carry"
    VerdictAltered       "verdict-altered"        AsRequired "a member of the verdict is not what the gateway sent"
    FieldUnexpected      "field-unexpected"       AsRequired "the result carries a member that it must not"
    ReasonsAltered       "reasons-altered"        AsRequired "the reason codes are not exactly the gateway's"
    SanitizedBodyAltered "sanitized-body-altered" AsRequired "sanitized_body is not byte for byte what the gateway sent"
    StructureMissing     "structure-missing"      AsRequired "the result has no structuredContent to read the verdict from"
    TextMissing          "text-missing"           AsRequired "the result has no text that a model could read the verdict from"
    TextContradicts      "text-contradicts"       AsRequired "structuredContent and text give different verdicts"
    GatewayNotAsked      "gateway-not-asked"      AsRequired "the guard answered without asking the gateway"
    GatewayAsked         "gateway-asked"          AsRequired "the gateway was asked about a call that should have been refused before"
    GatewayAskedAgain    "gateway-asked-again"    AsRequired "the gateway was asked more often than the retry rule permits"
    WentElsewhere        "went-elsewhere"         AsRequired "a request followed the gateway's redirect to another host"
    PeerNotVerified      "peer-not-verified"      AsRequired "a request went to a peer whose certificate does not hold"
    FieldAltered         "field-altered"          AsRequired "a field reached the gateway other than it was sent, or not at all"
    BodyAltered          "body-altered"           AsRequired "the body reached the gateway with another value, other digits, or as another kind of nothing"
    KeyNotSent           "key-not-sent"           AsRequired "the gateway was asked without the configured key"
    BudgetExceeded       "budget-exceeded"        AsRequired "no answer came within ten times the scan budget"
    NoAnswer             "no-answer"              AsRequired "a request was never answered"
    Died                 "died"                   Always     "the guard ended in the middle of the play"
    IdAltered            "id-altered"             AsRequired "an answer carries another id than the request"
    ErrorExpected        "error-expected"         AsRequired "a request that should have been refused got a result"
    ErrorUnexpected      "error-unexpected"       AsRequired "a request that should have worked got an error"
    ErrorCodeWrong       "error-code-wrong"       Form       "the request was refused with another JSON-RPC error code"
    ToolMissing          "tool-missing"           AsRequired "a tool of the contract is not offered"
    SchemaMissing        "schema-missing"         AsRequired "a tool is offered without a schema that names its arguments"
    ResourceMissing      "resource-missing"       AsRequired "a resource of the contract cannot be read"
    BadConfigAccepted    "bad-config-accepted"    AsRequired "the guard starts with a configuration that it cannot work with"
    VariableNotNamed     "variable-not-named"     Form       "the complaint about the configuration does not name the variable"
    NoExitOnEof          "no-exit-on-eof"         AsRequired "the guard is still running after its stdin was closed"
    UncleanExit          "unclean-exit"           AsRequired "the guard did not end with exit code 0 when its client went away"
    OrphanLeft           "orphan-left"            AsRequired "a process that the guard started outlives it"
    StdoutNoise          "stdout-noise"           AsRequired "something other than an MCP message was written to stdout"
    OutputFlood          "output-flood"           AsRequired "the guard wrote more than any play can need"
    MessageMalformed     "message-malformed"      AsRequired "a message is not of the JSON-RPC 2.0 form"
    AnsweredTwice        "answered-twice"         AsRequired "a request was answered more than once"
    AnsweredLate         "answered-late"          AsRequired "the answer waited for another call that it had nothing to do with"
    AnswerUnasked        "answer-unasked"         AsRequired "an answer came for something that was never asked"
    AnswerDiffers        "answer-differs"         AsRequired "an answer does not hold what it must"
    NotRefused           "not-refused"            AsRequired "what should have been refused was served"
    FailOpenTooWide      "fail-open-too-wide"     AsRequired "fail-open lets through what is no outage of the gateway"
    AnsweredAfterCancel  "answered-after-cancel"  AsRequired "an answer came to a call that was cancelled"
    WorkNotStopped       "work-not-stopped"       AsRequired "the gateway was kept busy with a call that was cancelled"
    ResultTypeMissing    "result-type-missing"    AsRequired "a result does not say of what type it is"
    ServerInfoMissing    "server-info-missing"    AsRequired "a result does not say what server it comes from"
    CacheHintMissing     "cache-hint-missing"     AsRequired "a result that may be cached does not say for how long and for whom"
    ErrorCodeForbidden   "error-code-forbidden"   AsRequired "an error has a code that this version of MCP does not permit"
    CallLost             "call-lost"              AsRequired "a permitted call never reached the upstream"
    CallRepeated         "call-repeated"          AsRequired "a call reached the upstream more than once"
    ArgumentsAltered     "arguments-altered"      AsRequired "a call reached the upstream with other arguments than were permitted"
    KeyExposed           "key-exposed"            AsRequired "another process of the same user can read the key in the guard's memory"
    ContentLogged        "content-logged"         AsRequired "what a call carries was written to stderr"
    HeaderInjected       "header-injected"        AsRequired "what belongs in a body, or nowhere, stands in a header or in the path of a request"
    GaveUpEarly          "gave-up-early"          Form       "an answer came before its time, with much of the budget left"
    MemoryGrows          "memory-grows"           AsRequired "the guard uses more memory the longer it runs"
    DescriptorsGrow      "descriptors-grow"       AsRequired "the guard holds more files or connections open the longer it runs"
    ThreadsGrow          "threads-grow"           AsRequired "the guard runs more threads the longer it runs"
    DenialUnclear        "denial-unclear"         AsRequired "the answer to a denied call reads as if it had run"
    DenialForm           "denial-form"            Form       "a denial is neither a result with isError: true nor declared in the manifest"
    ReasonsHidden        "reasons-hidden"         AsRequired "the answer to a denied call does not say what its reader needs"
    EnvironmentLost      "environment-lost"       AsRequired "a variable of the client did not reach the upstream"
    RelayAltered         "relay-altered"          AsRequired "a message is not the same with the guard between as without it"
    RelayLost            "relay-lost"             AsRequired "a message that comes through without the guard is lost with it"
    RelayAdded           "relay-added"            AsRequired "a message comes with the guard that does not come without it"
    ExitCodeAltered      "exit-code-altered"      AsRequired "the guard ends with another exit code than the server that it fronts"
    StderrLost           "stderr-lost"            AsRequired "what the server wrote to stderr is not passed on"
    ErrorCodeReserved    "error-code-reserved"    AsRequired "an error has a code that JSON-RPC keeps for itself"
    MetaMalformed        "meta-malformed"         AsRequired "a _meta is no object, or has a member whose name or form is not permitted"
    ToolNameMalformed    "tool-name-malformed"    AsRequired "a tool has a name that not every client can take, or that of another"
    SchemaInvalid        "schema-invalid"         AsRequired "a tool's schema is missing, is none of an object, or does not hold under its dialect"
    StructureUnfit       "structure-unfit"        AsRequired "a result is not what the tool's output schema says"
    ListVaries           "list-varies"            AsRequired "a list has not the same items as before"
    ListReordered        "list-reordered"         Form       "a list has its items in another order than before"
    ProgressUnasked      "progress-unasked"       AsRequired "progress comes without a token of a request that is open"
    ProgressStalled      "progress-stalled"       AsRequired "progress comes that is not more than before"
    NotificationUnasked  "notification-unasked"   AsRequired "a notification comes that nothing has asked for"
    ChangeUnannounced    "change-unannounced"     Form       "a list is said to have changed, and it was not declared that this can be"
    MessageEarly         "message-early"          AsRequired "the client is told or asked something before it is ready"
    CapabilityUndeclared "capability-undeclared"  AsRequired "the client is asked for something that it never declared"
    InputMisplaced       "input-misplaced"        AsRequired "input is asked for in answer to a request that must be answered at once"
    UnreadableToOthers   "unreadable-to-others"   Form       "another reader of MCP does not take a message"
    OutlivesReader       "outlives-reader"        AsRequired "the guard goes on though nobody can read its answers"
    NoExitOnSignal       "no-exit-on-signal"      AsRequired "the guard is still running after it was told to end"
    RequestFromServer    "request-from-server"    AsRequired "the guard sent a request to its client"
}

impl Code {
    /// Whether this must never happen, whatever a requirement says.
    #[must_use]
    pub fn is_absolute(self) -> bool {
        self.weight() == Weight::Always
    }

    /// How binding a finding of this code is, where the requirement is of `required` level.
    #[must_use]
    pub fn level(self, required: Level) -> Level {
        match self.weight() {
            Weight::Always => Level::Must,
            Weight::AsRequired => required,
            Weight::Form => required.min(Level::Should),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One thing that was not as the requirement asks, with what each party saw of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What kind of thing.
    pub code: Code,
    /// How binding, after the requirement and the code.
    pub level: Level,
    /// The step of the play, counted from 1, as in `3` or `3.2`; the play's case when it is about all of it.
    pub step: String,
    /// The MCP versions in whose plays it was seen; the evidence is that of the first.
    pub versions: Vec<Version>,
    /// What was due.
    pub expected: String,
    /// What came, by party: `client`, `gateway`, `process`.
    pub seen: Vec<Seen>,
}

impl Finding {
    /// Notes that it was seen in these versions too.
    pub(crate) fn seen_in(&mut self, versions: &[Version]) {
        for version in versions {
            if !self.versions.contains(version) {
                self.versions.push(*version);
            }
        }
    }
}

/// Adds what a further play has shown; what was seen before is only noted for the further version.
pub(crate) fn merge(findings: &mut Vec<Finding>, further: &[Finding]) {
    for finding in further {
        match findings.iter_mut().find(|known| known.code == finding.code && known.step == finding.step) {
            Some(known) => known.seen_in(&finding.versions),
            None => findings.push(finding.clone()),
        }
    }
}

/// What one party saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Seen {
    /// Who saw it.
    pub party: Party,
    /// What it saw, cut to a readable length.
    pub what: String,
}

/// The parties that the harness plays or watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Party {
    /// The MCP client, on the guard's stdin and stdout.
    Client,
    /// The policy gateway.
    Gateway,
    /// The server behind a proxy.
    Upstream,
    /// The guard as a process: exit status, stderr, children.
    Process,
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Client => "client",
            Self::Gateway => "gateway",
            Self::Upstream => "upstream",
            Self::Process => "process",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escalation_is_must_whatever_the_requirement_says() {
        assert_eq!(Code::DecisionEscalated.level(Level::Should), Level::Must);
        assert_eq!(Code::DecisionAltered.level(Level::Should), Level::Should);
        assert_eq!(Code::DenialIsError.level(Level::Must), Level::Should);
    }

    #[test]
    fn the_name_is_what_files_say() {
        for code in Code::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
        }
    }
}
