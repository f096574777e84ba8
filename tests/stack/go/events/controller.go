package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/argoproj/argo-events/pkg/apis/events/v1alpha1"
	"github.com/argoproj/argo-events/pkg/reconciler"
	"github.com/argoproj/argo-events/pkg/reconciler/eventbus"
	"github.com/argoproj/argo-events/pkg/reconciler/eventsource"
	"github.com/argoproj/argo-events/pkg/reconciler/sensor"
	"github.com/argoproj/argo-events/pkg/shared/logging"
	sharedutil "github.com/argoproj/argo-events/pkg/shared/util"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// The Deployments name an image because the API asks for one; nobody pulls it.
const image = "argo-events"

// What the file /etc/argo-events of Argo's own manifests says of buses that the controller installs, and of versions of
// NATS the one that tests name. No pod is ever made of it here.
var installed = reconciler.GlobalConfig{EventBus: &reconciler.EventBusConfig{JetStream: &reconciler.JetStreamConfig{
	Settings:     "max_memory_store: -1\nmax_file_store: 1TB\n",
	StreamConfig: "maxMsgs: 50000\nmaxAge: 168h\nmaxBytes: -1\nreplicas: 3\nduplicates: 300s\nretention: 0\ndiscard: 0\n",
	Versions: []reconciler.JetStreamVersion{{
		Version:              "2.10.29",
		NatsImage:            "nats:2.10.29",
		MetricsExporterImage: "natsio/prometheus-nats-exporter:0.14.0",
		ConfigReloaderImage:  "natsio/nats-server-config-reloader:0.14.0",
		StartCommand:         "/nats-server",
	}},
}}}

// runController runs the three reconcilers of Argo Events as its own controller wires them, without its open ports.
func runController(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("controller", flag.ContinueOnError)
	namespace := flags.String("namespace", "", "the only namespace to serve; empty: all")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctrl.SetLogger(klog.NewKlogr())
	config, err := sharedutil.GetClientConfig(os.Getenv(v1alpha1.EnvVarKubeConfig))
	if err != nil {
		return err
	}
	config.QPS, config.Burst = 50, 100
	manager, err := ctrl.NewManager(config, managerOptions(*namespace))
	if err != nil {
		return err
	}
	if err := v1alpha1.AddToScheme(manager.GetScheme()); err != nil {
		return err
	}
	if err := addReconcilers(ctx, manager, config); err != nil {
		return err
	}
	return manager.Start(ctx)
}

func managerOptions(namespace string) ctrl.Options {
	options := ctrl.Options{Metrics: server.Options{BindAddress: "0"}, HealthProbeBindAddress: "0"}
	if namespace != "" {
		options.Cache = cache.Options{DefaultNamespaces: map[string]cache.Config{namespace: {}}}
	}
	return options
}

func addReconcilers(ctx context.Context, manager ctrl.Manager, config *rest.Config) error {
	log := logging.FromContext(ctx)
	objects, scheme := manager.GetClient(), manager.GetScheme()
	buses := eventbus.NewReconciler(objects, kubernetes.NewForConfigOrDie(config), scheme, &installed, log)
	for _, each := range []struct {
		kind       client.Object
		reconciler reconcile.Reconciler
	}{
		{&v1alpha1.EventBus{}, buses},
		{&v1alpha1.EventSource{}, eventsource.NewReconciler(objects, scheme, image, log)},
		{&v1alpha1.Sensor{}, sensor.NewReconciler(objects, scheme, image, log)},
	} {
		edited := predicate.Or(predicate.GenerationChangedPredicate{}, predicate.LabelChangedPredicate{})
		build := ctrl.NewControllerManagedBy(manager).For(each.kind, builder.WithPredicates(edited))
		if _, isBus := each.kind.(*v1alpha1.EventBus); !isBus {
			build = build.Owns(&appsv1.Deployment{}, builder.WithPredicates(predicate.GenerationChangedPredicate{}))
		}
		if err := build.Complete(each.reconciler); err != nil {
			return fmt.Errorf("%T: %w", each.kind, err)
		}
	}
	return nil
}
