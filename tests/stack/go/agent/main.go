// Command agent does the one thing of Argo's agent that needs its own code: it calls an executor plugin.
// `agent ADDRESS` takes the token from TOKEN and the agent's arguments from stdin, and prints the plugin's reply.
//
// Argo's own, argoexec, does not build from the published module: a file for Linux is missing in it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"github.com/argoproj/argo-workflows/v3/pkg/plugins/executor"
	"github.com/argoproj/argo-workflows/v3/workflow/executor/plugins/rpc"
)

func main() {
	var args executor.ExecuteTemplateArgs
	if err := json.NewDecoder(os.Stdin).Decode(&args); err != nil {
		log.Fatal(err)
	}
	var reply executor.ExecuteTemplateReply
	plugin := rpc.New(os.Args[1], os.Getenv("TOKEN"))
	if err := plugin.ExecuteTemplate(context.Background(), args, &reply); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := json.NewEncoder(os.Stdout).Encode(reply); err != nil {
		log.Fatal(err)
	}
}
