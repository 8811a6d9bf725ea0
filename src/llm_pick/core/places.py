"""``fit`` without hardware: every known device that holds the model, and what it costs, the cheapest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm_pick.core.device_prices import DevicePrices, MachinePrice
from llm_pick.core.errors import QuestionError
from llm_pick.core.fitting import question_about
from llm_pick.core.lookup import find_device
from llm_pick.core.quality.task_score import probability_better
from llm_pick.core.recommend import fit
from llm_pick.core.record import dataclass
from llm_pick.core.rules.minimum_speed import ID as TOO_SLOW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llm_pick.core.catalog import Catalog, Device, Model
    from llm_pick.core.question import Question
    from llm_pick.core.recommend import Assessed

COUNTS = (2, 4, 8)
"""Devices of a kind that machines are built with, where one is not enough."""
JOINABLE = ("consumer-gpu", "workstation-gpu", "datacentre-gpu", "accelerator")
"""Classes of which several go into one machine."""
HOST = "cpu"
"""Name of an ordinary processor: of those that ``--ram`` describes, one is enough to list."""


@dataclass(frozen=True, slots=True)
class Place:
    """The model on so many devices of one kind."""

    device: Device
    count: int
    assessed: Assessed
    price: MachinePrice
    measurably_worse: bool
    """Whether the quantization costs so much quality that full precision is called better."""

    @property
    def name(self) -> str:
        """As ``--hardware`` takes it."""
        return self.device.id if self.count == 1 else f"{self.count}x {self.device.id}"


@dataclass(frozen=True, slots=True)
class FitsOnAnswer:
    """One model on every known device."""

    question: Question
    model: Model
    by_class: tuple[Place, ...]
    """The cheapest of each class of device that holds it without measurable loss: a single one, else the fewest of a kind.
    Where that is not to be had, the cheapest that holds it at all."""
    rows: tuple[Place, ...]
    """Single devices that hold it, cheapest first: those with a launch price, those with a price per hour, the rest by
    memory. At most as many as asked for."""
    count: int
    """Devices that hold it."""


def fit_everywhere(model: Model, asked: Mapping[str, Any], catalog: Catalog, device_class: str | None = None) -> FitsOnAnswer:
    """Every known device (of one class, if named) that ``model`` fits on, each alone.

    ``asked`` are the arguments of ``build_question``. Processors are left out unless their memory is given, then one stands
    for them.
    """
    classes = sorted({device.device_class for device in catalog.devices.values()})
    if device_class is not None and device_class not in classes:
        raise QuestionError(f"no class of devices is called `{device_class}`", f"one of {', '.join(classes)}")
    host = find_device(HOST, catalog).id if asked.get("ram_gb") else None
    devices = [
        device for device in catalog.devices.values()
        if device_class in (None, device.device_class)
        and (device.memory_gib is not None or device.id == host)
    ]  # fmt: skip
    if not devices:
        raise QuestionError(f"no {device_class} is sold with memory of its own", "give its memory, e.g. `--ram 32`")
    search = _Search(model, asked, catalog)
    places = sorted((place for device in devices if (place := search.place(device, 1))), key=_cheapness)
    by_class = (search.cheapest([d for d in devices if d.device_class == kind], places) for kind in classes)
    question = search.question(devices[0].id)
    return FitsOnAnswer(
        question=question,
        model=model,
        by_class=tuple(sorted((place for place in by_class if place), key=_cheapness)),
        rows=tuple(places[: question.top]),
        count=len(places),
    )


class _Search:
    """The questions of one answer, which differ in the hardware only."""

    def __init__(self, model: Model, asked: Mapping[str, Any], catalog: Catalog) -> None:
        self._model, self._asked, self._catalog = model, asked, catalog
        self._prices = DevicePrices(catalog, asked.get("as_of"))

    def question(self, hardware: str) -> Question:
        """On that hardware."""
        return question_about(self._model, {**self._asked, "hardware": (hardware,)}, self._catalog)

    def place(self, device: Device, count: int) -> Place | None:
        """What ``fit`` would name first there; ``None`` where nothing fits, no engine runs it or the speed asked is missed."""
        model, question = self._model, self.question(device.id if count == 1 else f"{count}x {device.id}")
        try:
            best = fit(model, question, self._catalog)[0]
        except QuestionError:
            if model.architecture is None or question.context_tokens > max(model.context_native, model.context_extended or 0):
                raise
            return None
        if not best.estimate.memory.fits or TOO_SLOW in best.failed:
            return None
        return Place(device, count, best, self._prices.of((device,) * count), _measurably_worse(best, self._catalog))

    def cheapest(self, devices: Sequence[Device], places: Sequence[Place]) -> Place | None:
        """Of one class: ``places`` are the single devices of any class, cheapest first."""
        single = [place for place in places if place.device in devices]
        good = next((place for place in single if not place.measurably_worse), None)
        return good or self._several(devices) or next(iter(single), None)

    def _several(self, devices: Sequence[Device]) -> Place | None:
        for count in COUNTS:
            joined = (self.place(device, count) for device in devices if device.device_class in JOINABLE)
            found = sorted((place for place in joined if place and not place.measurably_worse), key=_cheapness)
            if found:
                return found[0]
        return None


def _measurably_worse(item: Assessed, catalog: Catalog) -> bool:
    full, here = item.estimate.unquantized, item.estimate.quality
    if full is None or here is None:
        return False
    return probability_better(full.score, here.score) > catalog.parameter("rank.better_probability")


def _cheapness(place: Place) -> tuple[int, float, float, str]:
    """Sort key: bought for the least, then rented for the least, then where no price is known the least memory."""
    price, device = place.price, place.device
    if price.launch_usd is not None:
        return (0, price.launch_usd, device.bandwidth_gb_per_s, device.id)
    if price.rent_usd_per_hour is not None:
        return (1, price.rent_usd_per_hour.likely, device.bandwidth_gb_per_s, device.id)
    return (2, (device.memory_gib or 0.0) * place.count, device.bandwidth_gb_per_s, device.id)
