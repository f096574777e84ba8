"""What can be built with `--with NAME`: an entry in each of the two tables, and a module that makes an `extras.Extra`.

The same is asked for in a functionConfig of `depgen krm`, and in the environment of a plugin of Argo CD: by FIELDS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from ipaddress import ip_network
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from depgen.extras import Extra
    from depgen.policies import Trusted

# As Argo Workflows' own manifests install it.
_CONTROLLER = "user:system:serviceaccount:argo:argo"
_OPERATORS = "group:depgen-operators"


class Name(StrEnum):
    """What is built only if it is asked for."""

    POLICIES = "policies"
    CHECKS = "checks"
    EVENTBUS = "eventbus"
    MONITORING = "monitoring"
    DISRUPTION_BUDGETS = "disruption-budgets"
    NETWORK_POLICIES = "network-policies"


_SAYS = {
    Name.POLICIES: "are ValidatingAdmissionPolicies for what RBAC cannot see",
    Name.CHECKS: "a WorkflowTemplate that runs depgen check",
    Name.EVENTBUS: "the EventBus that the graphs name",
    Name.MONITORING: "alerts for Prometheus and dashboards for Grafana",
    Name.DISRUPTION_BUDGETS: "keep replicas through a drain",
    Name.NETWORK_POLICIES: "say whom the pods may talk to",
}

With = Annotated[
    list[Name] | None,
    typer.Option(
        "--with",
        help=f"Build this too: {', '.join(f'{name} {says}' for name, says in _SAYS.items())}; may be repeated.",
        show_default=False,
    ),
]
Controller = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WHO",
        help="Who completes Workflows, as user:NAME or group:NAME; for --with policies.",
        show_default=_CONTROLLER,
    ),
]
Operators = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WHO",
        help="Who may write ledgers by hand, as user:NAME or group:NAME; for --with policies.",
        show_default=_OPERATORS,
    ),
]
Image = Annotated[
    str,
    typer.Option(
        "--check-image",
        metavar="IMAGE",
        help="With depgen in it, for --with checks; else that of the graph's sweeper.",
        show_default=False,
    ),
]
OnExit = Annotated[
    str,
    typer.Option(
        "--check-on-exit",
        metavar="TEMPLATE/NAME",
        help="What is run when a check of its own ends, for --with checks; see depgen check-manifest.",
        show_default=False,
    ),
]
Runbooks = Annotated[
    str,
    typer.Option(
        metavar="URL",
        help="Where the page of the alerts is to be read, for --with monitoring: they link to its sections.",
        show_default=False,
    ),
]

ApiServer = Annotated[
    list[str] | None,
    typer.Option(
        metavar="CIDR",
        help="An address of the API server, such as 10.0.0.1/32, for --with network-policies; else only its ports are said.",
        show_default=False,
    ),
]


class Asked(NamedTuple):
    """The options as they were given."""

    names: Sequence[Name]
    controller: Sequence[str] = ()
    operators: Sequence[str] = ()
    image: str = ""
    on_exit: str = ""
    runbooks: str = ""
    api_server: Sequence[str] = ()


# What the options are called where no command line is written, in the order of Asked.
FIELDS = ("with", "controller", "operators", "checkImage", "checkOnExit", "runbooks", "apiServer")


def written(fields: Mapping[str, Sequence[str]]) -> Asked:
    """What is asked for in a file or an environment, by FIELDS; InputError for what cannot be."""
    from depgen.errors import InputError
    from depgen.phrases import listed, quoted

    given = [tuple(fields.get(name, ())) for name in FIELDS]
    names, controller, operators, *single, api_server = given
    if odd := [name for name in names if name not in list(Name)]:
        raise InputError(f'"with" has {quoted(odd[0])}, which cannot be built; {listed(Name, "and")} can')
    for field, words in zip(FIELDS[3:6], single, strict=True):
        if len(words) > 1:
            raise InputError(f'"{field}" is one word, not {len(words)}')
    image, on_exit, runbooks = ("".join(words) for words in single)
    return Asked([Name(name) for name in names], controller, operators, image, on_exit, runbooks, api_server)


def extras(asked: Asked) -> list[Extra]:
    """What is asked for, once each; a usage error if an option is given that none of it takes."""
    from depgen import checks, disruptions, eventbus, monitoring, networks, policies

    _refuse_odd(asked)
    known: dict[Name, Callable[[], Extra]] = {
        Name.POLICIES: lambda: policies.as_extra(_trusted(asked)),
        Name.CHECKS: lambda: checks.as_extra(checks.Checks(asked.image, asked.on_exit)),
        Name.EVENTBUS: lambda: eventbus.EXTRA,
        Name.MONITORING: lambda: monitoring.as_extra(asked.runbooks),
        Name.DISRUPTION_BUDGETS: lambda: disruptions.EXTRA,
        Name.NETWORK_POLICIES: lambda: networks.as_extra(_blocks(asked.api_server)),
    }
    return [make() for name, make in known.items() if name in asked.names]


def _refuse_odd(asked: Asked) -> None:
    if Name.POLICIES not in asked.names and (asked.controller or asked.operators):
        raise typer.BadParameter("say --with policies too", param_hint="--controller, --operators")
    if Name.CHECKS not in asked.names and (asked.image or asked.on_exit):
        raise typer.BadParameter("say --with checks too", param_hint="--check-image, --check-on-exit")
    if Name.MONITORING not in asked.names and asked.runbooks:
        raise typer.BadParameter("say --with monitoring too", param_hint="--runbooks")
    if Name.NETWORK_POLICIES not in asked.names and asked.api_server:
        raise typer.BadParameter("say --with network-policies too", param_hint="--api-server")


def _blocks(texts: Sequence[str]) -> list[str]:
    """The CIDR blocks as Kubernetes writes them; an address alone is a block of one."""
    try:
        return [str(ip_network(text)) for text in texts]
    except ValueError as error:
        raise typer.BadParameter(f"not a CIDR block: {error}", param_hint="--api-server") from None


def _trusted(asked: Asked) -> Trusted:
    """Whom the policies trust."""
    from depgen.policies import Trusted

    for who in (*asked.controller, *asked.operators):
        kind, _, name = who.partition(":")
        if kind not in ("user", "group") or not name:
            raise typer.BadParameter(
                f'"{who}" is neither user:NAME nor group:NAME', param_hint="--controller, --operators"
            )
    return Trusted(
        tuple(sorted(set(asked.controller or [_CONTROLLER]))),
        tuple(sorted(set(asked.operators or [_OPERATORS]))),
    )
