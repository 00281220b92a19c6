#!/bin/sh
# run.sh ARGUMENT... builds the program in this folder and runs it on the checkout that it is started in. Where it is up to
# date, the build takes a fifth of a second.
# shellcheck disable=SC2016 # the reader's shell expands the commands in the messages
set -eu

fail() {
	printf '%s\n' "$*" >&2
	exit 1
}

command -v go >/dev/null ||
	fail 'go is not in PATH: install Go 1.26, or, with sudo, which sets a PATH of its own: sudo env "PATH=$PATH" make ...'
export GOWORK=off
settings() { (cd infra/tools && go env GOVERSION GOOS GOHOSTOS GOARCH GOHOSTARCH GOCACHE GOMODCACHE); }
found=$(settings 2>/dev/null) || fail "Go 1.26 is needed, and $(command -v go) fails: $(settings 2>&1 | tail -n 1)"
{
	read -r version
	read -r system
	read -r host_system
	read -r machine
	read -r host_machine
	read -r builds
	read -r modules
} <<END
$found
END
case $version in
go1.[0-9] | go1.[0-9].* | go1.1[0-9]* | go1.2[0-5]*) fail "Go 1.26 is needed, and $(command -v go) is $version: install a later one" ;;
esac
[ "$system/$machine" = "$host_system/$host_machine" ] ||
	fail "Go is set to build for $system/$machine, and this machine is $host_system/$host_machine: run go env -u GOOS GOARCH"

writable() { # writable FOLDER: it can be written, or made
	writable_folder=$1
	until [ -e "$writable_folder" ]; do writable_folder=$(dirname "$writable_folder"); done
	[ -w "$writable_folder" ]
}
writable "$builds" || fail "GOCACHE: $builds cannot be written, and Go keeps there what it has built: run the command again with GOCACHE=/path/of/a/folder"
[ -d "$modules/cache/download" ] || writable "$modules" ||
	fail "GOMODCACHE: $modules cannot be written, and Go downloads modules there: run the command again with GOMODCACHE=/path/of/a/folder"

root=$(pwd -P)
go build -C infra/tools -o "$root/.local/build/tools" .
unset GOWORK
exec "$root/.local/build/tools" -root "$root" "$@"
