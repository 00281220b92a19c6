# shellcheck shell=bash disable=SC2034 # recipes of the Makefile read the arrays
# environment.sh sets the environment of the stack PULUMI_STACK. bash reads it before each recipe of the Makefile,
# because BASH_ENV names it. `make env` prints the environment, and `make shell` opens a shell in it.
#
# It is a script, and not a part of the program beside it, because `make help`, `make down` and `make clean` must work
# before that program is built, and `make env` without Go. It works with bash 3.2, which macOS has. Because bash reads
# it before each recipe, it starts no other program; only print_environment does.

unset BASH_ENV   # scripts that a recipe starts have the environment already
set -f           # no word below is a file name pattern
cd -P . || exit 1 # as in make's CURDIR, the path holds no symbolic links
local_folder=$PWD/.local

exported=(PULUMI_STACK) # variables that the environment sets
dropped=()              # variables that it has unset
# Variables that would change what is built or what a recipe reads. `make env` and `make shell` unset them, too.
cleared=(GOWORK GOOS GOARCH GOEXPERIMENT GO111MODULE)

# given NAME: the command line of make sets the variable.
given() {
	case " ${MAKEFLAGS-}" in *" $1="*) ;; *) return 1 ;; esac
}
# put NAME VALUE exports a variable, unless the command line of make sets it.
put() {
	exported+=("$1")
	given "$1" || export "$1=$2"
}
# drop NAME unsets a variable.
drop() {
	[ -n "${!1+set}" ] || return 0
	dropped+=("$1")
	unset "$1"
}

put PATH "$local_folder/bin:${PATH//"$local_folder/bin:"/}"
# Resources wait for Pods, not for a processor. With Pulumi's default of four for each processor, the last resources
# begin when the first Pods are ready.
put PULUMI_PARALLEL "${PULUMI_PARALLEL-64}"
# PULUMI_HOME may be one in .local already, in a recipe that runs make or in `make shell`.
case ${PULUMI_HOME-} in
"" | */.local/pulumi-*) put OWN_PULUMI_HOME "${OWN_PULUMI_HOME:-${HOME:-~}/.pulumi}" ;;
*) put OWN_PULUMI_HOME "$PULUMI_HOME" ;;
esac

# All compiles use the same flags: they share one build cache, and `pulumi up` finds its program up to date. Of the
# user's own flags, those stay that do not change the result. The binaries are stripped, so -dwarf=false leaves out their
# debug information. With GOGC=400 the compiler collects garbage less often and needs up to 0.7 GB, and never lets its
# heap grow beyond GOMEMLIMIT for that. Both save up to a third of the time that a large package takes.
own_flags=
for flag in ${GOFLAGS-}; do
	case $flag in -modcacherw | -p=*) own_flags+="$flag " ;; esac
done
compiler="-gcflags=all=-dwarf=false '-toolexec=env GOGC=400 GOMEMLIMIT=2GiB'"
export CGO_ENABLED=0 GOFLAGS="$own_flags-trimpath -buildvcs=false $compiler"
exported+=(CGO_ENABLED GOFLAGS)
# A cache that checkouts share returns findings with the paths of other checkouts, which may not exist any more.
# golangci-lint then cannot read their nolint comments.
export GOLANGCI_LINT_CACHE=$local_folder/lint
for name in "${cleared[@]}"; do drop "$name"; done
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

# The dev stack lives on this machine alone: the embedded cluster, a backend in .local, and a passphrase that need not
# be secret, because it protects throw-away state. Other stacks use the cluster that their configuration names, and the
# backend and passphrase that the user is logged in with.
dev=(
	"KUBECONFIG=$local_folder/cluster/kubeconfig"
	"PULUMI_HOME=$local_folder/pulumi-home"
	# Without metadata files: an update that is killed while it writes one leaves it empty, and the state unreadable.
	"PULUMI_BACKEND_URL=file://$local_folder/pulumi?metadata=skip"
	"PULUMI_CONFIG_PASSPHRASE=kubernetes-networking"
	"PULUMI_IGNORE_AMBIENT_PLUGINS=true"
	"PULUMI_SKIP_UPDATE_CHECK=true"
)
patterns=() # further variables that `make shell` unsets
kept=()     # variables that the patterns do not apply to

if [ "$PULUMI_STACK" = dev ]; then
	for pair in "${dev[@]}"; do put "${pair%%=*}" "${pair#*=}"; done
	# Variables of another project change what the clients do: with PULUMI_K8S_DELETE_UNREACHABLE, a refresh while the
	# cluster is down deletes every resource from the state. All are unset but credentials, personal preferences, and
	# settings of the machine.
	patterns=('PULUMI_*' 'KUBE*' HELM_DRIVER HELM_NAMESPACE 'HELM_KUBE*')
	kept=(PULUMI_ACCESS_TOKEN PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION PULUMI_PLUGIN_DOWNLOAD_URL_OVERRIDES
		KUBE_EDITOR KUBECACHEDIR KUBECTL_EXTERNAL_DIFF)
	for name in ${!PULUMI_@} ${!KUBE@} ${!HELM_KUBE@} HELM_DRIVER HELM_NAMESPACE; do
		case " ${exported[*]} ${kept[*]} " in *" $name "*) continue ;; esac
		if given "$name"; then kept+=("$name"); else drop "$name"; fi
	done
else
	# In the shell of the dev stack, another stack must not get its backend and passphrase. A path of this checkout
	# marks it.
	inherited=()
	for pair in "${dev[@]}"; do
		name=${pair%%=*}
		[ "${!name-}" != "${pair#*=}" ] || inherited+=("$name")
	done
	case " ${inherited[*]} " in
	*" KUBECONFIG "* | *" PULUMI_HOME "* | *" PULUMI_BACKEND_URL "*)
		for name in "${inherited[@]}"; do [ "$name" = PULUMI_HOME ] || drop "$name"; done
		;;
	esac
	# pulumi warns at every command about a plugin that it finds in PATH, but not in its home. This home shows what the
	# user's own holds, and the provider that was built here.
	put PULUMI_HOME "$local_folder/pulumi-own"
	put PULUMI_CREDENTIALS_PATH "${PULUMI_CREDENTIALS_PATH:-$OWN_PULUMI_HOME}"
fi
set +f

print_environment() {
	for name in "${exported[@]}"; do
		echo "export $name='$(printf %s "${!name}" | sed "s/'/'\\\\''/g")'"
	done
	for name in "${dropped[@]}"; do echo "unset $name"; done
}
