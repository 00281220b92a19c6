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

func TestAFullDiskIsNamedAndTheClusterWorksOnceThereIsRoom(t *testing.T) {
	d := newDisk(t, 2000)
	full := regexp.MustCompile(`^cluster: ` + regexp.QuoteMeta(d.folder) + ` has \d+ MB of disk free, and the cluster needs \d+: make room on the disk of ` + regexp.QuoteMeta(d.folder) + "\n$")
	low := regexp.MustCompile(`^cluster: ` + regexp.QuoteMeta(d.folder) + ` has only \d+ MB of disk free, so that components may have ended: make room on its disk, and they come back\n$`)
	refused := func() {
		t.Helper()
		up := run("up")
		if err := up.wait(); err == nil || !full.MatchString(up.stderr.String()) {
			t.Errorf("cluster up on a full disk: %v, and it says %q", err, up.stderr.String())
		}
	}
	makeRoom := d.fill(t, 0)
	refused()
	makeRoom()
	start(t)

	makeRoom = d.fill(t, 0)
	client := clustertest.Client(t)
	var written []string
	clustertest.Await(t, "an object that has no room any more", func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		object := &corev1.ConfigMap{
			ObjectMeta: metav1.ObjectMeta{GenerateName: "fills-"},
			Data:       map[string]string{"text": strings.Repeat("x", 500<<10)},
		}
		for {
			made, err := client.CoreV1().ConfigMaps("default").Create(ctx, object, metav1.CreateOptions{})
			if err != nil {
				t.Logf("after %d objects: %v", len(written), err)
				return nil
			}
			written = append(written, made.Name)
		}
	})
	for _, name := range []string{"status", "up"} {
		command := run(name)
		if err := command.wait(); err == nil || !low.MatchString(command.stderr.String()) {
			t.Errorf("cluster %s while the disk is full: %v, and it says %q", name, err, command.stderr.String())
		}
	}

	makeRoom()
	since := time.Now()
	awaitAnswer(t)
	clustertest.Await(t, "an object that has room again", func() error {
		_, err := client.CoreV1().ConfigMaps("default").Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "fits-"}}, metav1.CreateOptions{})
		return err
	})
	t.Logf("all works again %.1f s after there is room", time.Since(since).Seconds())
	for _, name := range written {
		if _, err := client.CoreV1().ConfigMaps("default").Get(t.Context(), name, metav1.GetOptions{}); err != nil {
			t.Error(fmt.Errorf("an object that was written before: %w", err))
		}
	}

	makeRoom = d.fill(t, 0)
	clustertest.Cluster(t, "down")
	refused()
	makeRoom()
	clustertest.Cluster(t, "up")
	awaitAnswer(t)
}
