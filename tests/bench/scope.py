"""What a letter costs in the form of Scope: what follows from it counted and drawn. Prints a table, asserts nothing.

    python tests/bench/scope.py [--letters 200]

The baseline is a letter into the same box where nothing follows: a note of a version.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from genai_tui.records.scopes import ScopeExample  # noqa: E402
from genai_tui.sample import SCOPE, make_sample  # noqa: E402
from genai_tui.store.scopes import save_scope  # noqa: E402
from tests.support.panes import Panes, opened  # noqa: E402

SIZES = ((80, 24), (120, 36), (200, 60))


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--letters", type=int, default=200)
    letters = parser.parse_args().letters
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update({f"XDG_{name}_HOME": f"{folder}/{name}" for name in ("STATE", "CONFIG")})
        with make_sample(Path(folder) / "sample", environ=os.environ) as project:
            many = tuple(ScopeExample(f"ticket {n}, of some words", "billing") for n in range(200))
            project.writer.put_now(save_scope(replace(SCOPE, examples=many, harms="a sentence. " * 80_000)))
            for size in SIZES:
                async with opened(project, size) as panes:
                    await panes.press("1")
                    await panes.until(lambda: panes.app.screen.settled)  # type: ignore[attr-defined]  # noqa: B023
                    await panes.press("N")
                    note = await typed(panes, letters)
                    await panes.press("escape", "enter")
                    field = await typed(panes, letters)
                    await panes.press("escape")
                    panes.app.typed.forget("scope")
                named = f"{size[0]}×{size[1]}"
                print(f"{named:<8} a note {told(note)}   a field {told(field)}   ratio {ratio(field, note):.2f}")


async def typed(panes: Panes, letters: int) -> list[float]:
    """Milliseconds of each letter, until all that it changed is drawn."""
    took = []
    for _ in range(letters):
        began = time.perf_counter()
        await panes.press("x")
        took.append((time.perf_counter() - began) * 1000)
    return took


def told(took: list[float]) -> str:
    """Median and most."""
    return f"{statistics.median(took):5.1f} ms, at most {max(took):5.1f}"


def ratio(one: list[float], other: list[float]) -> float:
    """Of the medians."""
    return statistics.median(one) / statistics.median(other)


if __name__ == "__main__":
    asyncio.run(main())
