"""llm-pick: which open-weight model to run, with sources, intervals and licence clauses.

The Python API is ``recommend``, ``fit``, ``license``, ``breakeven``, ``inspect`` and ``as_dict`` (``docs/python.md``). They are
loaded at first use: ``import llm_pick`` alone reads nothing.
"""

TYPE_CHECKING = False  # type checkers read it as true; importing `typing` for it would cost 10 ms
if TYPE_CHECKING:
    from llm_pick.api import as_dict, breakeven, catalog, fit, inspect, license, recommend

__all__ = ["__version__", "as_dict", "breakeven", "catalog", "fit", "inspect", "license", "recommend"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name in __all__:
        import importlib  # noqa: PLC0415 - only for those who use the API

        found: object = getattr(importlib.import_module("llm_pick.api"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
