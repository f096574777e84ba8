"""The KRM function: a ResourceList in, the same with the objects of graphs out.

What it is to do stands in the functionConfig: `spec.files`, paths below the folder that it is run in, or `spec.graph`, the
graph itself, for a function in a container, which sees no files; and `spec.env`, and what to build besides. Objects that it made
before are replaced.
Items are passed on as nodes of YAML, never as data: nothing of them is read anew by rules that are not theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

import yaml

from depgen import pipeline
from depgen.diagnostics import Finding
from depgen.errors import InputError
from depgen.extras import Extra
from depgen.phrases import listed, quoted

INLINE = "functionConfig"
_CONFIG, _ITEMS, _RESULTS = "functionConfig", "items", "results"
_FIELDS = ("files", "graph", "env")


class Asked(NamedTuple):
    """A ResourceList that can be worked on. `graph` is the text of the one in the functionConfig, if it is there.

    `besides` are the fields that say what to build beside the graphs' own objects, each with its words.
    """

    root: yaml.MappingNode
    files: tuple[str, ...]
    graph: pipeline.InputFile | None
    environment: str
    besides: Mapping[str, tuple[str, ...]]


def read(text: str, besides: Sequence[str]) -> Asked:
    """The ResourceList of a text; InputError if it is none, or does not say which graphs are meant."""
    try:
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise InputError(f"stdin is not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(root, yaml.MappingNode) or _word(_field(root, "kind")) != "ResourceList":
        raise InputError("a ResourceList is expected on stdin, as kustomize and kpt write it")
    spec = _field(_field(root, _CONFIG), "spec")
    fields = [_word(key) for key, _ in spec.value] if isinstance(spec, yaml.MappingNode) else []
    if ("files" in fields) == ("graph" in fields):
        raise InputError(
            'the functionConfig needs either "spec.files", a list of graph files, or "spec.graph"'
        )
    known = (*_FIELDS, *besides)
    if odd := [field for field in fields if field not in known]:
        raise InputError(f"spec.{odd[0]} of the functionConfig is not known; {listed(known, 'and')} are")
    return Asked(
        root,
        _files(_field(spec, "files")),
        _inline(_field(spec, "graph")),
        _word(_field(spec, "env")),
        {name: _words(name, _field(spec, name)) for name in fields if name in besides},
    )


def answer(asked: Asked, checked: pipeline.Checked, extras: Sequence[Extra] = ()) -> str:
    """The ResourceList to print: with the graphs' objects, or with what is wrong with them."""
    made = [] if checked.has_errors else _made(checked, extras)
    mine = {_identity(item) for item in made}
    given = _field(asked.root, _ITEMS)
    kept = [item for item in _members(given) if _identity(item) not in mine]
    asked.root.value = [pair for pair in asked.root.value if _word(pair[0]) not in (_ITEMS, _RESULTS)]
    _set(asked.root, _ITEMS, yaml.SequenceNode("tag:yaml.org,2002:seq", kept + made, flow_style=False))
    if checked.findings:
        _set(asked.root, _RESULTS, _composed([_result(finding) for finding in checked.findings]))
    return yaml.serialize(asked.root, Dumper=yaml.CSafeDumper, allow_unicode=True, width=2**20)


def _made(checked: pipeline.Checked, extras: Sequence[Extra]) -> list[yaml.Node]:
    texts = pipeline.build(checked, extras).manifests.values()
    return [node for text in texts for node in yaml.compose_all(text, Loader=yaml.CSafeLoader) if node]


def _files(node: yaml.Node | None) -> tuple[str, ...]:
    """Paths that stay below the folder."""
    if node is None:
        return ()
    paths = tuple(_word(item) for item in _members(node))
    if not paths or not all(paths):
        raise InputError("spec.files of the functionConfig has to be a list of paths")
    for path in map(PurePath, paths):
        if path.is_absolute() or ".." in path.parts:
            raise InputError(f"spec.files has {quoted(str(path))}, which leads out of the folder")
    return paths


def _words(name: str, node: yaml.Node | None) -> tuple[str, ...]:
    """One word, or a list of them."""
    words = (_word(node),) if isinstance(node, yaml.ScalarNode) else tuple(map(_word, _members(node)))
    if not words or not all(words):
        raise InputError(f"spec.{name} of the functionConfig has to be a word or a list of words")
    return words


def _inline(node: yaml.Node | None) -> pipeline.InputFile | None:
    if not isinstance(node, yaml.MappingNode):
        return None
    graph = yaml.MappingNode(node.tag, list(node.value), flow_style=False)
    if _field(graph, "apiVersion") is None:
        _set(graph, "apiVersion", _composed("depgen.io/v1"))
    return pipeline.InputFile(INLINE, yaml.serialize(graph, allow_unicode=True).encode())


def _result(finding: Finding) -> Mapping[str, Any]:
    place = {} if finding.position.path == INLINE else {"file": {"path": finding.position.path}}
    where = f"{finding.position.path}:{finding.position.line}:{finding.position.column}"
    message = f"{where}: {finding.text} [{finding.rule}]" if place else f"{finding.text} [{finding.rule}]"
    return {"message": message, "severity": str(finding.severity), **place, "tags": {"rule": finding.rule}}


# ---- nodes ----


def _field(node: yaml.Node | None, name: str) -> yaml.Node | None:
    """The value of a field of a mapping; None if there is none."""
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for key, value in pairs if _word(key) == name), None)


def _word(node: yaml.Node | None) -> str:
    """The text of a scalar, "" of anything else."""
    return str(node.value) if isinstance(node, yaml.ScalarNode) else ""


def _members(node: yaml.Node | None) -> Sequence[yaml.Node]:
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _set(node: yaml.MappingNode, name: str, value: yaml.Node) -> None:
    node.value.append((yaml.ScalarNode("tag:yaml.org,2002:str", name), value))


def _composed(data: object) -> yaml.Node:
    node = yaml.compose(yaml.safe_dump(data, allow_unicode=True), Loader=yaml.CSafeLoader)
    assert node is not None  # the text is of some data
    return node


def _identity(item: yaml.Node) -> tuple[str, ...]:
    group, _, _ = _word(_field(item, "apiVersion")).rpartition("/")
    metadata = _field(item, "metadata")
    return (
        group,
        _word(_field(item, "kind")),
        _word(_field(metadata, "namespace")),
        _word(_field(metadata, "name")),
    )
