package service_test

import (
	"encoding/json"
	"net/http"
	"testing"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"example.com/kubernetes-networking/apps/internal/apitest"
)

// cluster is an API server with fixed answers, over real HTTP: what the explorer's own client makes of them is under
// test, refusals included. The real API server is asked by the end-to-end test.
type cluster map[string]any

func (c cluster) serve(t *testing.T) apitest.API {
	t.Helper()
	return apitest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		object := c[r.URL.RequestURI()]
		w.Header().Set("Content-Type", "application/json")
		if status, refused := object.(meta.Status); refused {
			w.WriteHeader(int(status.Code))
		} else if object == nil {
			t.Errorf("the explorer asked for %s", r.URL.RequestURI())
			w.WriteHeader(http.StatusNotFound)
		}
		if err := json.NewEncoder(w).Encode(object); err != nil {
			t.Error(err)
		}
	}))
}

const (
	ours = "?labelSelector=app.kubernetes.io%2Fpart-of%3Dkubernetes-networking"

	deploymentsPath  = "/apis/apps/v1/namespaces/demo/deployments" + ours
	statefulSetsPath = "/apis/apps/v1/namespaces/demo/statefulsets" + ours
	servicesPath     = "/api/v1/namespaces/demo/services"
	podsPath         = "/api/v1/namespaces/demo/pods"
)

// demo is a namespace with the explorer and its sidecar, a database, a Service that is not ours, and a Pod that is not.
// The Services have names that the test's machine can resolve, or not.
func demo() cluster {
	always, onFailure := core.ContainerRestartPolicyAlways, core.ContainerRestartPolicyOnFailure
	explorer := core.PodSpec{
		Containers: []core.Container{{Name: "explorer", Image: "registry/explorer@sha256:e"}},
		InitContainers: []core.Container{
			{Name: "probe", Image: "registry/probe@sha256:p", RestartPolicy: &always},
			{Name: "once", Image: "registry/once"},
			{Name: "until-it-works", Image: "registry/until-it-works", RestartPolicy: &onFailure},
		},
	}
	database := core.PodSpec{Containers: []core.Container{{Name: "postgres", Image: "registry/postgres@sha256:d"}}}
	two := int32(2)
	return cluster{
		deploymentsPath: apps.DeploymentList{TypeMeta: kind("apps/v1", "DeploymentList"), Items: []apps.Deployment{{
			ObjectMeta: object("explorer", "explorer"),
			Spec:       apps.DeploymentSpec{Replicas: &two, Selector: selector("explorer"), Template: template("explorer", explorer)},
			Status:     apps.DeploymentStatus{ReadyReplicas: 1},
		}}},
		statefulSetsPath: apps.StatefulSetList{TypeMeta: kind("apps/v1", "StatefulSetList"), Items: []apps.StatefulSet{{
			ObjectMeta: object("clients-database", "database"),
			Spec:       apps.StatefulSetSpec{Selector: selector("clients-database"), Template: template("clients-database", database)},
			Status:     apps.StatefulSetStatus{ReadyReplicas: 1},
		}}},
		servicesPath: core.ServiceList{TypeMeta: kind("v1", "ServiceList"), Items: []core.Service{
			clusterService("explorer", core.ServiceTypeLoadBalancer, "10.96.0.7", "127.80.0.1", core.ServicePort{
				Name: "http", Protocol: core.ProtocolTCP, Port: 80, TargetPort: intstr.FromString("http"),
			}),
			clusterService("clients-database", core.ServiceTypeClusterIP, "10.96.0.8", "", core.ServicePort{
				Name: "postgres", Protocol: core.ProtocolTCP, Port: 5432, TargetPort: intstr.FromInt32(5432),
			}),
			{ObjectMeta: meta.ObjectMeta{Name: "by-hand", Namespace: "demo"}},
		}},
		podsPath: core.PodList{TypeMeta: kind("v1", "PodList"), Items: []core.Pod{
			pod("explorer-2", "explorer", "", core.PodPending, "ImagePullBackOff"),
			pod("explorer-1", "explorer", "10.244.0.5", core.PodRunning, ""),
			pod("clients-database-0", "clients-database", "10.244.0.6", core.PodRunning, ""),
			pod("stranger", "stranger", "10.244.0.9", core.PodRunning, ""),
		}},
	}
}

func kind(version, name string) meta.TypeMeta { return meta.TypeMeta{APIVersion: version, Kind: name} }

func named(name string) map[string]string {
	return map[string]string{"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "kubernetes-networking"}
}

func object(name, component string) meta.ObjectMeta {
	labels := named(name)
	labels["app.kubernetes.io/component"] = component
	return meta.ObjectMeta{Name: name, Namespace: "demo", Labels: labels}
}

func selector(name string) *meta.LabelSelector { return &meta.LabelSelector{MatchLabels: named(name)} }

func template(name string, spec core.PodSpec) core.PodTemplateSpec {
	return core.PodTemplateSpec{ObjectMeta: meta.ObjectMeta{Labels: named(name)}, Spec: spec}
}

func clusterService(name string, kind core.ServiceType, clusterIP, external string, port core.ServicePort) core.Service {
	made := core.Service{
		ObjectMeta: meta.ObjectMeta{Name: name, Namespace: "demo"},
		Spec:       core.ServiceSpec{Type: kind, ClusterIP: clusterIP, Selector: named(name), Ports: []core.ServicePort{port}},
	}
	if external != "" {
		made.Status.LoadBalancer.Ingress = []core.LoadBalancerIngress{{IP: external}}
	}
	return made
}

// pod makes a Pod that is ready, or one whose container waits for a reason.
func pod(name, of, ip string, phase core.PodPhase, waits string) core.Pod {
	made := core.Pod{
		ObjectMeta: meta.ObjectMeta{Name: name, Namespace: "demo", Labels: named(of)},
		Spec:       core.PodSpec{NodeName: "node"},
		Status:     core.PodStatus{Phase: phase, PodIP: ip, Conditions: []core.PodCondition{{Type: core.PodReady, Status: core.ConditionTrue}}},
	}
	if waits != "" {
		made.Status.Conditions[0].Status = core.ConditionFalse
		made.Status.ContainerStatuses = []core.ContainerStatus{{State: core.ContainerState{Waiting: &core.ContainerStateWaiting{Reason: waits}}}}
	}
	return made
}
