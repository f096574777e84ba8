"""Whether an author's jq expression may stand in a program: one complete expression, and a pure function.

Two engines run it, gojq in a Sensor and libjq wherever depgen itself asks. What only one of them has, what they read
differently and what depends on anything but the input (the time, the zone, the process) is refused by name. The
functions are an allow list, so that a newer libjq brings nothing in. Whether the rest is jq, libjq says.

`problem` describes what is wrong as a predicate: 'calls "now", which ...'.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from depgen.jqtokens import Token, UnbalancedError, tokens
from depgen.model import FromUpstream, Graph, leaves
from depgen.nearest import Names

LONGEST = 2048
_TOGETHER = 128

_KEYWORDS = frozenset(
    "and as break catch def elif else end foreach if label or reduce then try".split()  # noqa: SIM905
)
# Alike in gojq 0.12.17 and libjq 1.7, and later.
FUNCTIONS = frozenset(
    """
    IN INDEX abs add all any arrays ascii_downcase ascii_upcase booleans capture ceil combinations
    contains del delpaths empty endswith error explode false first flatten floor format from_entries
    fromdate fromdateiso8601 fromjson fromstream getpath gmtime group_by gsub has in index indices
    inside isempty iterables join keys last length limit ltrim ltrimstr map map_values match max max_by
    min min_by mktime not nth null nulls numbers objects path paths pick range recurse reverse rindex
    round rtrim rtrimstr scalars scan select setpath sort sort_by split splits sqrt startswith strftime
    strings strptime sub test to_entries todate todateiso8601 tojson tonumber tostream tostring
    transpose trim true trunc truncate_stream type unique unique_by until utf8bytelength values walk
    while with_entries
    """.split()  # noqa: SIM905 - a list of a hundred quoted words is harder to read
)
_FORMATS = frozenset(
    {"@text", "@json", "@html", "@uri", "@csv", "@tsv", "@sh", "@base64", "@base64d", "@base32", "@base32d"}
)

_CLOCK = "which is another value each time"
_PROCESS = "which depends on the process that runs it"
_ZONE = "which depends on the zone of the process"
_ENDS = "which would end the program"
_REASONS = {
    "now": _CLOCK,
    **dict.fromkeys(("localtime", "strflocaltime"), _ZONE),
    **dict.fromkeys(("input", "inputs"), "which reads another input"),
    **dict.fromkeys(("env", "input_filename", "input_line_number", "debug", "stderr", "builtins"), _PROCESS),
    **dict.fromkeys(("halt", "halt_error"), _ENDS),
    **dict.fromkeys(("import", "include", "module", "modulemeta"), "and no file can be loaded"),
    "keys_unsorted": 'which a Sensor does not have; use "keys"',
}
_LOOK_AROUND = re.compile(r"\(\?(?:<?[=!]|>)")
_BACK_REFERENCE = re.compile(r"\\\\[1-9]")
_OUTPUT = re.compile(r'\.outputs(?:\.([A-Za-z_][A-Za-z0-9_]*)|\["([A-Za-z0-9_-]+)"\])')
_THEN_NUMBER = re.compile(r"\s*(?:[<>=!]=|[<>])\s*-?\.?[0-9]")
_NUMBER_BEFORE = re.compile(r"(?:^|[^\w.])-?[0-9.]+\s*(?:[<>=!]=|[<>])\s*$")
_UNDEFINED = re.compile(r"(\$?[A-Za-z_][A-Za-z0-9_:]*)(?:/\d+)? is not defined")


def problem(text: str) -> str | None:
    """What is wrong with an expression; None if it can be used."""
    return problems([text]).get(text)


def problems(texts: Iterable[str]) -> dict[str, str]:
    """The expressions among `texts` that cannot be used, and why."""
    found: dict[str, str] = {}
    complete = []
    for text in dict.fromkeys(texts):
        reason = _unfit(text)
        if reason is None:
            complete.append(text)
        else:
            found[text] = reason
    for start in range(0, len(complete), _TOGETHER):
        found |= _refused(complete[start : start + _TOGETHER])
    return found


def outputs(text: str) -> tuple[list[str], list[str]]:
    """The output parameters that a condition reads, and its uses of outputs from which no name can be told.

    Only `.outputs.NAME` and `.outputs["NAME"]` name one.
    """
    names: dict[str, None] = {}
    strays: dict[str, None] = {}
    after = 0
    for token in _readable(text):
        if token.start < after or not _is_outputs(token):
            continue
        match = _OUTPUT.match(text, token.start)
        if match:
            names[match[1] or match[2]] = None
            after = match.end()
        else:
            strays[token.text] = None
    return list(names), list(strays)


def compared_with_numbers(text: str) -> list[str]:
    """The outputs that a condition compares with a number as they are, as they stand in it.

    Outputs are text, and in jq any text is greater than any number: such a comparison has always the same answer.
    """
    starts = {token.start for token in _readable(text) if _is_outputs(token)}
    found = [match for match in _OUTPUT.finditer(text) if match.start() in starts]
    return [
        m[0] for m in found if _THEN_NUMBER.match(text, m.end()) or _NUMBER_BEFORE.search(text[: m.start()])
    ]


def outputs_read(graph: Graph) -> dict[str, list[str]]:
    """For each node the output parameters that an edge or a param of another node reads, sorted."""
    found: dict[str, set[str]] = defaultdict(set)
    for node in graph.nodes.values():
        for edge in leaves(node.edges):
            if edge.when:
                found[edge.upstream].update(outputs(edge.when)[0])
        for _, param in node.run.params if node.run else ():
            if isinstance(param, FromUpstream) and param.output:
                found[param.node].add(param.output)
    return {node: sorted(names) for node, names in sorted(found.items()) if names}


def _readable(text: str) -> list[Token]:
    try:
        return tokens(text)
    except UnbalancedError:
        return []


def _is_outputs(token: Token) -> bool:
    return (token.kind, token.text) in (("field", ".outputs"), ("string", "outputs"), ("key", "outputs"))


@lru_cache(maxsize=4096)
def _unfit(text: str) -> str | None:
    """What keeps an expression from being used, as far as its tokens tell."""
    if len(text) > LONGEST:
        return f"has {len(text)} characters, at most {LONGEST} are allowed"
    hidden = next((c for c in text if not c.isprintable() and c not in "\t\n"), None)
    if hidden is not None:
        return f"holds the invisible character U+{ord(hidden):04X}"
    try:
        found = tokens(text)
    except UnbalancedError as error:
        return f"is not complete: {error}"
    own = _defined(found)
    return next((reason for token in found if (reason := _unfit_token(token, own)) is not None), None)


def _unfit_token(token: Token, own: frozenset[str]) -> str | None:
    text = token.text
    match token.kind:
        case "word" if text in _REASONS:
            return f'uses "{text}", {_REASONS[text]}'
        case "word" if text not in FUNCTIONS and text not in _KEYWORDS and text not in own:
            near = Names(FUNCTIONS).closest(text)
            guess = f'; did you mean "{near}"?' if near else ""
            return f'calls "{text}", which is none of the functions that can be used{guess}'
        case "variable" if text == "ENV" or text.startswith("__"):
            return f'uses "${text}", {_PROCESS}'
        case "format" if text not in _FORMATS:
            return f'uses "{text}", which is no format'
        case "comment" if "\\" in text:
            return "has a backslash in a comment, which jq engines read differently"
        case "string" if _LOOK_AROUND.search(text):
            return "has look-around in a regular expression, which a Sensor does not know"
        case "string" if _BACK_REFERENCE.search(text):
            return "has a back-reference in a regular expression, which a Sensor does not know"
    return None


def _defined(found: Sequence[Token]) -> frozenset[str]:
    """The functions that the expression defines, and their parameters."""
    names: set[str] = set()
    is_head = False
    for token in found:
        if token.kind == "word" and token.text == "def":
            is_head = True
        elif is_head and token.kind == "word":
            names.add(token.text)
        elif token.text == ":":
            is_head = False
    return frozenset(names)


def _refused(texts: list[str]) -> dict[str, str]:
    """What libjq does not take of `texts`, whose brackets close. They are compiled together: each costs 2 ms."""
    reason = _compile_error(texts)
    if reason is None:
        return {}
    if len(texts) == 1:
        return {texts[0]: reason}
    half = len(texts) // 2
    return _refused(texts[:half]) | _refused(texts[half:])


def _compile_error(texts: list[str]) -> str | None:
    from depgen import engine  # slow to load, and few graphs have expressions

    # Each is called as well: libjq does not look into a function that nobody calls.
    defs = [f"def e{index}: ({text}\n);" for index, text in enumerate(texts)]
    try:
        engine.check("".join(defs) + ", ".join(f"e{index}" for index in range(len(texts))))
    except ValueError as error:
        undefined = _UNDEFINED.search(str(error))
        return (
            f'uses "{undefined[1]}", which is not defined' if undefined else "is not a complete jq expression"
        )
    return None
