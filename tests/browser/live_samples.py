"""A cluster in memory whose states a page shows: a night of the documentation's shop."""

from __future__ import annotations

from functools import cache

from depgen.cluster.states import Subject
from depgen.page.live import live
from tests.browser.samples import checked, page
from tests.fakes import FakeCluster
from tests.house.quotes import ROOT
from tests.house.shop import moment, shop_at

GRAPH = (ROOT / "examples" / "07-clocks-and-sweep" / "graph.yaml").read_text(encoding="utf-8")
# The stock has failed, so the report waits, and its deadline was at ten.
NOW = moment(21, "22:10")


@cache
def night() -> tuple[FakeCluster, Subject]:
    """The cluster at that time."""
    shop = shop_at("night", NOW, GRAPH)
    return shop.cluster, shop.subject


def live_page() -> str:
    """The page of the night, as it was written then."""
    cluster, subject = night()
    return page(checked(GRAPH), live=live(cluster, [subject], NOW))
