// Command operator reads PrometheusRules and PodMonitors from stdin into the types of the Prometheus Operator, and prints
// the kind and name of each; a field that it does not know, or a value of another type, ends it.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	documents "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := readAll(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func readAll(from io.Reader) error {
	reader := documents.NewYAMLReader(bufio.NewReader(from))
	for {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := read(text); err != nil {
			return err
		}
	}
}

func read(text []byte) error {
	var what metav1.TypeMeta
	if err := yaml.Unmarshal(text, &what); err != nil {
		return err
	}
	var object metav1.Object
	switch what.Kind {
	case monitoring.PrometheusRuleKind:
		object = &monitoring.PrometheusRule{}
	case monitoring.PodMonitorsKind:
		object = &monitoring.PodMonitor{}
	default:
		return fmt.Errorf("%s is no kind of the operator", what.Kind)
	}
	if err := yaml.UnmarshalStrict(text, object); err != nil {
		return fmt.Errorf("%s: %w", what.Kind, err)
	}
	fmt.Println(what.Kind, object.GetName())
	return nil
}
