"""What a policy is made of, and the CEL that several of them share.

`object` is null in a DELETE and `oldObject` in a CREATE; labels, annotations and status may be absent altogether.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple, TypeVar

from depgen import naming
from depgen.policies import cel

Item = TypeVar("Item")

KEY = "[0-9]{4,8}([tw][0-9]{2,4}b?)?(-[a-z0-9]+)?"
EXPRESSION_BUDGET = 60_000

Operation = Literal["CREATE", "UPDATE", "DELETE"]


class Trusted(NamedTuple):
    """Who is allowed what no account of the graph is: each `user:NAME` or `group:NAME`.

    `controllers` complete Workflows; `operators` write ledgers and start runs by hand.
    """

    controllers: tuple[str, ...]
    operators: tuple[str, ...]


class Condition(NamedTuple):
    """If one of a policy's conditions is false for a request, the policy does not apply to it."""

    name: str
    expression: str


class Variable(NamedTuple):
    """An expression that others read as `variables.<name>`; it is evaluated when first asked for."""

    name: str
    expression: str


class Validation(NamedTuple):
    """What has to hold, and what is said if it does not."""

    message: str
    expression: str


class Policy(NamedTuple):
    """A policy and its binding; no `namespaces` are all of them."""

    name: str
    group: str
    resource: str
    operations: tuple[Operation, ...]
    namespaces: tuple[str, ...]
    conditions: tuple[Condition, ...]
    variables: tuple[Variable, ...]
    validations: tuple[Validation, ...]


class Frame(NamedTuple):
    """Whose policies are made."""

    graph: str
    namespace: str
    trusted: Trusted

    def name(self, part: str) -> str:
        """Of a policy. Policies have no namespace, and graphs of one name may be in several."""
        return f"depgen.{self.namespace}.{self.graph}.{part}"

    def account(self, part: str) -> str:
        """`user:` and the name of the ServiceAccount of a component."""
        return f"user:system:serviceaccount:{self.namespace}:{naming.component(self.graph, part)}"


def label_of(what: str, label: str) -> str:
    """CEL: a label of `object` or the like, "" if it is not there."""
    return f"{what}.metadata.?labels[?{cel.literal(label)}].orValue('')"


def comes_from(principals: Iterable[str]) -> str:
    """CEL: whether the request comes from one of these users or members of groups."""
    split = [principal.partition(":") for principal in principals]
    users = [name for kind, _, name in split if kind == "user"]
    groups = [name for kind, _, name in split if kind == "group"]
    tests = [f"request.userInfo.username in {cel.literal(users)}"] if users else []
    tests += [f"request.userInfo.?groups.orValue([]).exists(g, g in {cel.literal(groups)})"] if groups else []
    return cel.any_of(tests)


def packed(items: Sequence[Item], size: Callable[[Item], int]) -> list[list[Item]]:
    """In their order, as many together as fit one expression; an item that is too large stands alone."""
    boxes: list[list[Item]] = [[]]
    filled = 0
    for item in items:
        filled += size(item)
        if boxes[-1] and filled > EXPRESSION_BUDGET:
            boxes.append([])
            filled = size(item)
        boxes[-1].append(item)
    return boxes
