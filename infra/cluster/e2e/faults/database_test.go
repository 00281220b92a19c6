//go:build e2e

package faults

import (
	"bufio"
	_ "embed"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

//go:embed database.yaml
var database string

// startDatabase starts PostgreSQL. It returns false if this checkout does not have the image, which `make up` builds.
func startDatabase(t *testing.T) bool {
	t.Helper()
	built, err := filepath.Glob(filepath.Join(string(clustertest.Root()), "../images/postgres-*"))
	if err != nil {
		t.Fatal(err)
	}
	if len(built) == 0 {
		t.Log("without a database: the PostgreSQL image is not built (make up)")
		return false
	}
	index, err := layout.ImageIndexFromPath(built[0])
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	image, err := index.Image(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	reference, err := name.ParseReference("127.0.0.1:15000/postgres")
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(reference, image); err != nil {
		t.Fatal(err)
	}
	clustertest.Apply(t, "default", database)
	clustertest.Kubectl(t, "rollout", "status", "statefulset/database", "--timeout=60s")
	sql(t, "CREATE TABLE rows (id integer PRIMARY KEY)")
	return true
}

// sql runs a statement and returns the resulting values, one on each line.
func sql(t *testing.T, statement string) string {
	t.Helper()
	return clustertest.Exec(t, "default", "database-0", "psql", "--username=postgres", "--no-align", "--tuples-only", "--quiet", "--command="+statement)
}

// rows inserts rows into the database, each in its own transaction, until an insert fails. It records the last
// committed row.
type rows struct {
	mutex     sync.Mutex
	committed int // number of the last committed row, starting at 1
}

func writeRows(t *testing.T) *rows {
	t.Helper()
	r := &rows{}
	script := `i=0; while i=$((i+1)); do echo "INSERT INTO rows VALUES ($i) RETURNING id;"; done | psql --username=postgres --no-align --tuples-only --quiet`
	cmd := clustertest.KubectlCommand(t.Context(), "exec", "database-0", "--", "sh", "-c", script)
	committed, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(committed); lines.Scan(); {
			if id, err := strconv.Atoi(lines.Text()); err == nil {
				r.mutex.Lock()
				r.committed = id
				r.mutex.Unlock()
			}
		}
		_ = cmd.Wait() // fails after the power cut
	}()
	return r
}

func (r *rows) count() int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.committed
}

// check fails the test unless all committed rows exist.
func (r *rows) check(t *testing.T) {
	t.Helper()
	clustertest.Kubectl(t, "rollout", "status", "statefulset/database", "--timeout=60s")
	found := strings.TrimSpace(sql(t, fmt.Sprintf("SELECT count(*) FROM rows WHERE id <= %d", r.count())))
	if found != strconv.Itoa(r.count()) {
		t.Errorf("of %d committed rows %s exist", r.count(), found)
	}
}
