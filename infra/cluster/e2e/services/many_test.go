//go:build e2e

package services

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"example.com/kubernetes-networking/infra/cluster/internal/clustertest"
	"example.com/kubernetes-networking/infra/cluster/internal/provisioner"
)

// many is the number of objects that are created at once. The controllers must handle them within servicesTimeout and
// claimsTimeout. With client-go's default limit of 5 requests per second, both take longer on any machine.
const (
	many            = 100
	servicesTimeout = 10 * time.Second
	claimsTimeout   = 30 * time.Second
)

// manyServices runs alone: the load balancer has only 254 addresses, and the measured time is that of an idle cluster.
func (f *fixture) manyServices(t *testing.T) {
	services := f.client.CoreV1().Services(f.namespace)
	started := time.Now()
	atOnce(t, func(name string) error {
		_, err := services.Create(t.Context(), &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"test": "many"}},
			Spec: corev1.ServiceSpec{
				Type: corev1.ServiceTypeLoadBalancer, Selector: map[string]string{"app": "server"},
				Ports: []corev1.ServicePort{{Port: 80}},
			},
		}, metav1.CreateOptions{})
		return err
	})
	addresses := map[string]bool{}
	within(t, started, servicesTimeout, "the addresses of 100 Services", func() error {
		list, err := services.List(t.Context(), metav1.ListOptions{LabelSelector: "test=many"})
		if err != nil {
			return err
		}
		clear(addresses)
		for _, service := range list.Items {
			for _, ingress := range service.Status.LoadBalancer.Ingress {
				addresses[ingress.IP] = true
			}
		}
		if len(addresses) < many {
			return fmt.Errorf("%d addresses", len(addresses))
		}
		return nil
	})

	started = time.Now()
	atOnce(t, func(name string) error { return services.Delete(t.Context(), name, metav1.DeleteOptions{}) })
	within(t, started, servicesTimeout, "the end of 100 Services", func() error {
		list, err := services.List(t.Context(), metav1.ListOptions{LabelSelector: "test=many"})
		if err == nil && len(list.Items) > 0 {
			err = fmt.Errorf("%d Services are left", len(list.Items))
		}
		return err
	})
}

// manyClaims uses a class with immediate binding: with the default class, each claim waits for a Pod.
func (f *fixture) manyClaims(t *testing.T) {
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: f.namespace}, Provisioner: provisioner.Name,
		VolumeBindingMode: ptr.To(storagev1.VolumeBindingImmediate),
	}
	if _, err := f.client.StorageV1().StorageClasses().Create(t.Context(), class, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the end of t.Context
		if err := f.client.StorageV1().StorageClasses().Delete(context.Background(), class.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	claims := f.client.CoreV1().PersistentVolumeClaims(f.namespace)
	started := time.Now()
	atOnce(t, func(name string) error {
		_, err := claims.Create(t.Context(), &corev1.PersistentVolumeClaim{
			ObjectMeta: metav1.ObjectMeta{Name: name},
			Spec: corev1.PersistentVolumeClaimSpec{
				StorageClassName: &class.Name, AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
				Resources: corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Mi")}},
			},
		}, metav1.CreateOptions{})
		return err
	})
	within(t, started, claimsTimeout, "the volumes of 100 claims", func() error {
		list, err := claims.List(t.Context(), metav1.ListOptions{})
		if err != nil {
			return err
		}
		bound := 0
		for _, claim := range list.Items {
			if claim.Status.Phase == corev1.ClaimBound {
				bound++
			}
		}
		if bound < many {
			return fmt.Errorf("%d claims are bound", bound)
		}
		return nil
	})

	started = time.Now()
	atOnce(t, func(name string) error { return claims.Delete(t.Context(), name, metav1.DeleteOptions{}) })
	within(t, started, claimsTimeout, "the end of 100 volumes", func() error {
		list, err := f.client.CoreV1().PersistentVolumes().List(t.Context(), metav1.ListOptions{})
		if err != nil {
			return err
		}
		for _, volume := range list.Items {
			if volume.Spec.StorageClassName == class.Name {
				return fmt.Errorf("volume %s is left", volume.Name)
			}
		}
		return nil
	})
}

// atOnce calls do many times in parallel, each time with another name.
func atOnce(t *testing.T, do func(name string) error) {
	t.Helper()
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			if err := do(fmt.Sprintf("many-%d", i)); err != nil && !apierrors.IsNotFound(err) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// within waits until check returns nil, and logs the time since the first request.
func within(t *testing.T, started time.Time, timeout time.Duration, what string, check func() error) {
	t.Helper()
	sent := time.Since(started)
	clustertest.AwaitWithin(t, timeout, what, check)
	t.Logf("%s: %.1f s, %.1f s of them to send the requests", what, time.Since(started).Seconds(), sent.Seconds())
}
