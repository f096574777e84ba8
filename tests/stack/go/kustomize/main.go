// Command kustomize is Kustomize and kubectl in one program: `kustomize build DIR`, and `kustomize kubectl ARGS...` for what
// `kubectl ARGS...` does.
package main

import (
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	"sigs.k8s.io/kustomize/kustomize/v5/commands"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "kubectl" {
		os.Args = os.Args[1:]
		os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
	}
	if commands.NewDefaultCommand().Execute() != nil {
		os.Exit(1)
	}
}
