"""Twins of the domain's dataclasses that msgspec can read and write fast.

Owns: how a domain value becomes a msgspec Struct and back, worked out once from the dataclass's own annotations, so
that a field added to the domain is stored without anybody remembering it here. Promises: ``up(down(x)) == x``. Does
not: choose the encoding (``codec.py``).

The domain's classes are not handed to msgspec directly because it cannot tell ``Timed`` from ``AllDay`` in a union:
here a moment is ``[epoch seconds, zone]`` and a day is a date. Bytes come back as ``Sealed``, the only kind there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from sys import intern
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from hybridcal_daemon.domain.values import AllDay, Sealed, Timed, When

if TYPE_CHECKING:
    from dataclasses import Field

Change = Callable[[Any], Any]


class Form(NamedTuple):
    """How one type looks in a twin. ``down`` and ``up`` are None where the value stays as it is."""

    type: Any
    down: Change | None = None
    up: Change | None = None


def _when_down(when: When) -> tuple[int, str] | date:
    return (when.at, when.tz) if isinstance(when, Timed) else when.day


def _when_up(wire: tuple[int, str] | date) -> When:
    """Zone names are few and events many: all share one string each, a kilobyte less for a user with eight meetings."""
    return AllDay(day=wire) if isinstance(wire, date) else Timed(at=wire[0], tz=intern(wire[1]))


_WHEN: Final = Form(tuple[int, str] | date, _when_down, _when_up)
_SEALED: Final = Form(bytes, bytes, Sealed)


@cache
def form(annotation: Any) -> Form:  # noqa: ANN401 - an annotation may be anything
    """Work out the form of an annotation."""
    if annotation == When:
        return _WHEN
    if annotation in {bytes, Sealed}:
        return _SEALED
    if is_dataclass(annotation):
        return _twin(annotation)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType} and NoneType in inner:
        return _optional(inner)
    if origin is tuple:
        return _sequence(form(inner[0])) if inner[-1] is ... else _row([form(part) for part in inner])
    return Form(annotation)


def _optional(inner: tuple[Any, ...]) -> Form:
    """``X | None``: None stays None."""
    some = form(Union[tuple(part for part in inner if part is not NoneType)])  # noqa: UP007 - made of values
    return Form(some.type | None, _unless_none(some.down), _unless_none(some.up))


def _unless_none(change: Change | None) -> Change | None:
    return change and (lambda value: None if value is None else change(value))


def _sequence(part: Form) -> Form:
    """``tuple[X, ...]``."""
    kind = tuple.__class_getitem__((part.type, ...))
    return Form(kind, _each(part.down), _each(part.up))


def _each(change: Change | None) -> Change | None:
    return change and (lambda values: tuple([change(value) for value in values]))


def _row(parts: list[Form]) -> Form:
    """``tuple[X, Y]``."""
    kind = tuple.__class_getitem__(tuple(part.type for part in parts))
    return Form(kind, _side_by_side([part.down for part in parts]), _side_by_side([part.up for part in parts]))


def _side_by_side(changes: list[Change | None]) -> Change | None:
    if not any(changes):
        return None
    return lambda row: tuple([change(value) if change else value for change, value in zip(changes, row, strict=True)])


def _twin(domain: Any) -> Form:  # noqa: ANN401 - a dataclass
    """Struct with the dataclass's fields and defaults, in the same order but required fields first."""
    hints = get_type_hints(domain)
    declared = sorted(fields(domain), key=lambda each: each.default is not MISSING)
    forms = [form(hints[each.name]) for each in declared]
    slots = [_slot(each, shape) for each, shape in zip(declared, forms, strict=True)]
    names = [each.name for each in declared]
    struct = msgspec.defstruct(domain.__name__, slots, frozen=True, omit_defaults=True)
    return Form(struct, _reader(names, forms, struct), _builder(names, forms, domain))


def _slot(declared: Field[Any], shape: Form) -> tuple[str, Any] | tuple[str, Any, Any]:
    if declared.default is MISSING:
        return declared.name, shape.type
    return declared.name, shape.type, shape.down(declared.default) if shape.down else declared.default


def _reader(names: list[str], forms: list[Form], struct: Any) -> Change:  # noqa: ANN401 - a Struct class
    """Dataclass to Struct: read all attributes at once, then change the few that need it."""
    read = attrgetter(*names)
    changes = [(place, shape.down) for place, shape in enumerate(forms) if shape.down]

    def down(value: object) -> object:
        parts = list(read(value))
        for place, change in changes:
            parts[place] = change(parts[place])
        return struct(*parts)

    return down


def _builder(names: list[str], forms: list[Form], domain: Any) -> Change:  # noqa: ANN401 - a dataclass
    """Struct to dataclass."""
    read = attrgetter(*names)
    changes = [(name, shape.up) for name, shape in zip(names, forms, strict=True) if shape.up]

    def up(value: object) -> object:
        parts = dict(zip(names, read(value), strict=True))
        for name, change in changes:
            parts[name] = change(parts[name])
        return domain(**parts)

    return up
