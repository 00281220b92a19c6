package postgres

import (
	"strconv"
	"strings"
	"testing"
)

const first = "POSTGRES_USER=app POSTGRES_DB=app-data POSTGRES_PASSWORD=p"

// TestCopiedClusterEqualsAnInitialisedOne compares the client's view of both kinds of a first start.
func TestCopiedClusterEqualsAnInitialisedOne(t *testing.T) {
	ways := map[string]container{}
	for way, environment := range map[string]string{"copied": first, "initialised": first + " POSTGRES_INITDB_ARGS=--no-clean"} {
		ways[way] = newContainer(t)
		defer ways[way].start(strings.Fields(environment))()
	}
	for _, c := range []struct{ what, query, want string }{
		{"roles", "SELECT oid, rolname, rolsuper, rolcanlogin FROM pg_authid WHERE rolcanlogin", "10|app|t|t"},
		{"passwords", "SELECT rolname, substr(rolpassword, 1, 14) FROM pg_authid WHERE rolpassword IS NOT NULL", "app|SCRAM-SHA-256$"},
		{
			"databases", "SELECT datname, pg_get_userbyid(datdba), datcollate, pg_encoding_to_char(encoding), datallowconn " +
				"FROM pg_database ORDER BY 1",
			"app-data|app|C.UTF-8|UTF8|t postgres|app|C.UTF-8|UTF8|t template0|app|C.UTF-8|UTF8|f template1|app|C.UTF-8|UTF8|t",
		},
		{"checksums", "SHOW data_checksums", "off"},
		{
			"access", "SELECT type, array_to_string(user_name, ','), address, auth_method FROM pg_hba_file_rules ORDER BY line_number",
			"local|all||trust host|all|127.0.0.1|scram-sha-256 host|all|::1|scram-sha-256 " +
				"local|all||trust host|all|127.0.0.1|scram-sha-256 host|all|::1|scram-sha-256 host|all|all|scram-sha-256",
		},
		{
			"settings", "SELECT name, setting FROM pg_settings WHERE source = 'configuration file' AND name IN " +
				"('listen_addresses', 'max_connections', 'shared_buffers', 'TimeZone', 'lc_messages', 'max_wal_size') ORDER BY 1",
			"TimeZone|UTC lc_messages|C.UTF-8 listen_addresses|* max_connections|100 max_wal_size|1024 shared_buffers|16384",
		},
		{"objects", "SELECT count(*) > 300 FROM pg_class", "t"},
	} {
		for way, database := range ways {
			if got := strings.ReplaceAll(database.query("p", c.query), "\n", " "); got != c.want {
				t.Errorf("%s of the %s one: %s gives\n%s, want\n%s", c.what, way, c.query, got, c.want)
			}
		}
	}
}

func TestInitdbGetsItsOptions(t *testing.T) {
	database := newContainer(t)
	defer database.start(strings.Fields(first + " POSTGRES_INITDB_ARGS=--data-checksums"))()
	if got := database.query("p", "SHOW data_checksums"); got != "on" {
		t.Errorf("with --data-checksums checksums are %s, want on", got)
	}
}

func TestEachClusterHasItsOwnPositiveIdentifier(t *testing.T) {
	const query = "SELECT system_identifier FROM pg_control_system()"
	seen := map[int64]bool{}
	for range 2 {
		database := newContainer(t)
		stop := database.start(strings.Fields(first))
		answer := database.query("p", query)
		stop()
		identifier, err := strconv.ParseInt(answer, 10, 64)
		// Half of all random numbers of 8 bytes are positive, so the test expects one of 7 bytes.
		if err != nil || identifier <= 0 || identifier >= 1<<56 {
			t.Errorf("the identifier is %s, want a positive number of 7 bytes", answer)
		}
		seen[identifier] = true
	}
	if len(seen) != 2 {
		t.Errorf("two databases have the identifiers %v, want two different ones", seen)
	}
}

func TestFirstStartAcceptsAnyNameAndPassword(t *testing.T) {
	for _, c := range []struct{ name, user, database, password, databases string }{
		{"quotes", `o'a"pp`, `d'at"a`, `it's "here"\`, `d'at"a postgres template0 template1`},
		{"names of the template", "postgres", "spare", "p", "postgres spare template0 template1"},
		{"no additional database", "postgres", "postgres", "p", "postgres template0 template1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			database := newContainer(t)
			database.user, database.name = c.user, c.database
			stop := database.start([]string{
				"POSTGRES_USER=" + c.user, "POSTGRES_DB=" + c.database, "POSTGRES_PASSWORD=" + c.password + "\r\nsecond line",
			})
			defer stop()
			got := strings.Fields(database.query(c.password, "SELECT datname FROM pg_database ORDER BY 1"))
			if strings.Join(got, " ") != c.databases {
				t.Errorf("databases are %q, want %q", got, c.databases)
			}
		})
	}
}

func TestFailedFirstStartDoesNotLogThePassword(t *testing.T) {
	database := newContainer(t)
	output, err := database.run(t.Context(), []string{
		"POSTGRES_USER=app", "POSTGRES_DB=template1", "POSTGRES_PASSWORD=s3cret",
	}, "docker-entrypoint.sh").CombinedOutput()
	if want := "(datname)=(template1) already exists"; err == nil || !strings.Contains(string(output), want) {
		t.Errorf("a taken database name: %v with the output %s, want %q", err, output, want)
	}
	if strings.Contains(string(output), "s3cret") {
		t.Errorf("the password is in the log:\n%s", output)
	}
}

// TestFailingInitdbLeavesNoPassword checks /tmp, which may be a volume that outlives the container.
func TestFailingInitdbLeavesNoPassword(t *testing.T) {
	database := newContainer(t)
	environment := strings.Fields(first + " POSTGRES_INITDB_ARGS=--no-such-option")
	output, err := database.run(t.Context(), environment, "sh", "-c", "docker-entrypoint.sh; ls -A /tmp | sed 's/^/left /'").CombinedOutput()
	if want := "unrecognized option '--no-such-option'"; err != nil || !strings.Contains(string(output), want) {
		t.Errorf("error %v with the output %s, want %q", err, output, want)
	}
	if strings.Contains(string(output), "left ") {
		t.Errorf("files are left in /tmp:\n%s", output)
	}
}
