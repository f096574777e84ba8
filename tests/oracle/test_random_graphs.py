"""Random graphs with edges on their own key, clocks, groups and alerts: the emulated graph does what the oracle says."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.oracle.agreement import assert_agreement
from tests.oracle.story import Story
from tests.oracle.strategies import stories

EXAMPLES = max(150, settings().max_examples)


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), print_blob=False)
@given(stories(is_wide=False))
def test_a_random_graph_does_what_the_oracle_says(story: Story) -> None:
    assert_agreement(story)
