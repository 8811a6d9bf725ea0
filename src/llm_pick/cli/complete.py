"""Names that a shell completes: what the catalog holds, read when the shell asks and never before."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from llm_pick.core.catalog import Catalog


def models(incomplete: str) -> list[str]:
    """Model ids; Hugging Face repositories once there is a slash."""
    return _matching(incomplete, lambda known: _model_names(known, with_repositories="/" in incomplete))


def models_and_licences(incomplete: str) -> list[str]:
    """What ``license`` takes: models, families and licence ids."""
    return _matching(incomplete, lambda known: (*known.licenses, *known.families, *_model_names(known)))


def devices(incomplete: str) -> list[str]:
    """Device ids and ``auto``."""
    return _matching(incomplete, lambda known: ("auto", *known.devices))


def device_classes(incomplete: str) -> list[str]:
    """Classes of devices."""
    return _matching(incomplete, lambda known: {device.device_class for device in known.devices.values()})


def api_models(incomplete: str) -> list[str]:
    """Models behind an API; an offer, ``provider/model``, is one of thousands."""
    return _matching(incomplete, lambda known: known.api_models)


def anything(incomplete: str) -> list[str]:
    """What ``show`` takes: every record but offers and prices, which are thousands."""
    return _matching(
        incomplete,
        lambda known: (
            *known.licenses, *known.families, *_model_names(known), *known.devices, *known.quantizations, *known.runtimes,
            *known.benchmarks, *known.tasks,
        ),
    )  # fmt: skip


def tasks(incomplete: str) -> list[str]:
    """Task ids."""
    return _matching(incomplete, lambda known: known.tasks)


def quants(incomplete: str) -> list[str]:
    """Quantization ids."""
    return _matching(incomplete, lambda known: known.quantizations)


def runtimes(incomplete: str) -> list[str]:
    """Engines; front ends cannot be fixed with ``--runtime``."""
    return _matching(incomplete, lambda known: (id for id, runtime in known.runtimes.items() if runtime.role == "engine"))


def policies(incomplete: str) -> list[str]:
    """Classes of licences, and licence ids."""
    from llm_pick.core.rules.licence_policy import POLICIES  # noqa: PLC0415 - lazy body

    return _matching(incomplete, lambda known: (*POLICIES, *known.licenses))


def preferences(incomplete: str) -> list[str]:
    """Named preferences."""
    return _matching(incomplete, lambda known: {id.split(".")[2] for id in known.parameters if id.startswith("rank.prefer.")})


def kinds(incomplete: str) -> list[str]:
    """What ``list`` lists."""
    from llm_pick.core.lookup import LISTS  # noqa: PLC0415 - lazy body

    return _matching(incomplete, lambda _: (*LISTS, "rules"))


def ladders(incomplete: str) -> list[str]:
    """What ``fit --ladder`` takes."""
    from llm_pick.core.ladders import KINDS  # noqa: PLC0415 - lazy body

    return _matching(incomplete, lambda _: KINDS)


def topics(incomplete: str) -> list[str]:
    """Pages of ``explain``."""
    from llm_pick.io.explanations import topics as pages  # noqa: PLC0415 - lazy body

    return _matching(incomplete, lambda _: pages())


def _model_names(known: Catalog, *, with_repositories: bool = False) -> Iterable[str]:
    if with_repositories:
        return (model.hf_repo for model in known.models.values())
    return known.models


def _matching(incomplete: str, names: Callable[[Catalog], Iterable[str]]) -> list[str]:
    """The names that begin so; none where the catalog cannot be read, as nobody would see why."""
    from llm_pick.io.store import CatalogError, load_catalog  # noqa: PLC0415 - lazy body

    try:
        found = set(names(load_catalog()))
    except CatalogError:
        return []
    return sorted(name for name in found if name.startswith(incomplete))
