// Command workflows runs the Argo Workflows controller for all namespaces of the test stack.
// `workflows VERB NAMESPACE NAME` does to a Workflow what `argo VERB NAME` does: see operate.go.
//
// The stock command opens ports 6060 and 9090 on every address; this one opens none.
package main

import (
	"context"
	"log"
	"os"
	"os/signal"
	"syscall"

	_ "time/tzdata"

	"github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	"github.com/argoproj/argo-workflows/v3/workflow/controller"
	"github.com/argoproj/argo-workflows/v3/workflow/metrics"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		log.Fatal(err)
	}
	config.QPS, config.Burst = 50, 100
	if len(os.Args) == 4 {
		who := operator{os.Args[2], kubernetes.NewForConfigOrDie(config), versioned.NewForConfigOrDie(config)}
		if err := who.do(ctx, os.Args[1], os.Args[3]); err != nil {
			log.Fatal(err)
		}
		return
	}
	metrics.AddMetricsTransportWrapper(ctx, config)
	workflows, err := controller.NewWorkflowController(
		ctx, config, kubernetes.NewForConfigOrDie(config), versioned.NewForConfigOrDie(config),
		os.Getenv("ARGO_NAMESPACE"), "", "none", "", "text", "workflow-controller-configmap",
		os.Getenv("ARGO_EXECUTOR_PLUGINS") == "true")
	if err != nil {
		log.Fatal(err)
	}
	go workflows.Run(ctx, 8, 2, 1, 4, 1)
	<-ctx.Done()
}
