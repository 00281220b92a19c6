#!/bin/sh
# Starts PostgreSQL, and creates the database cluster in PGDATA first where there is none.
# The environment is the official image's: POSTGRES_USER, POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, POSTGRES_DB,
# POSTGRES_INITDB_ARGS, PGDATA.
set -eu

fail() {
	echo "docker-entrypoint.sh: $*" >&2
	exit 1
}

# initialise makes the cluster in a folder of its own and moves it into place with PG_VERSION last. A start that was
# interrupted therefore leaves no PG_VERSION, and the next one begins anew.
initialise() {
	if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
		[ -z "${POSTGRES_PASSWORD:-}" ] || fail "set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, not both"
		POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
	fi
	[ -n "${POSTGRES_PASSWORD:-}" ] || fail "set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE: a database needs a password"
	user=${POSTGRES_USER:-postgres}
	database=${POSTGRES_DB:-$user}
	new=$PGDATA/.initialising

	if [ -d "$new" ]; then # only an interrupted start of this script has left it, and what it had moved by then
		rm -rf "$new" "${PGDATA:?}"/*
	fi
	[ -z "$(ls -A "$PGDATA")" ] || fail "PGDATA=$PGDATA holds files but no database (PG_VERSION): set PGDATA to an empty folder, such as $PGDATA/pgdata"

	mkdir -m 0700 "$new"
	passwords=$(mktemp)
	printf '%s\n' "$POSTGRES_PASSWORD" >"$passwords"
	# Nobody else shares the container's socket, so that it is trusted; from the network a password is required.
	# shellcheck disable=SC2086 # POSTGRES_INITDB_ARGS is a list of words
	initdb --pgdata="$new" --username="$user" --pwfile="$passwords" --encoding=UTF8 --locale=C.UTF-8 \
		--auth-local=trust --auth-host=scram-sha-256 --no-instructions ${POSTGRES_INITDB_ARGS:-}
	rm "$passwords"
	echo "host all all all scram-sha-256" >>"$new/pg_hba.conf"
	echo "listen_addresses = '*'" >>"$new/postgresql.conf"

	if [ "$database" != postgres ]; then
		echo "CREATE DATABASE \"$(printf %s "$database" | sed 's/"/""/g')\"" |
			postgres --single -D "$new" -c exit_on_error=true postgres >/dev/null
	fi

	for file in "$new"/*; do
		[ "$file" = "$new/PG_VERSION" ] || mv "$file" "$PGDATA/"
	done
	mv "$new/PG_VERSION" "$PGDATA/"
	rmdir "$new"
}

[ $# -gt 0 ] || set -- postgres
case $1 in -*) set -- postgres "$@" ;; esac

if [ "$1" = postgres ]; then
	[ "$(id -u)" != 0 ] || fail "runs as root: run it as uid 999, as the image says"
	mkdir -p "$PGDATA"
	chmod 0700 "$PGDATA"
	[ -s "$PGDATA/PG_VERSION" ] || initialise
	unset POSTGRES_PASSWORD
fi
exec "$@"
