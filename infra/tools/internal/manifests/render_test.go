package manifests

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// captured is what `pulumi preview --json` printed for a stack of this project, shortened.
func captured(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func render(t *testing.T, preview []byte) map[string]string {
	t.Helper()
	files, err := Render(preview)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for name, content := range files {
		texts[name] = string(content)
	}
	return texts
}

func TestEachKubernetesObjectOfAPreviewIsOneFile(t *testing.T) {
	files := render(t, captured(t, "preview.json"))
	want := []string{
		"deployment-products-xxxxxxxx.yaml", "namespace-kubernetes-networking.yaml", "secret-products-database-xxxxxxxx.yaml",
		"service-products-database.yaml", "service-products.yaml", "statefulset-products-database.yaml",
	}
	if names := slices.Sorted(maps.Keys(files)); !slices.Equal(names, want) {
		t.Errorf("the files are %q, want %q", names, want)
	}
	for name, content := range files {
		for _, internal := range []string{"pulumi.com/", "__", secretValue, unknownValue} {
			if strings.Contains(content, internal) {
				t.Errorf("%s holds %s:\n%s", name, internal, content)
			}
		}
	}
}

func TestObjectsReadAsKubernetesPrintsThem(t *testing.T) {
	files := render(t, captured(t, "preview.json"))
	for name, want := range map[string]string{
		"secret-products-database-xxxxxxxx.yaml": `apiVersion: v1
data:
  REDACTED: REDACTED
kind: Secret
metadata:
  labels:
    app.kubernetes.io/component: database
    app.kubernetes.io/name: products-database
    app.kubernetes.io/part-of: kubernetes-networking
  name: products-database-xxxxxxxx
  namespace: kubernetes-networking
`,
		"service-products.yaml": `apiVersion: v1
kind: Service
metadata:
  labels:
    app.kubernetes.io/component: service
    app.kubernetes.io/name: products
    app.kubernetes.io/part-of: kubernetes-networking
  name: products
  namespace: kubernetes-networking
spec:
  ports:
    - name: http
      port: 80
      protocol: TCP
      targetPort: http
  selector:
    app.kubernetes.io/name: products
    app.kubernetes.io/part-of: kubernetes-networking
  type: LoadBalancer
`,
	} {
		if files[name] != want {
			t.Errorf("%s is\n%s\nwant\n%s", name, files[name], want)
		}
	}
	// The reference to the Secret has the same name as the Secret.
	if deployment := files["deployment-products-xxxxxxxx.yaml"]; !strings.Contains(deployment, "name: products-database-xxxxxxxx\n") {
		t.Errorf("the Deployment does not refer to the Secret:\n%s", deployment)
	}
}

// TestTwoPreviewsOfOneProgramGiveTheSameBytes although each makes up names anew and declares in another order.
func TestTwoPreviewsOfOneProgramGiveTheSameBytes(t *testing.T) {
	first := captured(t, "preview.json")
	var p map[string][]any
	if err := json.Unmarshal(first, &p); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(p["steps"])
	second, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	renamed := strings.NewReplacer("products-database-"+suffix(t, first, "products-database"), "products-database-00000000").Replace(string(second))
	if got, want := render(t, []byte(renamed)), render(t, first); !maps.Equal(got, want) {
		t.Errorf("the second preview gives %q, the first %q", got, want)
	}
}

// suffix is the random end of the name of the Secret with this base name.
func suffix(t *testing.T, preview []byte, base string) string {
	t.Helper()
	_, after, found := strings.Cut(string(preview), `"name": "`+base+"-")
	if !found {
		t.Fatalf("the preview holds no name made of %s", base)
	}
	return after[:8]
}

func TestWhatAPreviewHidesOrDoesNotKnowIsReadable(t *testing.T) {
	files := render(t, []byte(`{"steps":[{"op":"create","newState":{"urn":"a","type":"kubernetes:core/v1:Pod","inputs":{
		"kind":"Pod","metadata":{"name":"web"},"__internal":{},"spec":{"ratio":0.5,"size":30000000,"image":"`+unknownValue+`","host":"http://`+unknownValue+`:80",
		"dsn":"[secret]","rules":["`+unknownValue+`",{"port":80}],"peers":["`+unknownValue+`"]}}}},
		{"op":"create","newState":{"urn":"b","type":"kubernetes:core/v1:Secret","inputs":{
		"kind":"Secret","metadata":{"name":"plain"},"data":{"password":"aHVudGVyMg=="},"stringData":{"user":"hunter"}}}}]}`))
	for name, want := range map[string]string{
		"pod-web.yaml": "kind: Pod\nmetadata:\n  name: web\nspec:\n  dsn: REDACTED\n  host: http://known-after-up:80\n  image: known-after-up\n" +
			"  peers: [] # 1 more, known-after-up\n  ratio: 0.5\n  rules:\n    # 1 more, known-after-up\n    - port: 80\n  size: 30000000\n",
		"secret-plain.yaml": "data:\n  password: REDACTED\nkind: Secret\nmetadata:\n  name: plain\nstringData:\n  user: REDACTED\n",
	} {
		if files[name] != want {
			t.Errorf("%s is\n%s\nwant\n%s", name, files[name], want)
		}
	}
}

// TestVariablesThatAreNamedLikeSecretsAreRedacted although the program has passed them as plain text.
func TestVariablesThatAreNamedLikeSecretsAreRedacted(t *testing.T) {
	files := render(t, []byte(`{"steps":[{"op":"create","newState":{"urn":"a","type":"kubernetes:core/v1:Pod","inputs":{
		"kind":"Pod","metadata":{"name":"web"},"spec":{"containers":[{"name":"token-reader","env":[
		{"name":"PGPASSWORD","value":"hunter2"},{"name":"api_token","value":"hunter2"},{"name":"CLIENT_SECRET_KEY","value":"hunter2"},
		{"name":"DATABASE_PASSWORD","valueFrom":{"secretKeyRef":{"name":"orders","key":"password"}}},
		{"name":"LOG_LEVEL","value":"info"}]}]}}}}]}`))
	want := `kind: Pod
metadata:
  name: web
spec:
  containers:
    - env:
        - name: PGPASSWORD
          value: REDACTED
        - name: api_token
          value: REDACTED
        - name: CLIENT_SECRET_KEY
          value: REDACTED
        - name: DATABASE_PASSWORD
          valueFrom:
            secretKeyRef:
              key: password
              name: orders
        - name: LOG_LEVEL
          value: info
      name: token-reader
`
	if files["pod-web.yaml"] != want {
		t.Errorf("pod-web.yaml is\n%s\nwant\n%s", files["pod-web.yaml"], want)
	}
}

func TestTwoObjectsOfOneFileAreAnError(t *testing.T) {
	object := `{"op":"create","newState":{"urn":"%","type":"kubernetes:core/v1:Pod","inputs":{"kind":"Pod","metadata":{"name":"web"}}}}`
	_, err := Render([]byte(`{"steps":[` + strings.Replace(object, "%", "a", 1) + "," + strings.Replace(object, "%", "b", 1) + `]}`))
	if err == nil || !strings.Contains(err.Error(), "two objects of the stack would be written to pod-web.yaml") {
		t.Errorf("got %v, want an error that names pod-web.yaml", err)
	}
}

func TestWriteLeavesNothingOfAnEarlierRun(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "manifests", "dev")
	for _, name := range []string{"pod-old.yaml", "pod-new.yaml"} {
		if err := Write(folder, map[string][]byte{name: []byte("kind: Pod\n")}); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 || entries[0].Name() != "pod-new.yaml" {
		t.Errorf("the folder holds %v (%v), want pod-new.yaml alone", entries, err)
	}
}
