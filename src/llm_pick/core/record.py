"""``dataclass``, ``field`` and ``replace`` of the standard library for frozen, slotted records, at a tenth of the start-up.

The standard decorator compiles five methods for every class when its module is imported, which for the records of one answer
costs more than the answer. Here the methods that need no compiling are shared, ``__init__`` is compiled when the first
instances are made, and ``__dataclass_fields__`` is filled in by the standard library when somebody asks: so
``dataclasses.fields``, ``asdict``, ``is_dataclass`` and pydantic see an ordinary dataclass. No inheritance of fields,
keyword-only or init-only fields: the records here have none. See ``docs/decisions``.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING


def field_names(record: Any) -> tuple[str, ...]:
    """Names of the fields, in order."""
    names: tuple[str, ...] = record.__match_args__
    return names


if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import asdict as asdict
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import replace as replace
    from typing import Any, TypeVar

    T = TypeVar("T")

    def partial(cls: type[T], values: dict[str, Any], later: tuple[str, ...], rest: Callable[[str], dict[str, Any]]) -> T:
        """See below."""
else:

    class _Factory:
        """A default that is made anew for every instance."""

        __slots__ = ("make",)

        def __init__(self, make):
            self.make = make

    def field(*, default_factory):
        """A field whose default is ``default_factory()``."""
        return _Factory(default_factory)

    def replace(record, /, **changes):
        """A copy of ``record`` with some fields changed."""
        kept = {name: getattr(record, name) for name in record.__match_args__ if name not in changes}
        return type(record)(**kept, **changes)

    def asdict(value):
        """A record and the records in it as dicts."""
        if hasattr(type(value), "__match_args__"):
            return {name: asdict(getattr(value, name)) for name in value.__match_args__}
        if isinstance(value, dict):
            return {key: asdict(item) for key, item in value.items()}
        return type(value)(map(asdict, value)) if isinstance(value, list | tuple) else value

    def dataclass(cls=None, /, *, frozen=False, slots=False):
        """The decorator, with the arguments the records here use; without ``slots`` it is the standard one."""
        if not slots:
            import dataclasses  # noqa: PLC0415 - such a class has attributes of its own, e.g. cached ones

            return dataclasses.dataclass(cls, frozen=frozen)
        return _frozen_record if frozen else _open_record

    def _frozen_record(cls):
        return _record(cls, frozen=True)

    def _open_record(cls):
        return _record(cls, frozen=False)

    def _record(cls, *, frozen):
        names = tuple(cls.__annotations__)
        own = dict(vars(cls))
        defaults = {name: own.pop(name) for name in names if name in own}
        own.pop("__dict__", None)
        own.pop("__weakref__", None)
        read = attrgetter(*names) if len(names) > 1 else _one(names[0])

        writers = []
        left = [_FIRST]

        def first_init(self, *args, **kwargs):
            if not writers:
                writers[:] = [(name, getattr(made, name).__set__) for name in names]  # at once, for other threads
            left[0] -= 1
            if not left[0] or not _set_all(self, writers, defaults, args, kwargs):
                made.__init__ = _compiled_init(made, names, defaults)
                made.__init__(self, *args, **kwargs)
            elif post is not None:
                self.__post_init__()

        def equal(self, other):
            return read(self) == read(other) if other.__class__ is self.__class__ else NotImplemented

        def hashed(self):
            return hash(read(self))

        def reduced(self):
            return type(self), read(self)

        post = own.get("__post_init__")
        own.update(
            __slots__=(*names, _REST),
            __match_args__=names,
            __qualname__=cls.__qualname__,
            __init__=first_init,
            __eq__=equal,
            __hash__=hashed if frozen else None,
            __reduce__=reduced,
            __dataclass_fields__=_Standard("__dataclass_fields__", names, defaults, frozen),
            __dataclass_params__=_Standard("__dataclass_params__", names, defaults, frozen),
        )
        own.setdefault("__repr__", _shown)
        own["__getattr__"] = _fill
        if frozen:
            own.update(__setattr__=_refuse, __delattr__=_refuse)
        made = type(cls)(cls.__name__, cls.__bases__, own)
        return made

    _FIRST = 32

    def _set_all(record, writers, defaults, args, kwargs):
        """Fill the fields of one of a class's first instances; false where the arguments are not those of the fields."""
        for (_, write), value in zip(writers, args, strict=False):
            write(record, value)
        used = 0
        for name, write in writers[len(args) :]:
            if name in kwargs:
                write(record, kwargs[name])
                used += 1
            elif name in defaults:
                value = defaults[name]
                write(record, value.make() if type(value) is _Factory else value)
            else:
                return False
        return used == len(kwargs) and len(args) <= len(writers)

    _REST = "_rest"

    def partial(cls, values, later, rest):
        """A record of ``values``; when one of the fields ``later`` is first read, ``rest(field)`` gives it, and maybe more."""
        made = cls(**values)
        for name in later:
            getattr(cls, name).__delete__(made)
        getattr(cls, _REST).__set__(made, rest)
        return made

    def _fill(self, name):
        """Called for a slot that holds nothing: what ``partial`` left for later."""
        if name not in self.__match_args__:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        for later, value in object.__getattribute__(self, _REST)(name).items():
            object.__setattr__(self, later, value)
        return object.__getattribute__(self, name)

    def _one(name):
        def read(self):
            return (getattr(self, name),)

        return read

    def _compiled_init(cls, names, defaults):
        """``__init__`` with one assignment a field, past the guard of a frozen class."""
        scope = {f"set_{name}": getattr(cls, name).__set__ for name in names}
        arguments, lines = [], []
        for name in names:
            value = name
            if name in defaults:
                default = defaults[name]
                scope[f"default_{name}"] = default
                arguments.append(f"{name}=default_{name}")
                if isinstance(default, _Factory):
                    value = f"default_{name}.make() if {name} is default_{name} else {name}"
            else:
                arguments.append(name)
            lines.append(f"    set_{name}(self, {value})\n")
        if hasattr(cls, "__post_init__"):
            lines.append("    self.__post_init__()\n")
        exec(f"def __init__(self, {', '.join(arguments)}):\n{''.join(lines)}", scope)
        return scope["__init__"]

    def _shown(self):
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__qualname__}({values})"

    def _refuse(self, name, value=None):
        from dataclasses import FrozenInstanceError  # noqa: PLC0415 - only for whoever tries

        raise FrozenInstanceError(f"cannot change field {name!r} of a {type(self).__name__}")

    class _Standard:
        """What the standard library would have put on the class, made when somebody looks."""

        def __init__(self, attribute, names, defaults, frozen):
            self.attribute, self.names, self.defaults, self.frozen = attribute, names, defaults, frozen

        def __get__(self, instance, owner):
            import dataclasses  # noqa: PLC0415 - what this module is there to avoid

            body = {"__module__": owner.__module__, "__annotations__": owner.__annotations__}
            for name, default in self.defaults.items():
                made = isinstance(default, _Factory)
                body[name] = dataclasses.field(default_factory=default.make) if made else default
            plain = dataclasses.dataclass(frozen=self.frozen)(type(owner.__name__, (), body))
            owner.__dataclass_fields__ = plain.__dataclass_fields__
            owner.__dataclass_params__ = plain.__dataclass_params__
            return getattr(owner, self.attribute)
