#!/usr/bin/env bash
# Runs the suite, writes its reports, and ends with its exit code. Inputs come by the environment.
set -euo pipefail

die() {
    printf '::error title=guard-conformance::%s\n' "$1"
    printf 'result=bad-input\n' >>"$GITHUB_OUTPUT"
    exit 2
}

# flag NAME VALUE: whether an input says true; anything but the two words is a mistake.
flag() {
    case $2 in
        true) return 0 ;;
        false | "") return 1 ;;
        *) die "the input $1 is true or false" ;;
    esac
}

# words NAME TEXT: the words of an input, with quotes and without expansion, into the array `words`.
words() {
    words=()
    [[ $2 == *[![:space:]]* ]] || return 0
    local file word
    file=$(mktemp)
    printf '%s' "$2" | xargs printf '%s\0' >"$file" || die "the input $1 has a quote without its end"
    while IFS= read -r -d '' word; do words+=("$word"); done <"$file"
    rm -f "$file"
}

program=${GUARD_CONFORMANCE_BINARY:-guard-conformance}
reports=${GUARD_CONFORMANCE_REPORTS:-guard-conformance-report}
mkdir -p "$reports"
arguments=(
    run
    --json "$reports/report.json" --junit "$reports/report.junit.xml"
    --markdown "$reports/report.md" --html "$reports/report.html"
)
words case "${GUARD_CONFORMANCE_CASE-}"
for pattern in ${words[@]+"${words[@]}"}; do arguments+=(--case="$pattern"); done
words mcp "${GUARD_CONFORMANCE_MCP-}"
for version in ${words[@]+"${words[@]}"}; do arguments+=(--mcp="$version"); done
[[ -z ${GUARD_CONFORMANCE_PROFILE-} ]] || arguments+=(--profile="$GUARD_CONFORMANCE_PROFILE")
[[ -z ${GUARD_CONFORMANCE_EDITION-} ]] || arguments+=(--edition="$GUARD_CONFORMANCE_EDITION")
[[ -z ${GUARD_CONFORMANCE_PARTITION-} ]] || arguments+=(--partition="$GUARD_CONFORMANCE_PARTITION")
if flag strict "${GUARD_CONFORMANCE_STRICT-}"; then arguments+=(--strict); fi
if flag setup "${GUARD_CONFORMANCE_SETUP-}"; then arguments+=(--setup); fi
words command "${GUARD_CONFORMANCE_COMMAND-}"
if [[ -n ${GUARD_CONFORMANCE_MANIFEST-} ]]; then
    [[ ${#words[@]} -eq 0 ]] || die "give the input command or manifest, not both"
    arguments+=(--manifest="$GUARD_CONFORMANCE_MANIFEST")
else
    [[ ${#words[@]} -gt 0 ]] || die "the guard is missing: give the input command or manifest"
    arguments+=(-- "${words[@]}")
fi

# What a guard prints is quoted in the log, where a line of it could be read as a command to the runner.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
printf '::stop-commands::%s\n' "$token"
code=0
"$program" "${arguments[@]}" || code=$?
printf '\n::%s::\n' "$token"

case $code in
    0) result=passed ;;
    1) result=failed ;;
    2) result=bad-input ;;
    4) result=nothing-selected ;;
    *) result=could-not-run ;;
esac
printf 'result=%s\n' "$result" >>"$GITHUB_OUTPUT"

# The counts stand in the summary, the last member of the document. In a text a quote is escaped, so that what a
# guard says cannot be taken for it.
if [[ -s $reports/report.json ]]; then
    counts=$(LC_ALL=C tr -d '[:space:]' <"$reports/report.json" | LC_ALL=C sed 's/.*"summary":{//')
    for pair in passed:pass failed:fail; do
        count=$(printf '%s\n' "$counts" | LC_ALL=C sed -n "s/^\"counts\":\[\(\[[^]]*\],\)*\[\"${pair#*:}\",\([0-9]*\)\].*/\2/p")
        printf '%s=%s\n' "${pair%:*}" "${count:-0}" >>"$GITHUB_OUTPUT"
    done
fi
if flag summary "${GUARD_CONFORMANCE_SUMMARY-}" && [[ -s $reports/report.md ]]; then
    cat "$reports/report.md" >>"$GITHUB_STEP_SUMMARY"
fi
exit "$code"
