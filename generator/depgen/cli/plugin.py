"""`depgen plugin`: Argo's executor plugin, and what the cluster needs for it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from depgen.cli.cluster_options import Context, Kubeconfig, connect, namespace_name
from depgen.cli.terminal import emit, tell

app = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True)

_PORT = 14355


@app.callback()
def plugin() -> None:
    """Answer Argo Workflows, as an executor plugin, whether runs are done."""


@app.command()
def serve(
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help="Where to listen; the agent is in the same pod.")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="On which port; 0 is any.")
    ] = _PORT,
    token_file: Annotated[
        Path, typer.Option("--token-file", metavar="FILE", help="Where Argo has put the token of this pod.")
    ] = Path("/var/run/argo/token"),
    kubeconfig: Kubeconfig = None,
    context: Context = None,
) -> None:
    """Serve the plugin to Argo's agent, until SIGTERM.

    This is what runs in the agent's pod; `depgen plugin manifest` prints what makes Argo run it there.

    Exit codes: 0 it was ended; 2 it could not begin; 3 a bug in depgen.

    Examples:

        depgen plugin serve   # in the pod that depgen plugin manifest describes

    See also: plugin manifest, check.
    """
    import gc
    from datetime import UTC, datetime

    from depgen.errors import InputError

    try:
        from depgen.plugin import serving
        from depgen.plugin.app import application
    except ImportError as error:
        raise InputError("the plugin needs more packages: pip install 'depgen[plugin]'") from error
    from depgen.plugin.judge import Judge

    gc.enable()  # the command line runs without: here is a long life

    def log(line: str) -> None:
        shown = "".join(c if c.isprintable() else " " for c in line)
        tell(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {shown}\n")

    token = serving.read_token(token_file)
    judge = Judge(connect(kubeconfig, context))
    listener = serving.listen(host, port)
    log(f"listening on {host}:{listener.getsockname()[1]}")
    serving.serve(application(token, judge.reply, log), listener)
    judge.close()
    log("ended")


@app.command()
def manifest(
    image: Annotated[str, typer.Option("--image", metavar="IMAGE", help="An image that has depgen[plugin].")],
    namespace: Annotated[
        str,
        typer.Option(
            "--namespace",
            "-n",
            metavar="NAME",
            parser=namespace_name,
            help="The namespace of the Workflows that are to use it.",
        ),
    ],
    port: Annotated[
        int, typer.Option("--port", metavar="PORT", min=1024, max=65535, help="One that no other plugin has.")
    ] = _PORT,
    nodes: Annotated[
        bool, typer.Option("--nodes", help="Also let it ask for nodes of graphs: it then lists ConfigMaps.")
    ] = False,
) -> None:
    """Print the ExecutorPlugin with its ServiceAccount and Role, as YAML.

    Exit codes: 0 printed; 2 it could not be tried; 3 a bug in depgen.

    Examples:

        depgen plugin manifest -n data --image registry.example.com/depgen:0.1.0 | kubectl apply -f -

    See also: plugin serve.
    """
    from depgen.plugin.manifest import manifest as text

    emit(text(image, namespace, port, nodes))
