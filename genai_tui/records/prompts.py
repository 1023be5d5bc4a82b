"""Prompts: immutable versions of what is sent."""

from dataclasses import dataclass, field
from typing import Any, Literal

from genai_tui.records.hashing import content_hash

Role = Literal["system", "user", "assistant"]
Pick = Literal["fixed", "similar", "diverse"]


@dataclass(frozen=True)
class Message:
    """One message; in a prompt its content is a template, in a request the text that is sent."""

    role: Role
    content: str


@dataclass(frozen=True)
class FewShot:
    """One fixed few-shot example: the inputs of a `train` row and the answer to show for it."""

    inputs: dict[str, Any]
    expected: Any


@dataclass(frozen=True)
class ExampleRule:
    """Which few-shot examples are shown: fixed ones by their texts, others by a rule over a pool.

    `number` is how many; `seed` and `pool` (the hash of the pool's examples) belong to `similar` and `diverse`.
    """

    pick: Pick = "fixed"
    fixed: tuple[FewShot, ...] = ()
    number: int = 0
    seed: int = 0
    pool: str | None = None

    def content(self) -> Any:
        """What of this rule decides the answer."""
        if self.pick == "fixed":
            return {"fixed": [{"inputs": e.inputs, "expected": e.expected} for e in self.fixed]}
        return {"pick": self.pick, "number": self.number, "seed": self.seed, "pool": self.pool}

    @property
    def count(self) -> int:
        """How many examples are shown."""
        return len(self.fixed) if self.pick == "fixed" else self.number


@dataclass(frozen=True)
class Prompt:
    """One immutable version. `number` counts through the project; 0 is a prompt that is not saved."""

    messages: tuple[Message, ...]
    examples: ExampleRule = ExampleRule()
    parameters: dict[str, Any] = field(default_factory=dict)
    output: dict[str, Any] | None = None
    number: int = 0
    parent: int | None = None
    note: str = ""
    created: str = ""

    @property
    def hash(self) -> str:
        """Hash of what decides the answer; number, parent and note are not part of it."""
        return content_hash(
            {
                "messages": [[m.role, m.content] for m in self.messages],
                "examples": self.examples.content(),
                "parameters": self.parameters,
                "output": self.output,
            }
        )

    @property
    def shots(self) -> str:
        """Its few-shot examples in the field's words: zero-shot, one-shot, 3-shot."""
        return {0: "zero-shot", 1: "one-shot"}.get(self.examples.count, f"{self.examples.count}-shot")
