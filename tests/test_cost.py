"""The arithmetic of break-even: staircase, API bill, exact crossings, spill-over, uncertainty. No catalog, no files."""

from __future__ import annotations

import dataclasses
import math
import time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llm_pick.core.cost.api import ApiCost, ApiRates, ApiUse, usd_per_request
from llm_pick.core.cost.break_even import break_even
from llm_pick.core.cost.curve import Part, Sum
from llm_pick.core.cost.pools import combined
from llm_pick.core.cost.self_host import Hybrid, SelfHost
from llm_pick.core.cost.uncertainty import Bills, Input, spread, tornado
from llm_pick.core.cost.workload import DAYS_PER_MONTH, HOURS_PER_MONTH, Workload, arrivals_of, spilled_share

GPT_4O = (1000 * 2.5 + 300 * 10) / 1e6  # $0.0055 a request of 1000 in, 300 out
GPT_4O_MINI = (1000 * 0.15 + 300 * 0.6) / 1e6


def replicas(rate=1.0, usd=1000.0, staff=0.0, spare=0, peak=1.0, hours=24.0, each=0.0, together=1, curve=()):
    return SelfHost(rate, usd, staff, each, spare, peak, hours, curve, together)


def seventy_b(usd_per_gpu_hour, staff=0.0):
    """70B FP8 on 2x H100: 7.02 req/s predicted for 1000/300 tokens, planned at three quarters; N+1, peak 2.5."""
    return replicas(0.75 * 7.02, 2 * usd_per_gpu_hour * HOURS_PER_MONTH, staff, spare=1, peak=2.5)


sound = st.builds(
    replicas,
    rate=st.floats(0.05, 200),
    usd=st.floats(50, 50_000),
    staff=st.floats(0, 20_000),
    spare=st.integers(0, 2),
    peak=st.floats(1, 12),
    hours=st.floats(1, 24),
    each=st.floats(0, 1e-5),
    together=st.integers(1, 4),
)
prices = st.floats(1e-6, 0.05)
traffics = st.floats(100, 1e7)


def test_a_month_is_a_twelfth_of_a_year():
    assert pytest.approx(730) == HOURS_PER_MONTH


def test_staircase_by_hand():
    # One replica carries 1 req/s; peak 3: 86,400 / 3 = 28,800 requests a day each. 50,000 need 2, and one spare: 3.
    own = replicas(rate=1, usd=100, staff=7, spare=1, peak=3)
    assert own.req_per_day_per_replica == pytest.approx(28_800)
    assert own.replicas(28_800) == 2
    assert own.replicas(28_801) == 3
    assert own.usd_per_month(50_000) == pytest.approx(307)
    assert own.edges(20_000, 60_000) == pytest.approx([28_800, 57_600])


def test_machines_are_rented_whole():
    # Replicas of 2 GPUs on machines of 8: four replicas are billed for one, eight for five.
    own = replicas(rate=1, usd=100, together=4)
    assert [own.replicas(n * 86_400) for n in (1, 4, 5)] == [4, 4, 8]


def test_api_bill_by_hand():
    # 1000 in, half of it cached: 500 x 2.50 + 500 x 1.25; 300 out x 10, twice for reasoning: 6000. Sum 7875 / 1e6.
    rates = ApiRates(2.5, 10, 1.25, 1.25, 5)
    assert usd_per_request(rates, ApiUse(output_multiplier=2), 1000, 300, 0.5) == pytest.approx(0.007875)
    # All in a batch: 1000 x 1.25 + 300 x 5 = 2750; one in ten sent twice: x 1.1.
    assert usd_per_request(rates, ApiUse(batch_share=1, retry_share=0.1), 1000, 300, 0) == pytest.approx(0.003025)


def test_minimum_bill():
    cost = ApiCost(0.001, minimum_usd_per_month=500)
    assert cost.usd_per_month(100) == 500
    assert cost.usd_per_month(50_000) == pytest.approx(50_000 * DAYS_PER_MONTH * 0.001)
    edge = cost.edges(1, 1e6)[0]
    assert cost.usd_per_month(edge) == pytest.approx(500)


@pytest.mark.parametrize(
    ("hour", "staff", "low", "high"),
    [(2.69, 0, 44e3, 50e3), (4.49, 0, 75e3, 82e3), (2.69, 4000, 68e3, 74e3), (4.49, 4000, 98e3, 106e3)],
)
def test_70b_against_gpt_4o_breaks_even_at_tens_of_thousands(hour, staff, low, high):
    # By hand at 2.69: two replicas x 2 GPUs x 2.69 x 730 h = $7,855 over $0.0055 x 30.42 days = 46,953 requests a day.
    found = break_even(seventy_b(hour, staff), ApiCost(GPT_4O))
    assert low < found.crossings[0].req_per_day < high
    assert not found.never


@pytest.mark.parametrize("hour", [2.69, 4.49])
def test_70b_against_gpt_4o_mini_is_never(hour):
    found = break_even(seventy_b(hour), ApiCost(GPT_4O_MINI))
    assert found.never
    assert found.proven
    assert found.crossings == ()


def test_8b_against_the_cheapest_host_of_the_same_8b_is_never():
    # Measured: 32.258 req/s of 1024/128 tokens on one H100 at $2.69; $0.02 in, $0.05 out; N+1, peak 3.
    own = replicas(0.75 * 32.258, 2.69 * HOURS_PER_MONTH, spare=1, peak=3)
    assert break_even(own, ApiCost((1024 * 0.02 + 128 * 0.05) / 1e6)).proven


def test_several_crossings_of_a_staircase():
    # Steps of 86,400 requests a day at $1000; API $0.0005 a request: $1,314 at each edge's traffic of one step.
    own = replicas(rate=1, usd=1000)
    found = break_even(own, ApiCost(0.0005))
    # Step n (n x 86,400) is paid back from n x 1000 / (0.0005 x 30.417) = n x 65,753: inside step 1 until its edge,
    # again inside step 2 (from 131,507 to 172,800), 3 (197,260), and from step 4 on without a gap (263,014 > 259,200).
    kinds = [crossing.kind for crossing in found.crossings]
    assert [round(c.req_per_day) for c in found.crossings][:4] == [65753, 86400, 131507, 172800]
    assert kinds[:4] == ["equal", "step", "equal", "step"]
    assert found.intervals[0] == pytest.approx((65753.42, 86400), rel=1e-6)
    assert found.intervals[-1][1] is None


@given(own=sound, each=prices)
@settings(max_examples=150, deadline=None)
def test_crossings_satisfy_the_equation_to_a_cent_and_steps_straddle_it(own, each):
    api = ApiCost(each)
    found = break_even(own, api, 1e2, 1e6)
    for crossing in found.crossings:
        at = crossing.req_per_day
        here, above = (own.usd_per_month(x) - api.usd_per_month(x) for x in (at, at * (1 + 1e-9)))
        if crossing.kind == "equal":
            assert here == pytest.approx(0, abs=0.01)
        else:
            assert here <= 0.01
            assert above >= -0.01
            assert crossing.cheaper_above == "api"


@given(own=sound, each=prices, at=traffics)
@settings(max_examples=200, deadline=None)
def test_intervals_agree_with_the_bills(own, each, at):
    api = ApiCost(each)
    assume(at < 1e6)
    found = break_even(own, api, 1e2, 1e6)
    inside = any(low <= at and (high is None or at <= high) for low, high in found.intervals)
    gap = own.usd_per_month(at) - api.usd_per_month(at)
    if abs(gap) > 0.01:
        assert inside == (gap < 0)


@given(own=sound, one=traffics, more=st.floats(1, 100))
def test_cost_never_falls_with_traffic(own, one, more):
    assert own.usd_per_month(one * more) >= own.usd_per_month(one) - 1e-6


@given(own=sound, each=prices, one=traffics, more=st.floats(1, 100))
def test_hybrid_never_falls_with_traffic_and_never_costs_more_than_the_api_alone_beside_one_machine(own, each, one, more):
    hybrid = Hybrid(own, each)
    assume(own.usd_per_request < each)
    assert hybrid.usd_per_month(one * more) >= hybrid.usd_per_month(one) * (1 - 1e-9)
    least = own.fixed_usd_per_month + own.sold_together * own.usd_per_replica_month
    assert hybrid.usd_per_month(one) <= least + ApiCost(each).usd_per_month(one) + 1e-6


@given(own=sound, each=prices, at=traffics)
def test_hybrid_takes_the_cheapest_number_of_replicas(own, each, at):
    hybrid = Hybrid(own, each)
    own_only = own.billed(own.carrying(at))
    assume(own_only < 300)
    bills = [hybrid._bill(at, n) for n in range(own.sold_together, own_only + 1, own.sold_together)]
    assert hybrid.usd_per_month(at) == pytest.approx(min(bills), rel=1e-9)


@given(own=sound, at=traffics, busy=st.floats(0.01, 1))
def test_lower_utilisation_never_lowers_a_rented_bill(own, at, busy):
    # Busy half the time is half the requests on the same replicas: the bill of the same replicas stays.
    idle = replicas(
        own.req_per_s_per_replica * busy, own.usd_per_replica_month, own.fixed_usd_per_month, own.redundancy, own.peak_factor,
        own.hours_per_day, own.usd_per_request, own.sold_together,
    )  # fmt: skip
    assert idle.usd_per_month(at) >= own.usd_per_month(at) - 1e-6


@given(own=sound, each=prices, at=traffics, times=st.floats(1.5, 3))
def test_scaling_every_price_scales_the_bill(own, each, at, times):
    dear = replicas(
        own.req_per_s_per_replica, own.usd_per_replica_month * times, own.fixed_usd_per_month * times, own.redundancy,
        own.peak_factor, own.hours_per_day, own.usd_per_request * times, own.sold_together,
    )  # fmt: skip
    assert dear.usd_per_month(at) == pytest.approx(times * own.usd_per_month(at))
    assert Hybrid(dear, each * times).usd_per_month(at) == pytest.approx(times * Hybrid(own, each).usd_per_month(at))


@given(own=sound, each=prices)
@settings(max_examples=100, deadline=None)
def test_removing_staff_never_raises_the_break_even(own, each):
    free = replicas(
        own.req_per_s_per_replica, own.usd_per_replica_month, 0.0, own.redundancy, own.peak_factor, own.hours_per_day,
        own.usd_per_request, own.sold_together,
    )  # fmt: skip
    with_staff, without = (break_even(one, ApiCost(each), 1e2, 1e6) for one in (own, free))
    first = [found.intervals[0][0] if found.intervals else math.inf for found in (with_staff, without)]
    assert first[1] <= first[0] * (1 + 1e-9)


@given(parts=st.lists(st.tuples(st.floats(0.1, 1), sound), min_size=2, max_size=3), at=traffics)
def test_a_sum_is_the_sum_of_its_parts_in_any_order(parts, at):
    curves = tuple(Part(share, own) for share, own in parts)
    there, back = Sum(curves, 10.0), Sum(curves[::-1], 10.0)
    by_hand = 10.0 + sum(own.usd_per_month(at * share) for share, own in parts)
    assert there.usd_per_month(at) == pytest.approx(by_hand) == back.usd_per_month(at)
    fixed, slope = there.line(at)
    assert fixed + slope * at == pytest.approx(by_hand)


def test_spill_by_hand():
    # Peak 2 is a load that rises evenly from 0 to 2: above 1 lies the triangle of height 1 over half the time, 0.25.
    assert spilled_share(1, 2) == pytest.approx(0.25)
    assert spilled_share(0.25, 1) == pytest.approx(0.75)
    assert spilled_share(2, 2) == 0
    assert spilled_share(1, 9, (0.5, 1.0, 1.5)) == pytest.approx(0.5 / 3)


@given(peak=st.floats(1, 20), capacity=st.floats(0, 25))
def test_spill_agrees_with_the_curve_it_integrates(peak, capacity):
    steps = 20_000
    curve = [peak * ((i + 0.5) / steps) ** (peak - 1) for i in range(steps)]
    assert spilled_share(capacity, peak) == pytest.approx(spilled_share(capacity, peak, curve), abs=2e-3)


def test_timestamps_by_hand():
    # Two requests in each of two minutes and six in a third; the last moment only closes the third minute.
    moments = [0, 30, 60, 90, 120, 125, 130, 135, 140, 145, 180]
    found = arrivals_of(moments[::-1], 60)
    assert found.req_per_day == pytest.approx(10 / 3 * 1440)
    assert found.peak_factor == pytest.approx(6 / (10 / 3))
    assert found.load_curve == pytest.approx((0.6, 0.6, 1.8))
    with pytest.raises(ValueError, match="two windows"):
        arrivals_of([1, 2, 3], 60)


def test_gaps_are_those_of_the_busiest_minutes_so_that_day_and_night_count_once():
    # Evenly spaced all day, ten times as often in every sixth minute: nothing is random within a minute.
    moments = [m * 60 + s for m in range(120) for s in range(0, 60, 2 if m % 6 == 0 else 20)]
    found = arrivals_of([*moments, 7200], 60)
    assert found.arrival_cv == pytest.approx(0)
    assert found.span_s == 7200
    assert found.peak_factor == pytest.approx(30 / (7.5))


def test_hybrid_pays_the_least_bill_of_its_api():
    # Peak 1, 43,200 requests a day on a replica of 86,400: nothing spills, the API still takes its 500.
    hybrid = Hybrid(replicas(rate=1, usd=1000), 0.01, 500)
    assert hybrid.usd_per_month(43_200) == pytest.approx(1500)
    # At 90,000: the second replica costs 1000; spilling 3,600 x 30.42 x 0.01 = 1,095 is over the least bill by 595 only.
    assert hybrid.usd_per_month(90_000) == pytest.approx(1000 + 3600 * DAYS_PER_MONTH * 0.01)


def test_a_search_over_more_steps_than_can_be_listed_invents_no_crossing():
    # A replica of one request a day costs 31 a month, the API 30.42: own replicas are never cheaper, however many.
    found = break_even(replicas(rate=1 / 86_400, usd=31), ApiCost(1.0))
    assert found.never


@pytest.mark.parametrize("wrong", [{"req_per_day": 0}, {"output_tokens": 0}, {"cached_share": 1.1}, {"peak_factor": 0.9}])
def test_a_workload_that_means_nothing_is_refused(wrong):
    with pytest.raises(ValueError, match=r"need|share"):
        Workload(**({"req_per_day": 1, "input_tokens": 1, "output_tokens": 1} | wrong))


def bills(values):
    api = values["traffic"] * 0.1
    return Bills(api, 1000 * values["price"] + values["staff"], 500 * values["price"])


INPUTS = (
    Input("traffic", 8000, 10000, 12500, "requests", "--req-per-day"),
    Input("price", 0.5, 1.0, 2.0, "factor", "--usd-per-gpu-hour"),
    Input("staff", 0, 100, 900, "USD", "--staff-usd-per-month"),
)


def test_tornado_by_hand():
    found = tornado(INPUTS, bills)
    # price: 2000 - 500 = 1500 apart; staff 900; traffic -450, as more of it makes the API dearer.
    assert [(swing.input.name, swing.swing) for swing in found] == [("price", 1500), ("staff", 900), ("traffic", -450)]
    assert found[0].at_low == pytest.approx(500 + 100 - 1000)


@given(low=st.floats(1, 99), high=st.floats(101, 1e4))
def test_a_tornado_input_swapped_low_and_high_changes_sign(low, high):
    def swing(a, b):
        return tornado((INPUTS[0], INPUTS[1], Input("staff", a, 100, b, "USD", "")), bills)

    one = next(s for s in swing(low, high) if s.input.name == "staff")
    other = next(s for s in swing(high, low) if s.input.name == "staff")
    assert one.swing == pytest.approx(-other.swing)
    assert one.swing > 0


def test_draws_keep_the_intervals_they_are_given_and_repeat():
    one = spread(INPUTS, bills)
    assert one == spread(INPUTS, bills)
    low, high = one.api  # traffic alone: its own 80 % interval, times 0.1
    assert (low, high) == (pytest.approx(800, rel=0.02), pytest.approx(1250, rel=0.02))
    assert 0 < one.self_host_cheaper < 1


def test_ten_thousand_draws_of_the_real_bills_take_less_than_a_second():
    own = seventy_b(2.69, 2000)

    def real(values):
        scaled = replicas(own.req_per_s_per_replica * values["price"], own.usd_per_replica_month, values["staff"], 1, 2.5)
        return Bills(
            ApiCost(GPT_4O).usd_per_month(values["traffic"]),
            scaled.usd_per_month(values["traffic"]),
            Hybrid(scaled, GPT_4O).usd_per_month(values["traffic"]),
        )

    start = time.perf_counter()
    spread(INPUTS, real)
    assert time.perf_counter() - start < 1.0


@given(own=sound, other=sound, weight=st.floats(0.05, 0.95), at=traffics)
def test_shared_replicas_never_number_more_than_separate_ones(own, other, weight, at):
    other = dataclasses.replace(
        other, usd_per_replica_month=own.usd_per_replica_month, redundancy=own.redundancy, hours_per_day=own.hours_per_day,
        sold_together=own.sold_together,
    )  # fmt: skip
    pool = combined([(weight, own), (1 - weight, other)])
    apart = own.replicas(at * weight) + other.replicas(at * (1 - weight))
    assert pool.replicas(at) <= apart
    # A full replica of either kind is a full replica of the pool.
    assert combined([(1.0, own)]) is own
    assert 1 / pool.req_per_day_per_replica == pytest.approx(
        weight / own.req_per_day_per_replica + (1 - weight) / other.req_per_day_per_replica
    )


@pytest.mark.parametrize(
    ("usd_per_hour", "api_usd_per_1k", "req_per_s", "requests", "busy"),
    [
        # silybench-data (CC BY 4.0), Qwen3-8B FP8 on one H100, measured: no spares, no staff, no peak.
        (2.69, 0.8192, 1.7837, 78_808.59, 0.5114),
        (2.69, 0.2304, 14.7495, 280_208.33, 0.2199),
        (2.69, 0.178048, 32.258, 362_598.85, 0.1301),
        (2.69, 0.0512, 129.234, 1_260_937.5, 0.1129),
        (2.69, 1.191424, 1.5369, 54_187.26, 0.4081),
    ],
)
def test_measured_break_evens(usd_per_hour, api_usd_per_1k, req_per_s, requests, busy):
    own = replicas(req_per_s, usd_per_hour * HOURS_PER_MONTH)
    first = break_even(own, ApiCost(api_usd_per_1k / 1000)).crossings[0].req_per_day
    assert first == pytest.approx(requests, abs=0.01)
    assert first / own.req_per_day_per_replica == pytest.approx(busy, abs=1e-4)


def test_8b_with_spare_and_peak_has_three_crossings():
    # 32.258 req/s at 80 %, peak 3: 743,224 requests a day each; $1,964 a replica; $0.0002304 a request.
    own = replicas(0.8 * 32.258, 2.69 * HOURS_PER_MONTH, spare=1, peak=3)
    found = break_even(own, ApiCost(1152 * 0.2 / 1e6), 1e2, 1.4e6)
    assert [round(c.req_per_day, -3) for c in found.crossings] == [560_000, 743_000, 841_000]


@pytest.mark.parametrize(
    ("requests", "each", "usd"), [(1e3, GPT_4O_MINI, 10), (1e3, GPT_4O, 167), (1e5, GPT_4O_MINI, 1004), (1e5, GPT_4O, 16_729)]
)
def test_api_bills_that_are_often_quoted(requests, each, usd):
    assert ApiCost(each).usd_per_month(requests) == pytest.approx(usd, rel=0.01)
