"""Malformed YAML in a graph writer's words.

libyaml says which token it missed ("did not find expected key"); what helps is which character is wrong and
what it should have been. The table is keyed by libyaml's texts; one that is not in it still gets a position.
"""

from __future__ import annotations

from dataclasses import dataclass

from yaml import MarkedYAMLError, YAMLError

from depgen.diagnostics import Diagnostic
from depgen.filetext import FileText

_INDENTATION = "check the indentation of this line and the lines above"
_QUOTE = "quote the text"


@dataclass(frozen=True, slots=True)
class _Explanation:
    """`message` may name the `{character}` found; `at_start` points at where the construct begins instead.

    `began` says what a related spot there is.
    """

    message: str
    hint: str | None = None
    at_start: bool = False
    began: str | None = None


_TAB = _Explanation("a tab cannot indent", "use spaces")
_UNCLOSED_QUOTE = _Explanation("the quote that opens here is never closed", "close it", at_start=True)
_QUOTES = ("'", '"')
_AFTER_QUOTE = _Explanation(
    "text cannot follow the quote that closes here",
    "quote all of it; a quote inside is '' in single quotes and \\\" in double quotes",
)
_DIRECTIVE = _Explanation(
    'a line that begins with "%" is a YAML directive, and this is none', "remove the line", at_start=True
)
_TAG = _Explanation('"!" begins a YAML tag, and this is none', _QUOTE, at_start=True)
_HEADER = _Explanation('text may follow "|" or ">" only on the next line', "move it there, or quote it")
_OUTSIDE = _Explanation("the document has ended before this {character}", _INDENTATION)

# Source: libyaml 0.2.5, src/scanner.c and src/parser.c.
_EXPLANATIONS = {
    "mapping values are not allowed in this context": _Explanation(
        'a ":" cannot stand here',
        'quote the text it belongs to, or look at the line above: its indentation, a missing ":"',
    ),
    "could not find expected ':'": _Explanation(
        'this is not a "key: value" pair', f'write a ":" and a value, or {_INDENTATION}', at_start=True
    ),
    "mapping keys are not allowed in this context": _Explanation('a "?" cannot stand here', _QUOTE),
    "block sequence entries are not allowed in this context": _Explanation(
        "a list cannot begin on the line of its key", 'put "- " on the next line'
    ),
    "found unexpected end of stream": _UNCLOSED_QUOTE,
    "found unexpected document indicator": _UNCLOSED_QUOTE,
    "found character that cannot start any token": _Explanation("text cannot begin with {character}", _QUOTE),
    "found a tab character where an indentation space is expected": _TAB,
    "found a tab character that violates indentation": _TAB,
    "found unknown escape character": _Explanation(
        "this is no escape of double-quoted text", 'write "\\\\" for a backslash, or use single quotes'
    ),
    "did not find expected hexdecimal number": _Explanation(
        "an escape needs hexadecimal digits here", 'write "\\\\" for a backslash, or use single quotes'
    ),
    "found invalid Unicode character escape code": _Explanation(
        "this escape is no character", "write the character itself, or \\U and eight digits"
    ),
    "found an indentation indicator equal to 0": _HEADER,
    "did not find expected comment or line break": _HEADER,
    "did not find expected alphabetic or numeric character": _Explanation(
        '"*" and "&" begin YAML aliases and anchors', _QUOTE, at_start=True
    ),
    "did not find expected '-' indicator": _Explanation(
        'expected "- ", as before the other items of the list, but found {character}',
        _INDENTATION,
        began="the list begins here",
    ),
    "did not find expected key": _Explanation(
        "expected the next key of the map, but found {character}", _INDENTATION, began="the map begins here"
    ),
    "did not find expected ',' or ']'": _Explanation(
        'expected "," or "]", but found {character}', began="the list begins here"
    ),
    "did not find expected ',' or '}'": _Explanation(
        'expected "," or "}}", but found {character}', began="the map begins here"
    ),
    "did not find expected node content": _Explanation("expected a value, but found {character}"),
    "did not find expected <document start>": _OUTSIDE,
    "found incompatible YAML document": _DIRECTIVE,
    "found duplicate %YAML directive": _DIRECTIVE,
    "found duplicate %TAG directive": _DIRECTIVE,
    "found undefined tag handle": _TAG,
}
_BY_CONTEXT = {
    "while scanning a directive": _DIRECTIVE,
    "while scanning a %YAML directive": _DIRECTIVE,
    "while scanning a %TAG directive": _DIRECTIVE,
    "while parsing a %TAG directive": _DIRECTIVE,
    "while scanning a tag": _TAG,
    "while parsing a tag": _TAG,
}
_UNKNOWN = _Explanation("this is not valid YAML")


def syntax_finding(text: FileText, error: YAMLError) -> Diagnostic:
    """The one place at which the YAML stops making sense; nothing after it can be read."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Diagnostic(text.position(0), "yaml-syntax", _UNKNOWN.message)
    # libyaml reports the end of the file, which may be many blank lines below the last character.
    index = min(error.problem_mark.index, len(text.characters.rstrip()))
    start = error.context_mark.index if error.context_mark else index
    found = text.characters[index : index + 1]
    explanation = _explanation(error, found, text.characters[:index])
    message = explanation.message.format(character=f'"{found}"' if found.strip() else "the end of the text")
    where = text.position(start if explanation.at_start else index)
    related = ((text.position(start), explanation.began),) if explanation.began else ()
    return Diagnostic(where, "yaml-syntax", message, explanation.hint, related=related)


def _explanation(error: MarkedYAMLError, found: str, before: str) -> _Explanation:
    problem = error.problem or ""
    if problem == "found character that cannot start any token" and found == "\t":
        return _TAB
    if problem.startswith("did not find expected") and found.strip() and before.rstrip(" ")[-1:] in _QUOTES:
        return _AFTER_QUOTE
    return _EXPLANATIONS.get(problem) or _BY_CONTEXT.get(error.context or "") or _UNKNOWN
