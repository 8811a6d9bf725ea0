"""From a command's options to its body. Each imports its own file when it runs, so that nothing pays for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_RENAMED = {"ram": "ram_gb", "reserve": "reserve_gb"}
_QUESTION = (
    "hardware", "vram", "ram", "reserve", "task", "context", "users", "quant", "kv_dtype", "runtime", "reasoning",
    "license", "min_tps", "max_ttft", "prefer", "top", "as_of",
)  # fmt: skip
_REPEATED = ("hardware", "vram", "license")
_PROFILE = {
    "use": "use", "mau": "mau", "mau_at_release": "mau_at_release", "region": "region", "modality": "modality",
    "distribute": "distribute", "fine_tune": "fine_tune", "saas": "saas", "revenue": "revenue_usd",
    "revenue_month": "revenue_month_usd", "train_on_outputs": "train_competitor_on_outputs",
}  # fmt: skip
"""Option of the licence profile → field of the profile."""


def _filled(given: dict[str, Any], *names: str) -> None:
    """An empty text is a variable that a script forgot to set, not the default."""
    for name in names:
        if given.get(name) == "":
            from llm_pick.core.errors import QuestionError  # noqa: PLC0415 - lazy body

            raise QuestionError(f"--{name.replace('_', '-')} is empty", "say what, or leave it out")


def _asked(given: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the question takes
    """The options of a question among those of the command."""
    _filled(given, "task", "quant", "runtime")
    asked = {_RENAMED.get(name, name): given[name] for name in _QUESTION if name in given}
    return {**asked, **{name: given[name] or () for name in _REPEATED if name in given}, **more}


def _out(given: dict[str, Any], *more: str) -> dict[str, Any]:
    return {name: given[name] for name in ("format", "as_json", "output", *more)}


def _profile(given: dict[str, Any]) -> dict[str, Any]:
    """The profile of a file and of flags, flags first; empty when nothing was asked."""
    flags = {field: given[name] for name, field in _PROFILE.items() if given[name] is not None}
    if given["profile"] is None:
        return flags
    from llm_pick.cli.profile_file import read_profile  # noqa: PLC0415 - yaml only when a file is named

    return {**read_profile(given["profile"]), **flags}


def _recommend(given: dict[str, Any]) -> int:
    from llm_pick.cli.recommend import run  # noqa: PLC0415 - lazy body

    traffic = {name: given[name] for name in ("req_per_day", "tokens_in", "tokens_out", "cached", "peak_factor")}
    return run(_asked(given, profile=_profile(given), traffic=traffic), **_out(given, "explain"))


def _fit(given: dict[str, Any]) -> int:
    from llm_pick.cli.fit import run  # noqa: PLC0415 - lazy body

    return run(given["model"], _asked(given, license=("any",)), **_out(given, "ladder", "device_class", "explain"))


def _inspect(given: dict[str, Any]) -> int:
    from llm_pick.cli.inspect import run  # noqa: PLC0415 - lazy body

    return run(given["name"], _asked(given, license=("any",)), **_out(given, "explain"))


def _compare(given: dict[str, Any]) -> int:
    from llm_pick.cli.compare import run  # noqa: PLC0415 - lazy body

    return run(given["models"], _asked(given, license=("any",), profile=_profile(given)), **_out(given, "explain"))


def _breakeven(given: dict[str, Any]) -> int:
    from llm_pick.cli.breakeven import run  # noqa: PLC0415 - lazy body

    _filled(given, "task", "quant", "runtime", "model", "api")
    apart = {*_PROFILE, "profile", "timestamps", "format", "as_json", "output", "explain", "catalog"}
    asked = {name: value for name, value in given.items() if name not in apart}
    asked |= {name: tuple(given[name] or ()) for name in ("hardware", "license")}
    return run({**asked, "profile": _profile(given)}, **_out(given, "timestamps", "explain"))


def _explain(given: dict[str, Any]) -> int:
    from llm_pick.cli.explain import run  # noqa: PLC0415 - lazy body

    _filled(given, "model", "api")
    more = {name: given[name] for name in ("model", "req_per_day", "tokens_in", "tokens_out", "api")}
    return run(given["topic"], _asked(given, **more), **_out(given))


def _show(given: dict[str, Any]) -> int:
    from llm_pick.cli.show import run  # noqa: PLC0415 - lazy body

    return run(given["name"], **_out(given, "as_of"))


def _license(given: dict[str, Any]) -> int:
    from llm_pick.cli.license import run  # noqa: PLC0415 - lazy body

    _filled(given, "write_notice")
    return run(given["name"], _profile(given), **_out(given, "diff", "write_notice", "contrast", "as_of"))


def _list(given: dict[str, Any]) -> int:
    from llm_pick.cli.list_records import run  # noqa: PLC0415 - lazy body

    return run(**{**{name: value for name, value in given.items() if name != "catalog"}, "license": given["license"] or ()})


BODIES: dict[str, Callable[[dict[str, Any]], int]] = {
    "recommend": _recommend,
    "fit": _fit,
    "inspect": _inspect,
    "compare": _compare,
    "breakeven": _breakeven,
    "explain": _explain,
    "show": _show,
    "license": _license,
    "list": _list,
}
