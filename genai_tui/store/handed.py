"""Writes that know what they were made of, so that another process can make them again and store them."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

from genai_tui.store.writer import Write

T = TypeVar("T")
P = ParamSpec("P")


class Handed(Generic[T]):
    """A write with the name of the function that made it, and what that was given."""

    def __init__(self, name: str, given: dict[str, Any], write: Write[T]) -> None:
        self.name = name
        self.given = given
        self._write = write

    def __call__(self, connection: Any) -> T:
        """Write."""
        return self._write(connection)


def handed_on(make: Callable[P, Write[T]]) -> Callable[P, Handed[T]]:
    """Let the writes of `make` be handed on to another process."""
    signature = inspect.signature(make)

    @wraps(make)
    def made(*args: P.args, **kwargs: P.kwargs) -> Handed[T]:
        return Handed(make.__name__, dict(signature.bind(*args, **kwargs).arguments), make(*args, **kwargs))

    return made
