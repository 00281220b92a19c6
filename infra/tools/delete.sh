#!/bin/sh
# delete.sh deletes the embedded cluster with its data, and the state of the stack dev.
set -eu
local=$PWD/.local
if [ -x "$local/bin/cluster" ]; then
	"$local/bin/cluster" delete --root "$local"
elif [ -d "$local/cluster" ]; then # after `make clean`; a cluster that runs holds the lock
	flock --nonblock "$local/cluster/lock" rm -rf --one-file-system "$local/cluster" || {
		echo "$local/cluster cannot be deleted. If the cluster runs: make tools brings back what stops it." >&2
		exit 1
	}
fi
rm -rf "$local/pulumi"
