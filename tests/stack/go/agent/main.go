// Command agent does the one thing of Argo's agent that needs its own code: it calls an executor plugin.
// `agent ADDRESS` takes the token from TOKEN and a list of the agent's arguments from stdin, makes all calls at once,
// and prints a list of what came of each: `{"reply": ...}` or `{"error": "..."}`.
//
// Argo's own, argoexec, does not build from the published module: a file for Linux is missing in it.
package main

import (
	"context"
	"encoding/json"
	"log"
	"os"
	"sync"

	"github.com/argoproj/argo-workflows/v3/pkg/plugins/executor"
	"github.com/argoproj/argo-workflows/v3/workflow/executor/plugins/rpc"
)

type outcome struct {
	Reply *executor.ExecuteTemplateReply `json:"reply,omitempty"`
	Error string                         `json:"error,omitempty"`
}

func main() {
	var calls []executor.ExecuteTemplateArgs
	if err := json.NewDecoder(os.Stdin).Decode(&calls); err != nil {
		log.Fatal(err)
	}
	plugin := rpc.New(os.Args[1], os.Getenv("TOKEN"))
	outcomes := make([]outcome, len(calls))
	var group sync.WaitGroup
	for number := range calls {
		group.Go(func() {
			reply := executor.ExecuteTemplateReply{}
			if err := plugin.ExecuteTemplate(context.Background(), calls[number], &reply); err != nil {
				outcomes[number].Error = err.Error()
			} else {
				outcomes[number].Reply = &reply
			}
		})
	}
	group.Wait()
	if err := json.NewEncoder(os.Stdout).Encode(outcomes); err != nil {
		log.Fatal(err)
	}
}
