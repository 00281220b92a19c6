#!/bin/sh
# Starts PostgreSQL. Creates the database cluster in PGDATA first if there is none. The environment variables are those
# of the official image: POSTGRES_USER, POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, POSTGRES_DB, POSTGRES_INITDB_ARGS,
# PGDATA.
set -eu

# template is the cluster that the image's build created; spare is a database in it that gets its name from POSTGRES_DB.
template=/usr/local/share/postgresql/cluster
spare=spare

fail() {
	echo "docker-entrypoint.sh: $*" >&2
	exit 1
}

# initialise creates the cluster in a temporary folder and moves it to PGDATA, PG_VERSION last. An interrupted start
# therefore leaves no PG_VERSION, and the next start begins again.
initialise() {
	if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
		[ -z "${POSTGRES_PASSWORD:-}" ] || fail "set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, not both"
		POSTGRES_PASSWORD=$(cat "$POSTGRES_PASSWORD_FILE")
	fi
	password=$(printf '%s\n' "${POSTGRES_PASSWORD:-}" | sed -e 's/\r*$//' -e 1q) # one line, as initdb reads it
	[ -n "$password" ] || fail "set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE: a database needs a password"
	user=${POSTGRES_USER:-postgres}
	database=${POSTGRES_DB:-$user}
	case $user in pg_*) fail "POSTGRES_USER=$user: PostgreSQL reserves names that start with pg_, choose another" ;; esac
	new=$PGDATA/.initialising

	if [ -d "$new" ]; then # an interrupted start has left it, and the files that it had moved
		rm -rf "$new" "${PGDATA:?}"/*
	fi
	[ -z "$(ls -A "$PGDATA")" ] || fail "PGDATA=$PGDATA contains files but no database (PG_VERSION): set PGDATA to an empty folder, such as $PGDATA/pgdata"

	mkdir -m 0700 "$new"
	if [ -n "${POSTGRES_INITDB_ARGS:-}" ]; then
		passwords=$(mktemp)
		trap 'rm -f "$passwords"' EXIT # also if initdb fails: /tmp may outlive the container
		printf '%s\n' "$password" >"$passwords"
		# shellcheck disable=SC2086 # POSTGRES_INITDB_ARGS is a list of words
		create-cluster.sh "$new" "$database" --username="$user" --pwfile="$passwords" $POSTGRES_INITDB_ARGS
		rm "$passwords"
	else
		copy_template
	fi

	for file in "$new"/*; do
		[ "$file" = "$new/PG_VERSION" ] || mv "$file" "$PGDATA/"
	done
	mv "$new/PG_VERSION" "$PGDATA/"
	rmdir "$new"
}

# copy_template creates the cluster in a fifth of initdb's time.
copy_template() {
	(umask 077 && cp -RL "$template/." "$new") # -L, because equal files of the template are hard links
	identify "$new/global/pg_control"
	# pg_resetwal writes the first WAL, which the template lacks, and the checksum of the control file, which identify
	# leaves wrong. --force accepts the wrong checksum.
	output=$(pg_resetwal --force --pgdata="$new" 2>&1) || fail "pg_resetwal: $output"
	# ALTER ROLE cannot rename the role of its own session. An error must not write the password to the log.
	{
		echo "ALTER ROLE CURRENT_USER PASSWORD $(literal "$password")"
		echo "UPDATE pg_authid SET rolname = $(literal "$user") WHERE rolname = 'postgres'"
		if [ "$database" = postgres ]; then
			echo "DROP DATABASE $spare"
		else
			echo "UPDATE pg_database SET datname = $(literal "$database") WHERE datname = '$spare'"
		fi
	} | postgres --single -D "$new" -c exit_on_error=true -c log_min_error_statement=panic postgres >/dev/null
	initdb --sync-only --pgdata="$new" >/dev/null
}

literal() {
	printf "'%s'" "$(printf %s "$1" | sed "s/'/''/g")"
}

# identify writes a new random system identifier and nonce to the control file $1. The identifier distinguishes a
# server's WAL, backups and replicas from those of another server. The last of its bytes, which is the highest, is zero:
# pg_control_system() returns a signed number, and the identifiers of initdb are positive. The layout is ControlFileData
# (pg_control.h, version 1300), which the image's build checks: identifier 8 bytes, other values, nonce 32, CRC-32C 4,
# padding 4.
identify() {
	{
		head -c 7 /dev/urandom
		head -c 1 /dev/zero
		head -c 256 "$template/global/pg_control" | tail -c +9
		head -c 32 /dev/urandom
		head -c 8 /dev/zero
	} >"$1"
}

[ $# -gt 0 ] || set -- postgres
case $1 in -*) set -- postgres "$@" ;; esac

if [ "$1" = postgres ]; then
	[ "$(id -u)" != 0 ] || fail "must not run as root: remove runAsUser, or run it as uid 999"
	mkdir -p "$PGDATA"
	chmod 0700 "$PGDATA"
	[ -s "$PGDATA/PG_VERSION" ] || initialise
	unset POSTGRES_PASSWORD
fi
exec "$@"
