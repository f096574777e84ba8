"""An image has no version: its tag is `latest`, or there is none.

Only with `--manifests`. What runs tomorrow may be another program than today's, a retry may run another one than the
try before it, and with nothing changed nobody can tell why. Looked at are containers, scripts, container sets, init
containers, sidecars, and what `podSpecPatch` puts in their place. A tag that holds `{{...}}` is not judged.
Kustomize's `images:` does not reach into Workflows unless it is told where to look; if it is, lint what it makes:
`kustomize build . | depgen lint --manifests -`.

Fails:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      activeDeadlineSeconds: 7200
      templates:
        - {name: main, retryStrategy: {limit: 2}, container: {image: "report:latest"}}

Passes:

    apiVersion: argoproj.io/v1alpha1
    kind: WorkflowTemplate
    metadata: {name: report}
    spec:
      entrypoint: main
      activeDeadlineSeconds: 7200
      templates:
        - {name: main, retryStrategy: {limit: 2}, container: {image: "report:1.4"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from depgen import embedded
from depgen.diagnostics import Diagnostic, Route, Severity
from depgen.manifests import Item, Object, mapping, numbered
from depgen.templates import templates

SEVERITY = Severity.WARNING

# What is only known when it runs, or once it is filled in before it is applied.
_UNKNOWN = re.compile(r"\{\{.*?\}\}|\$\{.*?\}|\$\(.*?\)|" + embedded.UNKNOWN, re.DOTALL)


def check(items: Sequence[Item]) -> Iterator[Diagnostic]:
    """One finding for each template, and one for what the spec says for all of them."""
    for item in items:
        spec = item.spec
        holders = [
            (template.route, template.body, f'template "{template.name}"') for template in templates(spec)
        ]
        holders.append((("templateDefaults",), mapping(spec.get("templateDefaults")), "the templateDefaults"))
        holders.append(((), {"podSpecPatch": spec.get("podSpecPatch")}, "the podSpecPatch"))
        for route, body, who in holders:
            found = [(where, image) for where, image in _images(body) if is_unversioned(image)]
            if found:
                yield _finding(item, route, who, found)


def _finding(item: Item, route: Route, who: str, found: Sequence[tuple[Route, str]]) -> Diagnostic:
    images = list(dict.fromkeys(image.replace(embedded.UNKNOWN, "{{...}}") for _, image in found))
    more = f" and {len(images) - 1} more" if len(images) > 1 else ""
    return Diagnostic(
        item.in_spec(*route, *found[0][0]),
        "image-latest",
        f'{who} of {item.title} runs image "{images[0]}"{more}, which may be another one tomorrow',
        "name a version, or a digest",
        SEVERITY,
    )


def is_unversioned(image: str) -> bool:
    """Whether a reference to an image has neither a digest nor a tag other than `latest`; a digest has a colon too."""
    known = _UNKNOWN.sub(embedded.UNKNOWN, image.strip())
    if not known:
        return False
    name, colon, tag = known.rpartition("/")[2].partition(":")
    return tag == "latest" if colon else embedded.UNKNOWN not in name


def _images(body: Object) -> Iterator[tuple[Route, str]]:
    """Every image of a template, with its place in it."""
    for field in ("container", "script"):
        yield from _image((field,), mapping(body.get(field)))
    lists: list[Route] = [("initContainers",), ("sidecars",), ("containerSet", "containers")]
    for route in lists:
        value: object = body
        for step in route:
            value = mapping(value).get(str(step))
        for number, container in numbered(value):
            yield from _image((*route, number), container)
    for spec in embedded.objects(body.get("podSpecPatch")):
        for field in ("containers", "initContainers"):
            for _, container in numbered(spec.get(field)):
                yield from ((("podSpecPatch",), image) for _, image in _image((), container))


def _image(route: Route, container: Object) -> Iterator[tuple[Route, str]]:
    image = container.get("image")
    if isinstance(image, str):
        yield (*route, "image"), image
