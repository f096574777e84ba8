// Command events is Argo Events for the test stack: its services and controller as plain processes, and its own CLI.
//
//	events sensor | eventsource    the service that a Deployment of the controller describes, from the same environment
//	events controller              the controller, for one namespace or all, without /etc/argo-events
//	events jq                      the transform of Sensors, JSON lines in, JSON lines out
//	events lint ...                anything else is the stock argo-events
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata"

	argoevents "github.com/argoproj/argo-events/cmd/commands"
	"github.com/argoproj/argo-events/pkg/shared/logging"
)

func main() {
	command := ""
	if len(os.Args) > 1 {
		command = os.Args[1]
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	log := logging.NewArgoEventsLogger().Named(command)
	ctx = logging.WithLogger(ctx, log)
	var err error
	switch command {
	case "sensor":
		err = runSensor(ctx)
	case "eventsource":
		err = runEventSource(ctx)
	case "controller":
		err = runController(ctx, os.Args[2:])
	case "jq":
		err = runJQ(os.Stdin, os.Stdout)
	default:
		stop()
		argoevents.Execute()
	}
	if err != nil {
		log.Fatalw("stopped", "error", err)
	}
}
