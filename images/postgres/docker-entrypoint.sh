#!/bin/sh
# Starts PostgreSQL, and creates the database cluster in PGDATA first where there is none.
# The environment is the official image's: POSTGRES_USER, POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE, POSTGRES_DB,
# POSTGRES_INITDB_ARGS, PGDATA.
set -eu

# template is the cluster that initdb made with the image; spare is the database in it that nobody has named yet.
template=/usr/local/share/postgresql/cluster
spare=spare

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
	password=$(printf '%s\n' "${POSTGRES_PASSWORD:-}" | sed -e 's/\r*$//' -e 1q) # one line, as initdb reads it
	[ -n "$password" ] || fail "set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE: a database needs a password"
	user=${POSTGRES_USER:-postgres}
	database=${POSTGRES_DB:-$user}
	case $user in pg_*) fail "POSTGRES_USER=$user: PostgreSQL keeps names that begin with pg_ to itself, choose another" ;; esac
	new=$PGDATA/.initialising

	if [ -d "$new" ]; then # only an interrupted start of this script has left it, and what it had moved by then
		rm -rf "$new" "${PGDATA:?}"/*
	fi
	[ -z "$(ls -A "$PGDATA")" ] || fail "PGDATA=$PGDATA holds files but no database (PG_VERSION): set PGDATA to an empty folder, such as $PGDATA/pgdata"

	mkdir -m 0700 "$new"
	if [ -n "${POSTGRES_INITDB_ARGS:-}" ]; then
		passwords=$(mktemp)
		trap 'rm -f "$passwords"' EXIT # /tmp outlives a container that initdb ends by an error
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

# copy_template does in a fifth of the time what initdb does.
copy_template() {
	(umask 077 && cp -RL "$template/." "$new") # -L, because equal files of its databases are hard links
	identify "$new/global/pg_control"
	pg_resetwal --pgdata="$new" >/dev/null # writes the first WAL, which the template lacks
	# ALTER ROLE cannot rename the role that a session runs as. An error must not bring the password into the log.
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

# identify gives the control file $1 a system identifier and a nonce of its own, as initdb would: by its identifier a
# server knows its own WAL, backups and replicas from another's. PostgreSQL 17 has a tool that does the same
# (pg_createsubscriber). The layout is ControlFileData's (pg_control.h, version 1300), which the image's build checks:
# identifier 8 bytes, other values, nonce 32, CRC-32C 4, padding 4.
identify() {
	{
		head -c 4 /dev/urandom
		little_endian "$(date +%s)"
		head -c 256 "$template/global/pg_control" | tail -c +9
		head -c 32 /dev/urandom
	} >"$1"
	sum=$(crc32c <"$1")
	{
		little_endian "$sum"
		little_endian 0
	} >>"$1"
}

little_endian() {
	# shellcheck disable=SC2059 # the format is the four bytes
	printf "$(printf '\\%03o' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24 & 255)))"
}

crc32c() {
	crc=$((0xFFFFFFFF))
	for byte in $(od -An -v -tu1); do
		crc=$((crc ^ byte))
		for _ in 1 2 3 4 5 6 7 8; do crc=$((crc >> 1 ^ 0x82F63B78 * (crc & 1))); done
	done
	echo $((crc ^ 0xFFFFFFFF))
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
