"""YAML inside of a text: the `manifest` of a resource template, a `podSpecPatch`.

Argo fills in `{{...}}` before anybody reads it as YAML, so as it stands it may be none.
"""

from __future__ import annotations

import re
from contextlib import suppress

import yaml

from depgen.manifest_text import UNREADABLE, refuse_depth
from depgen.manifests import Object

# Stands for what is filled in later: a character that nobody writes, and that YAML takes anywhere in a text.
UNKNOWN = "\ue000"
_BRACES = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def objects(text: object) -> list[Object]:
    """The mappings in a text, up to what cannot be read; each `{{...}}` is `UNKNOWN`."""
    if not isinstance(text, str):
        return []
    plain = _BRACES.sub(UNKNOWN, text)
    found: list[Object] = []
    with suppress(*UNREADABLE):
        refuse_depth(plain)
        for document in yaml.load_all(plain, Loader=yaml.CSafeLoader):
            if isinstance(document, dict):
                found.append(document)
    return found
