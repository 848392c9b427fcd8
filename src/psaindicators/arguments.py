"""Arguments of public functions, held to their annotations: what is of another type is reported, all at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, wraps
from inspect import Parameter, Signature, signature
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, ParamSpec, TypeVar, Union, get_args, get_origin, get_type_hints

from psaindicators.errors import refuse
from psaindicators.words import listed, shortened

Given = ParamSpec("Given")
Returned = TypeVar("Returned")
MOST = 2**63
CHECKED_INSIDE = {"level", "interval", "df", "lonely_psu"}
"""Options that every verb checks together, in the words there are for them."""
IN_WORDS: dict[Any, str] = {
    **{NoneType: "None", bool: "true or false", int: "a whole number", float: "a number", str: "text"},
    **{Path: "a path", PathLike: "a path"},
}


def typed(function: Callable[Given, Returned]) -> Callable[Given, Returned]:
    """Return a function that raises an OptionError for every argument that is not what its annotation says."""

    @wraps(function)
    def checked(*args: Given.args, **kwargs: Given.kwargs) -> Returned:
        shape, kinds = _declared(function)
        given = shape.bind(*args, **kwargs).arguments
        refuse(
            f"{name} must be {in_words(kinds[name])}, got {shown_argument(one)}"
            for name, value in given.items()
            if name in kinds
            for one in _each(shape.parameters[name], value)
            if not is_of(one, kinds[name])
        )
        return function(*args, **kwargs)

    return checked


@cache
def _declared(function: Callable[..., Any]) -> tuple[Signature, Mapping[str, Any]]:
    kinds = get_type_hints(function)
    return signature(function), {name: kind for name, kind in kinds.items() if name not in {"return", *CHECKED_INSIDE}}


def _each(parameter: Parameter, value: Any) -> Iterable[Any]:
    """Return the values of a parameter that takes any number of them, or the one."""
    return value if parameter.kind is Parameter.VAR_POSITIONAL else (value,)


def is_of(value: Any, kind: Any) -> bool:
    """Whether a value is of the type that an annotation says; a whole number is a number, true is not."""
    origin, parts = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin in (Union, UnionType):
        return any(is_of(value, part) for part in parts)
    if origin is Literal:
        return isinstance(value, str) and value in parts
    if origin in (Sequence, tuple, Mapping):
        return _holds(value, origin, parts)
    if kind is int:
        return isinstance(value, Integral) and not isinstance(value, bool) and -MOST <= int(value) < MOST
    if kind is float:
        return isinstance(value, Real) and not isinstance(value, bool) and _is_amount(value)
    if kind is bool:
        return isinstance(value, bool) or type(value).__name__ in {"bool_", "bool"}
    plain = origin or kind
    if getattr(plain, "_is_protocol", False):
        return all(hasattr(value, name) for name in dir(plain) if not name.startswith("_"))
    return not isinstance(plain, type) or isinstance(value, plain)


def _is_amount(value: Any) -> bool:
    try:
        float(value)
    except OverflowError:
        return False
    return True


def _holds(value: Any, origin: Any, parts: Sequence[Any]) -> bool:
    """Whether a mapping, a sequence of any kind, or so many values hold what they should."""
    if origin is Mapping:
        key, below = parts
        return isinstance(value, Mapping) and all(is_of(k, key) and is_of(v, below) for k, v in value.items())
    if isinstance(value, (str, bytes)) or not (isinstance(value, Sequence) or getattr(value, "ndim", None) == 1):
        return False
    if origin is tuple and parts[-1] is not ...:
        return len(value) == len(parts) and all(map(is_of, value, parts))
    return all(is_of(one, parts[0]) for one in value)


def in_words(kind: Any) -> str:
    """Return what an annotation says, for a person who reads a message."""
    return listed(dict.fromkeys(_words(kind)), joint=" or ")


def _words(kind: Any) -> Iterator[str]:
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        for part in parts:
            yield from _words(part)
    elif origin is Literal:
        yield from map(repr, parts)
    elif origin is Sequence:
        yield f"a list of {in_words(parts[0])}"
    elif origin is tuple:
        yield f"{len(parts)} values, each {in_words(parts[0])}"
    elif origin is Mapping:
        yield "a mapping" if Any in parts else f"a mapping from {in_words(parts[0])} to {in_words(parts[1])}"
    else:
        plain = origin or kind
        yield IN_WORDS.get(plain, f"of the type {getattr(plain, '__name__', plain)}")


def shown_argument(value: Any) -> str:
    """Return a value of no more than a line; of what holds many values, its type."""
    if isinstance(value, (str, bytes, bool, NoneType, float)):
        return shortened(repr(value))
    if isinstance(value, int):
        return shortened(repr(value)) if value.bit_length() < 1_000 else "a number of more than 300 digits"
    return f"{type(value).__name__}" + (f" of {len(value)}" if isinstance(value, (list, tuple, dict, set)) else "")
