package main

import "testing"

func TestEveryPodPullsItsImagesWithTheSecret(t *testing.T) {
	const content = `{"auths":{"127.0.0.1:1":{"auth":"YWRhOnNlY3JldA=="}}}`
	stack := testStack()
	stack.ImagePullSecret = configured(t, map[string]string{"imagePullSecret": content}).ImagePullSecret
	engine := &recorder{}
	if _, err := declare(t, engine, stack, testBuilder{}); err != nil {
		t.Fatal(err)
	}
	secret := engine.inputs(t, secretType, "image-pull")
	if got := at(t, secret, "stringData", ".dockerconfigjson"); got != content || at(t, secret, "type") != "kubernetes.io/dockerconfigjson" {
		t.Errorf("the Secret is %v", secret)
	}
	workloads := 0
	for _, kind := range []string{deploymentType, statefulSetType} {
		for name := range engine.declared[kind] {
			workloads++
			got := at(t, engine.inputs(t, kind, name), "spec", "template", "spec", "imagePullSecrets", 0, "name")
			if got != "image-pull-1a2b3c4d" {
				t.Errorf("the Pods of %s pull with %v, want image-pull-1a2b3c4d", name, got)
			}
		}
	}
	if workloads != 7 {
		t.Errorf("%d workloads, want 7", workloads)
	}
}
