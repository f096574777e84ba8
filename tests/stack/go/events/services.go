package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"

	"github.com/argoproj/argo-events/pkg/apis/events/v1alpha1"
	"github.com/argoproj/argo-events/pkg/eventsources"
	"github.com/argoproj/argo-events/pkg/metrics"
	"github.com/argoproj/argo-events/pkg/sensors"
	sharedutil "github.com/argoproj/argo-events/pkg/shared/util"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
)

// runSensor differs from the stock sensor-service in one thing: METRICS_ADDR says where to listen, if at all,
// as several services share this host and the stock port is fixed.
func runSensor(ctx context.Context) error {
	bus, sensor := &v1alpha1.BusConfig{}, &v1alpha1.Sensor{}
	if err := decode(v1alpha1.EnvVarEventBusConfig, bus); err != nil {
		return err
	}
	if err := decode(v1alpha1.EnvVarSensorObject, sensor); err != nil {
		return err
	}
	config, err := sharedutil.GetClientConfig(os.Getenv(v1alpha1.EnvVarKubeConfig))
	if err != nil {
		return err
	}
	m := serveMetrics(ctx, sensor.Namespace)
	return sensors.NewSensorContext(
		kubernetes.NewForConfigOrDie(config), dynamic.NewForConfigOrDie(config), sensor, bus,
		os.Getenv(v1alpha1.EnvVarEventBusSubject), os.Getenv(v1alpha1.EnvVarPodName), m).Start(ctx)
}

// runEventSource is to the stock eventsource-service what runSensor is to the sensor-service.
func runEventSource(ctx context.Context) error {
	bus, source := &v1alpha1.BusConfig{}, &v1alpha1.EventSource{}
	if err := decode(v1alpha1.EnvVarEventBusConfig, bus); err != nil {
		return err
	}
	if err := decode(v1alpha1.EnvVarEventSourceObject, source); err != nil {
		return err
	}
	m := serveMetrics(ctx, source.Namespace)
	return eventsources.NewEventSourceAdaptor(
		source, bus, os.Getenv(v1alpha1.EnvVarEventBusSubject), os.Getenv(v1alpha1.EnvVarPodName), m).Start(ctx)
}

func serveMetrics(ctx context.Context, namespace string) *metrics.Metrics {
	m := metrics.NewMetrics(namespace)
	if address := os.Getenv("METRICS_ADDR"); address != "" {
		go m.Run(ctx, address)
	}
	return m
}

func decode(variable string, into any) error {
	raw, err := base64.StdEncoding.DecodeString(os.Getenv(variable))
	if err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", variable, err)
	}
	return nil
}
