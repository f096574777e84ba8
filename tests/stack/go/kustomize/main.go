// Command kustomize is Kustomize, kubectl and what Flux does after a build, in one program:
//
//	kustomize build DIR
//	kustomize kubectl ARGS...               what `kubectl ARGS...` does
//	kustomize flux-build DIR NAME=VALUE...  a build after the substitution of variables
//	kustomize flux-health                   the status of objects by health check expressions
package main

import (
	"fmt"
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"sigs.k8s.io/kustomize/kustomize/v5/commands"
)

func main() {
	command := ""
	if len(os.Args) > 1 {
		command = os.Args[1]
	}
	switch command {
	case "kubectl":
		os.Args = os.Args[1:]
		os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
	case "flux-build":
		exit(fluxBuild(os.Args[2], os.Args[3:]))
	case "flux-health":
		exit(fluxHealth())
	default:
		if commands.NewDefaultCommand().Execute() != nil {
			os.Exit(1)
		}
	}
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
