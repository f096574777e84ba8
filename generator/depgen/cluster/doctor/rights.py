"""What each component of a graph has to be allowed, as its generated Roles say."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from depgen.accounts import accounts
from depgen.cluster.api import Resource
from depgen.render import Layout


class Right(NamedTuple):
    """One verb on one kind of object in one namespace."""

    namespace: str
    verb: str
    resource: Resource


def needed(layout: Layout) -> dict[str, list[Right]]:
    """The rights by ServiceAccount, each account with all of its namespaces."""
    return {
        str(account["name"]): [
            Right(role["namespace"], verb, Resource(rule["group"], "", rule["resource"], rule["resource"]))
            for role in cast(list[dict[str, Any]], account["roles"])
            for rule in role["rules"]
            for verb in rule["verbs"]
        ]
        for account in accounts(layout.plan)
    }


def user(namespace: str, account: str) -> str:
    """A ServiceAccount as the API server knows it."""
    return f"system:serviceaccount:{namespace}:{account}"
