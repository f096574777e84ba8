// Command kustomize is Kustomize as a program of its own and as a part of kubectl: `kustomize build DIR`, and
// `kustomize kubectl DIR` for what `kubectl kustomize DIR` does.
package main

import (
	"os"

	"k8s.io/cli-runtime/pkg/genericiooptions"
	kubectl "k8s.io/kubectl/pkg/cmd/kustomize"
	"sigs.k8s.io/kustomize/kustomize/v5/commands"
)

func main() {
	command := commands.NewDefaultCommand()
	if len(os.Args) > 1 && os.Args[1] == "kubectl" {
		command = kubectl.NewCmdKustomize(genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr})
		command.SetArgs(os.Args[2:])
	}
	if command.Execute() != nil {
		os.Exit(1)
	}
}
