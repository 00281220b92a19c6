#!/bin/sh
# create-cluster.sh FOLDER DATABASE [OPTION...] creates a database cluster with this image's settings in FOLDER, and a
# database in it. The options are passed to initdb. The script runs when the image is built, and in a container with
# POSTGRES_INITDB_ARGS.
set -eu
folder=$1 database=$2
shift 2

# Only this container can use the socket, so connections through it are trusted. Connections over the network need a
# password.
initdb --pgdata="$folder" --encoding=UTF8 --locale=C.UTF-8 \
	--auth-local=trust --auth-host=scram-sha-256 --no-instructions "$@"
echo "host all all all scram-sha-256" >>"$folder/pg_hba.conf"
echo "listen_addresses = '*'" >>"$folder/postgresql.conf"

if [ "$database" != postgres ]; then
	# With file_copy, as in initdb, the new database's files equal those of template1, so the image stores them only
	# once.
	echo "CREATE DATABASE \"$(printf %s "$database" | sed 's/"/""/g')\" STRATEGY = file_copy" |
		postgres --single -D "$folder" -c exit_on_error=true postgres >/dev/null
fi
