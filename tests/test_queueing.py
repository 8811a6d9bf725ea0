"""Queueing formulas against values worked out elsewhere and against a simulation of the same queue."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_pick.core.cost.queueing import erlang_c, mean_wait_s, simulated_waits, utilization_ceiling, wait_exceeds


@pytest.mark.parametrize(
    ("servers", "load", "chance"),
    [
        (1, 0.7, 0.7),  # one server: it is busy as often as it is loaded
        (2, 1.0, 1 / 3),  # (a^2 / (c! (1 - rho))) / (1 + a + that) = 1 / (1 + 1 + 1)
        (64, 40, 0.0003),
        (64, 50, 0.0375),
        (64, 58, 0.339),
        (64, 61, 0.61),
        (4, 4, 1.0),
    ],
)
def test_erlang_c(servers, load, chance):
    assert erlang_c(servers, load) == pytest.approx(chance, rel=0.03)


@given(servers=st.integers(1, 400), share=st.floats(0, 0.99))
def test_erlang_c_is_a_probability_that_grows_with_load(servers, share):
    low, high = erlang_c(servers, share * servers), erlang_c(servers, min(1.0, share * 1.01) * servers)
    assert 0 <= low <= high + 1e-12 <= 1 + 1e-12


@pytest.mark.parametrize(
    ("servers", "share", "arrival_cv", "service_cv", "within"),
    [
        (1, 0.7, 1.0, 1.0, 0.10),
        (8, 0.8, 1.0, 1.0, 0.15),
        (32, 0.9, 1.0, 1.0, 0.15),
        (8, 0.8, 1.0, 0.5, 0.15),
        (8, 0.8, 2.0, 1.0, 0.35),  # Allen-Cunneen is an approximation away from Poisson streams
        (32, 0.9, 1.5, 0.8, 0.35),
    ],
)
def test_mean_wait_agrees_with_the_simulation(servers, share, arrival_cv, service_cv, within):
    rate = share * servers / 2.0
    waits = simulated_waits(servers, 2.0, rate, arrival_cv, service_cv, 150_000, seed=11)[5000:]
    assert sum(waits) / len(waits) == pytest.approx(mean_wait_s(servers, 2.0, rate, arrival_cv, service_cv), rel=within)


@pytest.mark.parametrize(("servers", "service_s", "wait_s"), [(16, 4.0, 2.0), (64, 10.0, 2.0), (1, 0.2, 1.8)])
def test_at_the_ceiling_one_request_of_a_hundred_is_late_in_the_simulation(servers, service_s, wait_s):
    busy = utilization_ceiling(servers, service_s, wait_s, 0.01)
    waits = simulated_waits(servers, service_s, busy * servers / service_s, 1.0, 1.0, 200_000, seed=3)[5000:]
    late = sum(wait > wait_s for wait in waits) / len(waits)
    assert 0.005 < late < 0.02


def test_the_simulation_repeats():
    assert simulated_waits(4, 1.0, 3.0, 1.2, 0.7, 500, seed=1) == simulated_waits(4, 1.0, 3.0, 1.2, 0.7, 500, seed=1)


@given(servers=st.integers(1, 200), service_s=st.floats(0.01, 60), wait_s=st.floats(0.1, 10), cv=st.floats(0.2, 4))
def test_ceiling_keeps_its_promise_and_falls_with_burstiness(servers, service_s, wait_s, cv):
    busy = utilization_ceiling(servers, service_s, wait_s, 0.01, cv)
    assert 0 <= busy <= 1
    assert wait_exceeds(wait_s, servers, service_s, busy * servers / service_s, cv, 1.0) <= 0.01 + 1e-9
    assert utilization_ceiling(servers, service_s, wait_s, 0.01, cv * 1.5) <= busy + 1e-9


def test_an_overloaded_queue_waits_for_ever():
    assert mean_wait_s(4, 1.0, 4.0, 1, 1) == math.inf
    assert wait_exceeds(10, 4, 1.0, 5.0, 1, 1) == 1.0
    with pytest.raises(ValueError, match="servers"):
        erlang_c(0, 1)
