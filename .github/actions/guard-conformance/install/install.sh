#!/usr/bin/env bash
# Installs a release for this runner, once its checksum is verified, and puts it on the PATH of later steps.
# There is no falling back to a build from source: that would be another program than the one released.
set -euo pipefail

die() {
    printf '::error title=guard-conformance::%s\n' "$1"
    exit 3
}

version=${GUARD_CONFORMANCE_VERSION-}
[[ $version =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] ||
    die "the input version must name a release, such as v0.1.0, unless the action itself is used by such a tag"

case "${RUNNER_OS-} ${RUNNER_ARCH-}" in
    "Linux X64") target=x86_64-unknown-linux-musl ;;
    "Linux ARM64") target=aarch64-unknown-linux-musl ;;
    "macOS X64") target=x86_64-apple-darwin ;;
    "macOS ARM64") target=aarch64-apple-darwin ;;
    "Windows X64") target=x86_64-pc-windows-msvc ;;
    *) die "there is no release for ${RUNNER_OS-} on ${RUNNER_ARCH-}; build one and give it as the input binary" ;;
esac

name=guard-conformance-$version-$target
releases=$GITHUB_SERVER_URL/$GUARD_CONFORMANCE_REPOSITORY/releases/download/$version
folder=$RUNNER_TEMP/guard-conformance
mkdir -p "$folder"
cd "$folder"

for file in SHA256SUMS "$name.tar.gz"; do
    curl --fail --silent --show-error --location --proto-redir =https --retry 3 --output "$file" "$releases/$file" ||
        die "cannot download $file of $version"
done

# One line, for exactly this file; a list without it verifies nothing.
awk -v file="$name.tar.gz" '$2 == file || $2 == "*" file' SHA256SUMS >sum
[[ $(wc -l <sum) -eq 1 ]] || die "SHA256SUMS of $version does not name $name.tar.gz once"
if command -v sha256sum >/dev/null; then sum=(sha256sum); else sum=(shasum -a 256); fi
"${sum[@]}" --check sum || die "$name.tar.gz is not the file that was released"

tar -xzf "$name.tar.gz"
"$folder/$name/guard-conformance" --version
printf '%s\n' "$folder/$name" >>"$GITHUB_PATH"
