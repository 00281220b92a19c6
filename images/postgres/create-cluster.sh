#!/bin/sh
# create-cluster.sh FOLDER DATABASE [OPTION...] makes a database cluster with this image's settings in the folder, and a
# database in it. The options are initdb's. It runs once when the image is made, and in a container whose environment
# has options of its own for initdb.
set -eu
folder=$1 database=$2
shift 2

# Nobody else shares the container's socket, so that it is trusted; from the network a password is required.
initdb --pgdata="$folder" --encoding=UTF8 --locale=C.UTF-8 \
	--auth-local=trust --auth-host=scram-sha-256 --no-instructions "$@"
echo "host all all all scram-sha-256" >>"$folder/pg_hba.conf"
echo "listen_addresses = '*'" >>"$folder/postgresql.conf"

if [ "$database" != postgres ]; then
	# file_copy, as initdb itself does: the new database's files equal template1's, so that the image holds them once.
	echo "CREATE DATABASE \"$(printf %s "$database" | sed 's/"/""/g')\" STRATEGY = file_copy" |
		postgres --single -D "$folder" -c exit_on_error=true postgres >/dev/null
fi
