"""A jq program as text again, from its tree: the same program, with brackets around everything.

A tree keeps no brackets and no blanks, so the text is another one, and what it gives is the same.
"""

from __future__ import annotations

from collections.abc import Callable

from depgen.emulate.jq_syntax import Tree

_CONSTANTS = {None: "null", True: "true", False: "false"}


def written(node: Tree) -> str:
    """A term, wherever it stands."""
    return _WRITERS[node[0]](*node[1:])


def _string(parts: tuple[str | Tree, ...]) -> str:
    return '"' + "".join(p if isinstance(p, str) else f"\\({written(p)})" for p in parts) + '"'


def _loop(word: str, source: Tree, names: tuple[str], parts: tuple[Tree, ...]) -> str:
    return f"({word} {written(source)} as {names[0]} ({'; '.join(map(written, parts))}))"


def _object(members: tuple[tuple[Tree, Tree], ...]) -> str:
    return "{" + ", ".join(f"({written(name)}): {written(value)}" for name, value in members) + "}"


def _def(name: str, parameters: tuple[str, ...], body: Tree, rest: Tree) -> str:
    known = f"({'; '.join(parameters)})" if parameters else ""
    return f"(def {name}{known}: {written(body)}; {written(rest)})"


def _call(name: str, arguments: tuple[Tree, ...]) -> str:
    return f"{name}({'; '.join(map(written, arguments))})" if arguments else name


def _if(test: Tree, then: Tree, other: Tree) -> str:
    return f"(if {written(test)} then {written(then)} else {written(other)} end)"


_WRITERS: dict[str, Callable[..., str]] = {
    "this": lambda: ".",
    "everywhere": lambda: "..",
    "constant": lambda value: _CONSTANTS[value],
    "number": lambda word: word,
    "variable": lambda name: name,
    "string": _string,
    "format": lambda string, word: f"({word} {written(string)})",
    "pipe": lambda left, right: f"({written(left)} | {written(right)})",
    "index": lambda holder, name: f"{written(holder)}[{written(name)}]",
    "each": lambda holder: f"{written(holder)}[]",
    "slice": lambda holder, begin, end: f"{written(holder)}[{written(begin)}:{written(end)}]",
    "apply": lambda inner: f"({written(inner)}?)",
    "negative": lambda inner: f"(-{written(inner)})",
    "array": lambda inner: f"[{written(inner)}]",
    "object": _object,
    "try": lambda body, handler: f"(try {written(body)} catch {written(handler)})",
    "if": _if,
    "binary": lambda operator, left, right: f"({written(left)} {operator} {written(right)})",
    "as": lambda source, names, body: f"({written(source)} as {names[0]} | {written(body)})",
    "def": _def,
    "call": _call,
    "loop": _loop,
}
