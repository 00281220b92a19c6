#!/bin/sh
# run.sh ARGUMENT... builds the program in this folder and runs it on the checkout in the working directory. If the
# program is up to date, the build takes a fifth of a second.
# shellcheck disable=SC2016 # the shell of the user expands the commands in the messages
set -eu

fail() {
	printf '%s\n' "$*" >&2
	exit 1
}

command -v go >/dev/null ||
	fail 'go is not in PATH: install Go 1.26.8, or, with sudo, which sets a PATH of its own: sudo env "PATH=$PATH" make ...'
export GOWORK=off
in_module() { (cd infra/tools && "$@"); }

# set_to NAME prints the value that the environment or `go env -w` sets for a Go variable.
set_to() {
	eval "set_to_value=\${$1-}"
	[ -n "$set_to_value" ] || set_to_value=$(sed -n "s/^$1=//p" "$(GOTOOLCHAIN=local go env GOENV 2>/dev/null)" 2>/dev/null) || true
	printf '%s\n' "$set_to_value" | sed 's|^.*@|******@|' # a proxy's URL may hold a password
}
recent() { # recent VERSION: the version is 1.26.8 or later
	case $1 in
	go1.[0-9] | go1.[0-9].* | go1.1[0-9]* | go1.2[0-5]* | go1.26 | go1.26[a-z]* | go1.26.[0-7] | "") return 1 ;;
	esac
}
# check_toolchain fails if GOTOOLCHAIN prevents Go 1.26.8 or later.
check_toolchain() {
	toolchain=$(set_to GOTOOLCHAIN)
	if recent "$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null)"; then
		case $toolchain in
		"" | auto | local | path) ;;
		*) fail "GOTOOLCHAIN=$toolchain is not Go 1.26.8 or later, and $(command -v go) is: run the command again with GOTOOLCHAIN=local" ;;
		esac
	elif [ "$toolchain" = local ]; then
		fail "GOTOOLCHAIN=local prevents the download of Go 1.26.8, and $(command -v go) is older: install Go 1.26.8, or run the command again with GOTOOLCHAIN=auto"
	fi
}
# explain ERROR fails with an error of the go command, and names the variable to change if the error names one.
explain() {
	check_toolchain
	variable=$(printf '%s\n' "$1" | sed -n 's/.*\(GO[A-Z][A-Z0-9]*\).*/\1/p')
	case $1 in -*) variable=GOFLAGS ;; esac # the error begins with the flag
	[ -z "$variable" ] || [ -z "$(set_to "$variable")" ] ||
		fail "$variable=$(set_to "$variable") does not work (${1#go: }): run unset $variable, or go env -u $variable, and the command again"
	fail "Go 1.26.8 is needed, and $(command -v go) fails: $1"
}
failure() { in_module "$@" 2>&1 >/dev/null | grep -v '^go: downloading ' | head -n 1; }

settings="go env GOVERSION GOOS GOHOSTOS GOARCH GOHOSTARCH GOCACHE GOMODCACHE GOPROXY"
# shellcheck disable=SC2086 # words of a command
found=$(in_module $settings 2>/dev/null) || explain "$(failure $settings)"
{
	read -r version
	read -r system
	read -r host_system
	read -r machine
	read -r host_machine
	read -r builds
	read -r modules
	read -r proxies
} <<END
$found
END
if ! recent "$version"; then
	check_toolchain
	fail "Go 1.26.8 is needed, and $(command -v go) is $version: install a later one"
fi
[ "$system/$machine" = "$host_system/$host_machine" ] ||
	fail "Go is set to build for $system/$machine, and this machine is $host_system/$host_machine: run go env -u GOOS GOARCH"

folder() { # folder NAME VALUE PURPOSE: the folder can be created and written to
	case $2 in
	/*) ;;
	*) fail "$1=$(set_to "$1") is not an absolute path, and $3: run the command again with $1=/path/of/a/folder" ;;
	esac
	if ! mkdir -p "$2" 2>/dev/null || ! folder_try=$(mktemp -d "$2/kubernetes-networking.XXXXXX" 2>/dev/null); then
		fail "$1=$2 cannot be written, and $3: run the command again with $1=/path/of/a/folder"
	fi
	rmdir "$folder_try"
}
folder GOCACHE "$builds" "Go keeps compiled packages there"
case $modules in /*) [ -d "$modules/cache/download" ] ;; *) false ;; esac || folder GOMODCACHE "$modules" "Go downloads modules there"

printf '%s\n' "$proxies" | sed 's/[,|]/\
/g' | while read -r proxy; do
	case $proxy in
	"" | off | direct | noproxy | http://?* | https://?* | file:///*) continue ;;
	/* | *:/*) ;;
	*[.:]*) continue ;; # Go adds https://
	esac
	exit 1
done || fail "GOPROXY=$(set_to GOPROXY) is not a list of URLs, direct and off: run unset GOPROXY, or go env -u GOPROXY, and the command again"
in_module go list -m >/dev/null 2>&1 || explain "$(failure go list -m)"

# build compiles the program. Without a cache it also compiles a part of Go's library, and prints every 5 s how far it
# is: -v prints each package when its compilation begins.
build() {
	{ go build -C infra/tools -v -o "$root/.local/build/tools" . 2>&1 || echo failed; } | {
		failed=
		count=0
		printed=$(date +%s)
		while IFS= read -r line; do
			case $line in
			failed) failed=1 ;;
			"" | *[!A-Za-z0-9._~/-]*) printf '%s\n' "$line" >&2 ;; # not a package: a download, or an error
			*)
				count=$((count + 1))
				now=$(date +%s)
				[ $((now - printed)) -ge 5 ] || continue
				printed=$now
				printf 'infra/tools: %s packages, now %s\n' "$count" "$line" >&2
				;;
			esac
		done
		[ -z "$failed" ]
	}
}

root=$(pwd -P)
build
unset GOWORK
exec "$root/.local/build/tools" --root "$root" "$@"
