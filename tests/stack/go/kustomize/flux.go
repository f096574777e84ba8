package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	flux "github.com/fluxcd/pkg/apis/kustomize"
	"github.com/fluxcd/pkg/kustomize"
	"github.com/fluxcd/pkg/runtime/cel"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// fluxBuild prints the objects of a folder after a Kustomization of Flux has put its variables, NAME=VALUE, into them.
func fluxBuild(folder string, variables []string) error {
	found, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		return err
	}
	values := map[string]any{}
	for _, variable := range variables {
		name, value, _ := strings.Cut(variable, "=")
		values[name] = value
	}
	postBuild := map[string]any{"substitute": values}
	asked := unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{"postBuild": postBuild}}}
	for _, object := range found.Resources() {
		changed, err := kustomize.SubstituteVariables(
			context.Background(), nil, asked, object, kustomize.SubstituteWithDryRun(true))
		if err != nil {
			return err
		}
		if changed == nil {
			continue
		}
		if _, err = found.Replace(changed); err != nil {
			return err
		}
	}
	text, err := found.AsYaml()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}

// fluxHealth reads one {object, checks} a line, `checks` as in spec.healthCheckExprs, and prints the status of each.
func fluxHealth() error {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 16<<20)
	for input.Scan() {
		var asked struct {
			Object unstructured.Unstructured `json:"object"`
			Checks []flux.CustomHealthCheck  `json:"checks"`
		}
		if err := json.Unmarshal(input.Bytes(), &asked); err != nil {
			return err
		}
		told := "no check"
		for _, check := range asked.Checks {
			if check.APIVersion != asked.Object.GetAPIVersion() || check.Kind != asked.Object.GetKind() {
				continue
			}
			judge, err := cel.NewStatusEvaluator(&check.HealthCheckExpressions)
			if err != nil {
				return err
			}
			// An expression that fails, as one does on a status that is not there yet, makes Flux wait.
			told = status.UnknownStatus.String()
			if result, err := judge.Evaluate(context.Background(), &asked.Object); err == nil {
				told = result.Status.String()
			}
		}
		fmt.Println(told)
	}
	return input.Err()
}
