package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestImageKeepsDataAndRequiresThePassword runs the image as a Pod does: with uid 999, a read-only root and mounted
// volumes.
func TestImageKeepsDataAndRequiresThePassword(t *testing.T) {
	database := newContainer(t)
	password := filepath.Join(database.data, "password")
	if err := os.WriteFile(password, []byte("s3cret word\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	environment := []string{
		"POSTGRES_USER=app", "POSTGRES_DB=app-data", "POSTGRES_PASSWORD_FILE=/" + dataFolder + "/password",
	}

	stop := database.start(environment)
	database.query("s3cret word", "CREATE TABLE kept (value text); INSERT INTO kept VALUES ('still here')")
	output, err := database.psql("wrong", "SELECT 1")
	if err == nil || !strings.Contains(output, "authentication failed") {
		t.Errorf("a wrong password gives %v: %s; want an authentication failure", err, output)
	}
	stop()

	stop = database.start(environment)
	defer stop()
	if got := database.query("s3cret word", "SELECT value FROM kept"); got != "still here" {
		t.Errorf("after a restart the row reads %q, want %q", got, "still here")
	}
}

func TestInterruptedInitialisationStartsOver(t *testing.T) {
	database := newContainer(t)
	for _, left := range []string{"pgdata", "pgdata/base", "pgdata/.initialising"} {
		folder := filepath.Join(database.data, left)
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(folder, user, user); err != nil {
			t.Fatal(err)
		}
	}
	defer database.start([]string{"POSTGRES_USER=app", "POSTGRES_DB=app-data", "POSTGRES_PASSWORD=p"})()
	if got := database.query("p", "SELECT current_database()"); got != "app-data" {
		t.Errorf("database is %q, want app-data", got)
	}
}

func TestInvalidConfigurationIsReported(t *testing.T) {
	database := newContainer(t)
	if err := os.WriteFile(filepath.Join(database.data, "other"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name        string
		environment []string
		want        string
	}{
		{"no password", nil, "set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE"},
		{"two passwords", []string{"POSTGRES_PASSWORD=a", "POSTGRES_PASSWORD_FILE=/b"}, "not both"},
		{"a folder with other files", []string{"POSTGRES_PASSWORD=a", "PGDATA=/" + dataFolder}, "contains files but no database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			output, err := database.run(t.Context(), c.environment, "docker-entrypoint.sh").CombinedOutput()
			if err == nil || !strings.Contains(string(output), c.want) {
				t.Errorf("error %v with the output %q, want %q", err, output, c.want)
			}
		})
	}
}
