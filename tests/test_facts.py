import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_pick.core.facts import Range

finite = st.floats(-1e12, 1e12)


@st.composite
def ranges(draw):
    return Range(*sorted((draw(finite), draw(finite), draw(finite))))


def test_a_range_that_does_not_hold_its_median_is_refused():
    with pytest.raises(ValueError, match="not an interval"):
        Range(2, 1, 3)


@given(ranges(), ranges())
def test_sums_keep_their_order(a, b):
    total = a + b
    assert total.low <= total.likely <= total.high


@given(ranges(), st.floats(0, 1e6))
def test_scaling_keeps_the_order(a, factor):
    scaled = a.scaled(factor)
    assert scaled.low <= scaled.likely <= scaled.high
