package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"

	"github.com/argoproj/argo-events/pkg/apis/events/v1alpha1"
	"github.com/argoproj/argo-events/pkg/sensors/dependencies"
	cloudevents "github.com/cloudevents/sdk-go/v2"
)

type question struct {
	Program string          `json:"program"`
	Input   json.RawMessage `json:"input"`
}

type answer struct {
	Output json.RawMessage `json:"output,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// runJQ answers one line per line: {"program", "input"} with {"output"} or {"error"}. The evaluation is the
// Sensor's own transform, so its rules hold: the first output only, and it must be an object.
func runJQ(in io.Reader, out io.Writer) error {
	lines, answers := json.NewDecoder(bufio.NewReader(in)), json.NewEncoder(out)
	answers.SetEscapeHTML(false)
	for {
		var asked question
		if err := lines.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		reply := answer{}
		if output, err := transform(asked); err != nil {
			reply.Error = err.Error()
		} else {
			reply.Output = output
		}
		if err := answers.Encode(reply); err != nil {
			return err
		}
	}
}

func transform(asked question) (json.RawMessage, error) {
	event := cloudevents.NewEvent()
	if err := event.SetData(cloudevents.ApplicationJSON, []byte(asked.Input)); err != nil {
		return nil, err
	}
	result, err := dependencies.ApplyTransform(&event, &v1alpha1.EventDependencyTransformer{JQ: asked.Program})
	if err != nil {
		return nil, err
	}
	return result.Data(), nil
}
