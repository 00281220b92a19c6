package networktest

import (
	"strconv"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// Namespace is the namespace of the objects of this package.
const Namespace = "demo"

// member is one workload of the demo. Its position in the list is the last byte of its addresses.
type member struct {
	name, component string
	port            int32
	calls           []string
}

// members holds the workloads as the Pulumi program declares them, with one replica each.
var members = []member{
	{"clients", "service", 8080, []string{"orders", "clients-database"}},
	{"orders", "service", 8080, []string{"clients", "products", "orders-database"}},
	{"products", "service", 8080, []string{"products-database"}},
	{"clients-database", "database", 5432, nil},
	{"orders-database", "database", 5432, nil},
	{"products-database", "database", 5432, nil},
	{"explorer", "explorer", 8080, []string{"clients", "orders", "products"}},
}

// Demo returns the whole demo: every workload with one ready Pod, every Service with its endpoints, and the policies.
// The Pods have the addresses 10.244.0.1 (clients) to 10.244.0.7 (explorer), the Services 10.96.0.1 to 10.96.0.7, and
// traces 10.96.0.8.
func Demo() []runtime.Object {
	var objects []runtime.Object
	everyPod := Slice("pods", 0)
	for i, m := range members {
		ip, pod := "10.244.0."+strconv.Itoa(i+1), m.name+"-1"
		switch m.component {
		case "database":
			pod = m.name + "-0"
			objects = append(objects, StatefulSet(m.name, m.port), Service(m.name, "10.96.0."+strconv.Itoa(i+1), m.port, m.port))
		default:
			objects = append(objects, deploymentOf(m), Service(m.name, "10.96.0."+strconv.Itoa(i+1), 80, m.port))
		}
		objects = append(objects, Pod(pod, m.name, ip), Slice(m.name, m.port, Endpoint(pod, ip)))
		everyPod.Endpoints = append(everyPod.Endpoints, Endpoint(pod, ip))
	}
	traces := Service("traces", "10.96.0.8", tracesPort, tracesPort)
	traces.Spec.Selector = Labels("explorer")
	headless := &core.Service{ObjectMeta: Meta("pods", "pods"), Spec: core.ServiceSpec{
		Type: core.ServiceTypeClusterIP, ClusterIP: core.ClusterIPNone, PublishNotReadyAddresses: true,
		Selector: map[string]string{"app.kubernetes.io/part-of": "kubernetes-networking"},
	}}
	objects = append(objects, traces, Slice("traces", tracesPort, Endpoint("explorer-1", "10.244.0.7")), headless,
		everyPod)
	for _, policy := range Policies() {
		objects = append(objects, &policy)
	}
	return objects
}

// deploymentOf returns the Deployment of a member. The explorer's Pod has a sidecar.
func deploymentOf(m member) *apps.Deployment {
	made := Deployment(m.name, m.component, m.port)
	if m.component == "explorer" {
		always := core.ContainerRestartPolicyAlways
		made.Spec.Template.Spec.InitContainers = []core.Container{{Name: "probe", Image: "registry/probe", RestartPolicy: &always}}
	}
	return made
}

// Labels returns the labels of a workload's Pods.
func Labels(workload string) map[string]string {
	return map[string]string{"app.kubernetes.io/name": workload, "app.kubernetes.io/part-of": "kubernetes-networking"}
}

// Meta returns the metadata of an object of the demo.
func Meta(name, workload string) meta.ObjectMeta {
	return meta.ObjectMeta{Name: name, Namespace: Namespace, Labels: Labels(workload)}
}

// Deployment returns a Deployment with one ready replica. Its only container has the same name.
func Deployment(name, component string, port int32) *apps.Deployment {
	one := int32(1)
	made := &apps.Deployment{ObjectMeta: Meta(name, name)}
	made.Labels["app.kubernetes.io/component"] = component
	made.Spec = apps.DeploymentSpec{Replicas: &one, Selector: selector(name), Template: template(name, port)}
	made.Status.ReadyReplicas = 1
	return made
}

// StatefulSet returns a database with one ready replica.
func StatefulSet(name string, port int32) *apps.StatefulSet {
	one := int32(1)
	made := &apps.StatefulSet{ObjectMeta: Meta(name, name)}
	made.Labels["app.kubernetes.io/component"] = "database"
	made.Spec = apps.StatefulSetSpec{Replicas: &one, Selector: selector(name), Template: template(name, port)}
	made.Status.ReadyReplicas = 1
	return made
}

func selector(workload string) *meta.LabelSelector {
	return &meta.LabelSelector{MatchLabels: Labels(workload)}
}

func template(workload string, port int32) core.PodTemplateSpec {
	return core.PodTemplateSpec{
		ObjectMeta: meta.ObjectMeta{Labels: Labels(workload)},
		Spec: core.PodSpec{Containers: []core.Container{{
			Name: workload, Image: "registry/" + workload, Ports: []core.ContainerPort{{Name: "main", ContainerPort: port}},
		}}},
	}
}

// Pod returns a Pod that is running and ready.
func Pod(name, workload, ip string) *core.Pod {
	made := &core.Pod{ObjectMeta: Meta(name, workload)}
	made.Spec.NodeName = "node"
	made.Status = core.PodStatus{
		Phase: core.PodRunning, PodIP: ip, Conditions: []core.PodCondition{{Type: core.PodReady, Status: core.ConditionTrue}},
	}
	return made
}

// Service returns a Service of type ClusterIP with a single port.
func Service(name, clusterIP string, port, targetPort int32) *core.Service {
	made := &core.Service{ObjectMeta: Meta(name, name)}
	made.Spec = core.ServiceSpec{
		Type: core.ServiceTypeClusterIP, ClusterIP: clusterIP, Selector: Labels(name),
		Ports: []core.ServicePort{{Name: "main", Protocol: core.ProtocolTCP, Port: port, TargetPort: intstr.FromInt32(targetPort)}},
	}
	return made
}

// Slice returns the only EndpointSlice of a Service. It has no port if port is 0.
func Slice(service string, port int32, endpoints ...discovery.Endpoint) *discovery.EndpointSlice {
	made := &discovery.EndpointSlice{ObjectMeta: Meta(service+"-1", service), Endpoints: endpoints}
	made.Labels[discovery.LabelServiceName] = service
	if port != 0 {
		made.Ports = []discovery.EndpointPort{{Port: &port}}
	}
	return made
}

// Endpoint returns the endpoint of a Pod. It has no condition, and thus counts as ready.
func Endpoint(pod, ip string) discovery.Endpoint {
	return discovery.Endpoint{Addresses: []string{ip}, TargetRef: &core.ObjectReference{Kind: "Pod", Name: pod}}
}
