#!/bin/sh
# check.sh STACK BASE [GOAL...] prints in one line why make cannot work here, or nothing. The Makefile runs it before
# anything else. It needs neither bash nor Go nor GNU tools, and takes a few milliseconds.
# shellcheck disable=SC2016 # the shell of the user expands the commands in the messages
stack=$1 base=${2:-main}
shift 2
LC_ALL=C
export LC_ALL
unset CDPATH GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

refuse() {
	printf '%s\n' "$*"
	exit
}

requested() { # requested GOAL...: the command line has one of these goals
	for requested_goal; do
		case " $goals " in *" $requested_goal "*) return 0 ;; esac
	done
	return 1
}

printable() { tr '\000-\037\177' '?'; }

goals=$*
again='sudo env "PATH=$PATH" make'" $goals"

# make splits lists at spaces, PATH is split at colons, overlay mounts at commas, and URLs at # and ?.
folder=$(pwd -P)
folder=$(printf %s "$folder" | printable)
other=$(pwd -P | tr -d 'A-Za-z0-9/._+@~\200-\377-')
if [ "$(pwd -P | wc -l)" -gt 1 ]; then
	character="a newline"
else
	case $other in
	"") character="" ;;
	" "*) character="a space" ;;
	"	"*) character="a tab" ;;
	[[:cntrl:]]*) character="a control character" ;;
	*) character="the character $(printf %s "$other" | cut -c1)" ;;
	esac
fi
[ -z "$character" ] || refuse "the path of this checkout, $folder, holds $character: move the checkout to a path of letters, digits and / . _ - + @ ~"

case /$stack/ in
*[!A-Za-z0-9._/-]* | *//* | */./* | */../* | */-*)
	refuse "STACK=$(printf %s "$stack" | printable) is not the name of a stack: use letters, digits, dots, dashes and underscores, as in STACK=mine"
	;;
esac

case ${HOME:-} in
/*) ;;
"") refuse "HOME is not set, and Go's caches are below it: run the command again with HOME=/path/of/your/home" ;;
*) refuse "HOME=$HOME is not an absolute path: run the command again with HOME=/path/of/your/home" ;;
esac

# Tests and build steps run programs from temporary folders.
temporary() { # temporary NAME FOLDER
	case $2 in /*) ;; *) refuse "$1=$2 is not an absolute path: run the command again with $1=/tmp" ;; esac
	try=$(mktemp -d "$2/kubernetes-networking.XXXXXX" 2>/dev/null) ||
		refuse "$1: no folder can be created in $2: run the command again with $1 set to a folder that you can write to, such as $1=/var/tmp"
	printf '#!/bin/sh\n' >"$try/program"
	chmod 700 "$try/program"
	runs=yes
	"$try/program" 2>/dev/null || runs=no
	rm -rf "$try"
	[ $runs = yes ] || refuse "$1: programs cannot run in $2 (it may be mounted noexec): run the command again with $1 set to another folder, such as $1=/var/tmp"
}
temporary TMPDIR "${TMPDIR:-/tmp}"
[ -z "${GOTMPDIR:-}" ] || temporary GOTMPDIR "$GOTMPDIR"

# The embedded cluster.
if { [ "$stack" = dev ] && requested up cluster tools bench-up bench-cluster conformance; } || requested e2e e2e-cluster; then
	system=$(uname -s)
	[ "$system" = Linux ] || refuse "the embedded cluster needs Linux, and this is $system: use a cluster of your own, such as kind:" \
		'(1) kind create cluster' \
		'(2) make tools STACK=kind && eval "$(make env STACK=kind)" && pulumi stack init kind &&' \
		'pulumi config set-all --plaintext kubeconfig="$HOME/.kube/config" --plaintext context=kind-kind --plaintext imageRepo=kind.local --plaintext serviceType=NodePort' \
		'(3) make up STACK=kind'
	machine=$(uname -m)
	case $machine in
	x86_64 | aarch64 | arm64) ;;
	*) refuse "the embedded cluster runs on x86_64 and arm64, and this machine is $machine: use a cluster of your own (see \"Your own cluster\" in infra/README.md)" ;;
	esac
	[ "$(id -u)" = 0 ] || refuse "the embedded cluster needs root: run $again, or use a cluster of your own (see \"Your own cluster\" in infra/README.md)"
fi

# ONLY selects tests.
if [ -n "${ONLY-}" ]; then
	if requested e2e; then
		case $ONLY in
		demo | browser | updates | labs) ;;
		*) refuse "ONLY=$(printf %s "$ONLY" | printable) is not a part of make e2e: the parts are demo, browser, updates and labs" ;;
		esac
	fi
	if requested e2e-cluster; then
		for topic in $ONLY; do
			case $topic in */* | .*) found=no ;; *) [ -d "infra/cluster/e2e/$topic" ] && found=yes || found=no ;; esac
			[ "$found" = yes ] || refuse "ONLY=$(printf %s "$topic" | printable) is not a part of make e2e-cluster: the parts are" \
				"$(cd infra/cluster/e2e && echo *)"
		done
	fi
fi

# Files that root has created.
for path in . .local .local/*/ .local/build/lock; do
	[ -e "$path" ] || continue
	[ "$path" != . ] || [ ! -e .local ] || continue
	if [ ! -w "$path" ] || { [ -d "$path" ] && [ ! -x "$path" ]; }; then
		# shellcheck disable=SC2012 # stat has other options on BSD
		owner=$(ls -ld "$path" | awk '{ print $3 }')
		path=$(printf %s "$folder/$path" | sed -e 's|/$||' -e 's|/\.$||')
		[ "$owner" != "$(id -un)" ] || refuse "$path cannot be written: look at its mode and its file system"
		refuse "$path belongs to $owner, so that $(id -un) cannot use it: run $again, or use a checkout of your own"
	fi
done

if [ "$stack" != dev ] && requested up deploy preview manifests manifests-diff destroy; then
	file=Pulumi.${stack##*/}.yaml
	[ -e "$file" ] || refuse "there is no stack $stack here ($file is missing): create one with" \
		"make tools STACK=$stack && eval \"\$(make env STACK=$stack)\" && pulumi stack init $stack, and see \"Your own cluster\" in infra/README.md"
fi

if requested manifests-diff; then
	command -v git >/dev/null || refuse "git is missing, and manifests-diff compares with a commit: install git"
	[ -e .git ] || refuse "manifests-diff compares with a commit, and $folder is not a git checkout: clone the repository"
	git rev-parse --verify --quiet "$base^{commit}" >/dev/null ||
		refuse "BASE=$(printf %s "$base" | printable) is not a commit of this checkout: make manifests-diff BASE=HEAD~1, or fetch it with git fetch origin"
fi
