package main

import (
	"context"
	"fmt"

	"github.com/argoproj/argo-workflows/v3/persist/sqldb"
	"github.com/argoproj/argo-workflows/v3/pkg/apis/workflow/v1alpha1"
	"github.com/argoproj/argo-workflows/v3/pkg/client/clientset/versioned"
	"github.com/argoproj/argo-workflows/v3/workflow/hydrator"
	"github.com/argoproj/argo-workflows/v3/workflow/util"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// operator does what `argo VERB NAME` does to one Workflow, with the functions that the command and the server call.
type operator struct {
	namespace string
	kube      kubernetes.Interface
	argo      versioned.Interface
}

func (o operator) do(ctx context.Context, verb, name string) error {
	workflows := o.argo.ArgoprojV1alpha1().Workflows(o.namespace)
	nodes := hydrator.New(sqldb.ExplosiveOffloadNodeStatusRepo)
	switch verb {
	case "resume":
		return util.ResumeWorkflow(ctx, workflows, nodes, name, "")
	case "stop":
		return util.StopWorkflow(ctx, workflows, nodes, name, "", "")
	case "terminate":
		return util.TerminateWorkflow(ctx, workflows, name)
	}
	workflow, err := workflows.Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	switch verb {
	case "retry":
		return o.retry(ctx, workflow)
	case "resubmit", "resubmit-memoized":
		return o.resubmit(ctx, workflow, verb == "resubmit-memoized")
	}
	return fmt.Errorf("no such verb: %s", verb)
}

// retry is server/workflow/workflow_server.go, RetryWorkflow.
func (o operator) retry(ctx context.Context, workflow *v1alpha1.Workflow) error {
	retried, pods, err := util.FormulateRetryWorkflow(ctx, workflow, false, "", nil)
	if err != nil {
		return err
	}
	for _, pod := range pods {
		if err := o.kube.CoreV1().Pods(o.namespace).Delete(ctx, pod, metav1.DeleteOptions{}); err != nil {
			return err
		}
	}
	_, err = o.argo.ArgoprojV1alpha1().Workflows(o.namespace).Update(ctx, retried, metav1.UpdateOptions{})
	return err
}

// resubmit is server/workflow/workflow_server.go, ResubmitWorkflow; it prints the name of the new Workflow.
func (o operator) resubmit(ctx context.Context, workflow *v1alpha1.Workflow, memoized bool) error {
	again, err := util.FormulateResubmitWorkflow(ctx, workflow, memoized, nil)
	if err != nil {
		return err
	}
	workflows := o.argo.ArgoprojV1alpha1().Workflows(o.namespace)
	created, err := util.SubmitWorkflow(ctx, workflows, o.argo, o.namespace, again, nil, &v1alpha1.SubmitOpts{})
	if err != nil {
		return err
	}
	fmt.Println(created.Name)
	return nil
}
