"""The versions of Argo Events and Argo Workflows, from the images of their controllers.

Why: Argo Events before 1.9.6 is older than anything that depgen's output is made for; Argo Workflows before 3.7.14, and
4.0 before 4.0.5, have known security holes. An image that is named by its digest alone tells no version.

Way out: upgrade the controller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from depgen.cluster.api import DEPLOYMENTS, ClusterError, Object
from depgen.cluster.doctor.exam import Exam
from depgen.cluster.doctor.finding import Finding, error, ok, unknown
from depgen.manifests import mapping, mappings

Version = tuple[int, int, int]


class Product(NamedTuple):
    """What runs an image of this name. `floors` are the oldest good versions, one for each major version."""

    title: str
    image: str
    floors: tuple[Version, ...]


PRODUCTS = (
    Product("Argo Events", "argo-events", ((1, 9, 6),)),
    Product("Argo Workflows", "workflow-controller", ((3, 7, 14), (4, 0, 5))),
)
_IMAGE = re.compile(r"(?:.*/)?(?P<name>[^/:@]+)(?::(?P<tag>[^@]+))?(?:@.*)?")
_TAG = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?![0-9.])")


def check(exam: Exam) -> Iterator[Finding]:
    images = {parsed for deployment in _deployments(exam) if (parsed := _parsed(deployment))}
    for product in PRODUCTS:
        found = sorted(tag for name, tag in images if name == product.image)
        if not found:
            yield unknown(product.title, f"no Deployment that is visible here runs the image {product.image}")
        for tag in found:
            yield judged(product, tag)


def judged(product: Product, tag: str) -> Finding:
    """What is to be said of an image's tag."""
    version = version_of(tag)
    if version is None:
        return unknown(product.title, f"its image has the tag {tag or '(none)'}, which tells no version")
    floors = [floor for floor in product.floors if floor[0] == version[0]] or [product.floors[-1]]
    if version < floors[0]:
        wanted = " or ".join(_shown(floor) for floor in product.floors)
        return error(
            product.title, f"version {_shown(version)} has known faults", f"upgrade it to {wanted} or later"
        )
    return ok(product.title, f"version {_shown(version)}")


def version_of(tag: str) -> Version | None:
    """`v1.9.11`, `3.7.14-nonroot` as numbers."""
    found = _TAG.match(tag)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def image_of(text: str) -> tuple[str, str]:
    """Name and tag: `quay.io/argoproj/argo-events:v1.9.11` is argo-events and v1.9.11."""
    found = _IMAGE.fullmatch(text)
    return (found["name"], found["tag"] or "") if found else ("", "")


def _deployments(exam: Exam) -> list[Object]:
    """All that may be seen: the controllers', or else those of the services, which run the image of Argo Events."""
    try:
        return exam.sight.all(DEPLOYMENTS, "")
    except ClusterError as refusal:
        if refusal.status != 403 or not exam.namespaces:
            raise
    return [found for namespace in exam.namespaces for found in exam.sight.all(DEPLOYMENTS, namespace)]


def _parsed(deployment: Object) -> tuple[str, str] | None:
    pod = mapping(mapping(mapping(deployment.get("spec")).get("template")).get("spec"))
    names = {product.image for product in PRODUCTS}
    found = (image_of(str(container.get("image", ""))) for container in mappings(pod.get("containers")))
    return next((image for image in found if image[0] in names), None)


def _shown(version: Version) -> str:
    return ".".join(map(str, version))
