"""The fields of a config.json, each checked before it is believed; a missing one has its family's default."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from genai_tui.errors import UsageFault

LARGEST = 10**10
MOST_LAYERS = 4096


class Fields:
    """A config over the defaults of its `model_type`. Names are tried in the order given; null stands, as None."""

    def __init__(self, config: Mapping[str, Any], defaults: Mapping[str, Any], name: str) -> None:
        self._config = config
        self._defaults = defaults
        self._name = name

    def raw(self, *keys: str) -> Any:
        """The value of the first of `keys` that the config or else the defaults have; None where neither does."""
        for where in (self._config, self._defaults):
            for key in keys:
                if key in where:
                    return where[key]
        return None

    def said(self, key: str) -> bool:
        """Whether the config itself speaks of `key`."""
        return key in self._config

    def number(self, *keys: str, default: int | None = None, least: int = 1, most: int = LARGEST) -> int:
        """A whole number. Raises UsageFault where it is missing without a default, or no whole number in the range."""
        value = self.raw(*keys)
        if value is None:
            value = default
        if value is None:
            raise UsageFault(
                f"The configuration of {self._name} does not say {keys[0]}.",
                "Without it the parameters cannot be counted.",
                "Take the config.json that is published with the model.",
            )
        return self.checked(value, keys[0], least, most)

    def maybe(self, *keys: str) -> int | None:
        """A whole number, or None where it is absent."""
        return None if self.raw(*keys) is None else self.number(*keys)

    def count(self, *keys: str, default: int = 0) -> int:
        """A whole number that may be 0."""
        return self.number(*keys, default=default, least=0)

    def flag(self, *keys: str, default: bool = False) -> bool:
        """A yes or no."""
        value = self.raw(*keys)
        return default if value is None else bool(value)

    def text(self, *keys: str, default: str = "") -> str:
        """A short text."""
        value = self.raw(*keys)
        return value if isinstance(value, str) else default

    def listed(self, *keys: str) -> list[Any]:
        """A list of at most as many values as a model may have layers; empty where it is absent."""
        value = self.raw(*keys)
        return list(value[:MOST_LAYERS]) if isinstance(value, Sequence) and not isinstance(value, str) else []

    def inner(self, key: str) -> "Fields":
        """The fields of a configuration inside this one."""
        value = self._config.get(key)
        inside = self._defaults.get(key)
        return Fields(
            value if isinstance(value, Mapping) else {}, inside if isinstance(inside, Mapping) else {}, self._name
        )

    def checked(self, value: object, key: str, least: int = 1, most: int = LARGEST) -> int:
        """`value` as a whole number from `least` to `most`. Raises UsageFault for anything else."""
        if isinstance(value, float) and math.isfinite(value) and value == int(value):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise UsageFault(
                f"The configuration of {self._name} gives {key} as {repr(value)[:40]}.",
                f"It must be a whole number from {least} to {most:,}.",
                "Take the config.json that is published with the model.",
            )
        return value

    def layers(self, *keys: str, default: int | None = None) -> int:
        """The number of layers."""
        return self.number(*keys, default=default, most=MOST_LAYERS)

    def divided(self, whole: int, parts: int, what: str) -> int:
        """`whole` / `parts`, as heads share a width. Raises UsageFault where it does not divide."""
        if whole % parts:
            raise UsageFault(
                f"The configuration of {self._name} cannot be right: {whole} does not divide by {parts} {what}.",
                "The width is shared evenly among them.",
                "Take the config.json that is published with the model.",
            )
        return whole // parts
