//go:build e2e

package faults

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
)

func TestFullDiskIsReportedAndTheClusterRecovers(t *testing.T) {
	d := newDisk(t, 2000)
	full := regexp.MustCompile(`^cluster: ` + regexp.QuoteMeta(d.folder) + ` has \d+ MB of disk free, and the cluster needs \d+: free space on the disk of ` + regexp.QuoteMeta(d.folder) + "\n$")
	low := regexp.MustCompile(`^cluster: ` + regexp.QuoteMeta(d.folder) + ` has only \d+ MB of disk free, so components may have exited: free space, and they restart\n$`)
	refused := func() {
		t.Helper()
		up := run("up")
		if err := up.wait(); err == nil || !full.MatchString(up.stderr.String()) {
			t.Errorf("cluster up on a full disk: %v, and it prints %q", err, up.stderr.String())
		}
	}
	makeRoom := d.fill(t, 0)
	refused()
	makeRoom()
	start(t)

	makeRoom = d.fill(t, 0)
	client := clustertest.Client(t)
	var written []string
	clustertest.Await(t, "the API server to refuse an object", func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		object := &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{GenerateName: "fills-"},
			Data:       map[string]string{"text": strings.Repeat("x", 500<<10)},
		}
		for {
			created, err := client.CoreV1().ConfigMaps("default").Create(ctx, object, metav1.CreateOptions{})
			if err != nil {
				t.Logf("after %d objects: %v", len(written), err)
				return nil
			}
			written = append(written, created.Name)
		}
	})
	for _, name := range []string{"status", "up"} {
		command := run(name)
		if err := command.wait(); err == nil || !low.MatchString(command.stderr.String()) {
			t.Errorf("cluster %s while the disk is full: %v, and it prints %q", name, err, command.stderr.String())
		}
	}

	makeRoom()
	since := time.Now()
	awaitAnswer(t)
	clustertest.Await(t, "the API server to accept an object", func() error {
		_, err := client.CoreV1().ConfigMaps("default").Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "fits-"}}, metav1.CreateOptions{})
		return err
	})
	t.Logf("the cluster works %.1f s after space was freed", time.Since(since).Seconds())
	for _, name := range written {
		if _, err := client.CoreV1().ConfigMaps("default").Get(t.Context(), name, metav1.GetOptions{}); err != nil {
			t.Error(fmt.Errorf("an object from before the fault: %w", err))
		}
	}

	makeRoom = d.fill(t, 0)
	clustertest.Cluster(t, "down")
	refused()
	makeRoom()
	clustertest.Cluster(t, "up")
	awaitAnswer(t)
}
