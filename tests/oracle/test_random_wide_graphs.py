"""Random graphs with calendars, edges over several keys and runs that are made again, against the oracle.

A module of its own, so that two processors share the work.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.oracle.agreement import assert_agreement
from tests.oracle.story import Story
from tests.oracle.strategies import stories

EXAMPLES = max(150, settings().max_examples)


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), print_blob=False)
@given(stories(is_wide=True))
def test_a_random_graph_over_several_keys_does_what_the_oracle_says(story: Story) -> None:
    assert_agreement(story)
