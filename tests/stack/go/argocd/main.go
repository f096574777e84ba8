// Command argocd answers as Argo CD does: is an object in sync with its manifest, and is it healthy?
//
// It reads one JSON object a line and prints one: `argocd diff` takes {desired, live} and says {modified, patch};
// `argocd health` takes {object, customizations: {"argoproj.io/Sensor": LUA}} and says {status, message};
// `argocd hook` takes {object} and says {types, deletePolicies}: when it is run, and when it is removed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	argodiff "github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
	"github.com/argoproj/argo-cd/v3/util/lua"
	"github.com/argoproj/gitops-engine/pkg/health"
	"github.com/argoproj/gitops-engine/pkg/sync/hook"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

type question struct {
	Desired        *unstructured.Unstructured `json:"desired"`
	Live           *unstructured.Unstructured `json:"live"`
	Object         *unstructured.Unstructured `json:"object"`
	Customizations map[string]string          `json:"customizations"`
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 16<<20)
	for input.Scan() {
		var asked question
		if err := json.Unmarshal(input.Bytes(), &asked); err != nil {
			fail(err)
		}
		answer := map[string]func(question) (any, error){
			"diff": differenceOf, "health": healthOf, "hook": hookOf,
		}[os.Args[1]]
		told, err := answer(asked)
		if err != nil {
			fail(err)
		}
		line, err := json.Marshal(told)
		if err != nil {
			fail(err)
		}
		fmt.Println(string(line))
	}
}

func differenceOf(asked question) (any, error) {
	config, err := argodiff.NewDiffConfigBuilder().
		WithDiffSettings(nil, nil, false, normalizers.IgnoreNormalizerOpts{}).
		WithTracking("app.kubernetes.io/instance", "annotation").
		WithNoCache().
		WithLogger(logr.Discard()).
		Build()
	if err != nil {
		return nil, err
	}
	found, err := argodiff.StateDiff(asked.Live, asked.Desired, config)
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"modified": found.Modified,
		"live":     json.RawMessage(found.NormalizedLive),
		"desired":  json.RawMessage(found.PredictedLive),
	}, nil
}

func healthOf(asked question) (any, error) {
	overrides := lua.ResourceHealthOverrides{}
	for kind, script := range asked.Customizations {
		overrides[kind] = v1alpha1.ResourceOverride{HealthLua: script}
	}
	found, err := health.GetResourceHealth(asked.Object, overrides)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return map[string]any{"status": "", "message": "no health check"}, nil
	}
	return map[string]any{"status": found.Status, "message": found.Message}, nil
}

func hookOf(asked question) (any, error) {
	return map[string]any{"types": hook.Types(asked.Object), "deletePolicies": hook.DeletePolicies(asked.Object)}, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
