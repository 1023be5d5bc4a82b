"""Example inputs and outputs as lines: `input => output`. What holds a line end or `=>` itself is JSON on its line."""

import json
from collections.abc import Iterable

from genai_tui.errors import UsageFault
from genai_tui.records.scopes import ScopeExample

ARROWS = ("=>", "→")
MOST = 200  # more are a dataset: `data import`


def read_lines(text: str) -> tuple[ScopeExample, ...]:
    """The examples in a text. Raises UsageFault naming the line that is none."""
    found: list[ScopeExample] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        if len(found) == MOST:
            raise UsageFault(
                f"A scope shows at most {MOST} examples.",
                "It says by them what is wanted; what is measured on is a dataset.",
                "genai-tui data import FILE",
            )
        found.append(_read(line.strip(), number))
    return tuple(found)


def in_lines(examples: Iterable[ScopeExample]) -> str:
    """What `read_lines` reads as the same."""
    return "\n".join(_line(example) for example in examples)


def _read(line: str, number: int) -> ScopeExample:
    if line.startswith("{"):
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and set(found) == {"input", "output"} and all(map(_is_text, found.values())):
            return ScopeExample(found["input"], found["output"])
    for arrow in ARROWS:
        before, there, after = line.partition(arrow)
        if there and before.strip():
            return ScopeExample(before.strip(), after.strip())
    raise UsageFault(
        f"Line {number} of the examples is none: {line[:60]!r}.",
        "An example is an input and the output that is wanted for it.",
        "Write: input => output",
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _line(example: ScopeExample) -> str:
    plain = f"{example.input} => {example.output}"
    try:
        same = len(plain.splitlines()) == 1 and _read(plain.strip(), 1) == example
    except UsageFault:
        same = False
    return plain if same else json.dumps(example._asdict(), ensure_ascii=False)
