"""How long an estimate of a large model on many accelerators takes: `python -m tests.bench.estimates [RUNS]`.

A model of 405 billion parameters on 512 H100, each estimate asked anew with other numbers, medians and slowest in
milliseconds. The facts are read before, as a running program has them; what reading them takes is said first.

`python -m tests.bench.estimates typing [RUNS]`: a digit typed into a field of each tab of the estimator, for that
model on those accelerators, until the field shows it, and until the figures that follow from it are drawn.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from genai_tui.estimation.cards import find_card, shipped_cards
from genai_tui.estimation.compute import training_compute
from genai_tui.estimation.hardware import accelerators, find_accelerator
from genai_tui.estimation.memory import (
    Serving,
    fewest_accelerators,
    inference_memory,
    largest_batch,
    largest_context,
    usable_bytes,
)
from genai_tui.estimation.pretraining import Budget, pretrain_verdict
from genai_tui.estimation.recipes import Recipe
from genai_tui.estimation.rental import break_even
from genai_tui.estimation.serving import Server, Traffic, serving
from genai_tui.estimation.splits import split_over
from genai_tui.estimation.training_memory import largest_batch as largest_micro_batch
from genai_tui.estimation.training_memory import training_memory

GPUS = 512
BAR_MS = 10.0


def asked() -> dict[str, Callable[[int], object]]:
    """The estimates by name; each is given the number of its run, so that none is the same twice."""
    card = find_card("llama-3.1-405b")
    assert card is not None
    gpu = find_accelerator("h100")
    split = split_over(GPUS, card.architecture)
    room = usable_bytes(gpu)
    held = Serving("bf16", 1, 8192, "bf16", split)
    recipe = Recipe(method="full", precision="bf16-mixed", shard="fsdp", gpus=GPUS, checkpointing=True)
    server, budget = Server(gpu, GPUS, usd_per_hour=3.0), Budget(1e7, gpu, 3.0)

    def serve(run: int) -> object:
        return serving(card, "bf16", server, Traffic(2048 + run, 512, 60.0), batch=64)

    return {
        "memory of inference": lambda run: inference_memory(card, Serving("bf16", 1 + run, 8192, "bf16", split)),
        "largest batch and context": lambda run: (
            largest_batch(card, held, room + run),
            largest_context(card, held, room),
        ),
        "fewest accelerators": lambda run: fewest_accelerators(card, held, room + run),
        "GGUF, tensor by tensor": lambda run: inference_memory(card, Serving("Q4_K_M", 1 + run, 8192, "bf16", split)),
        "memory of training": lambda run: training_memory(card, Recipe(**{**vars(recipe), "seq": 8192 + run})),
        "largest micro-batch": lambda run: largest_micro_batch(card, recipe, room + run),
        "hours of training": lambda run: training_compute(card, 15e12 + run, gpu, gpus=GPUS, seq=8192),
        "serving, with users at a latency": serve,
        "verdict on pretraining": lambda run: pretrain_verdict(budget, card, 15e12 + run),
        "break-even": lambda run: break_even(0.002 + run * 1e-6, 3.0 * GPUS, 500.0),
    }


def main() -> None:
    """Print a line an estimate; exit 1 where one is slower than the bar."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    began = time.perf_counter()
    shipped_cards(), accelerators()
    print(f"{'reading the shipped facts, once':36} {(time.perf_counter() - began) * 1000:8.2f} ms")
    late = False
    for name, estimate in asked().items():
        taken = []
        for run in range(runs):
            began = time.perf_counter()
            estimate(run)
            taken.append((time.perf_counter() - began) * 1000)
        median = statistics.median(taken)
        late = late or median > BAR_MS
        print(f"{name:36} {median:8.2f} ms, slowest {max(taken):8.2f}  {BAR_MS / median:6.0f} × within the bar")
    sys.exit(late)


async def typing(runs: int) -> None:
    """Print a line a tab: from the key to the field, and to the figures."""
    from textual.events import Key

    from genai_tui.sample import make_sample
    from genai_tui.stages.select.pages.estimator import DRAFTS, Estimator
    from tests.support.panes import opened

    fields = {"o": "seq", "t": "seq", "v": "output_tokens", "p": "budget", "r": "requests"}
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update({f"XDG_{name}_HOME": f"{folder}/{name}" for name in ("STATE", "CONFIG")})
        with make_sample(Path(folder) / "sample", environ=os.environ) as project:
            async with opened(project) as panes:
                for key, text in {"model": "llama-3.1-405b", "gpu": "h100", "gpus": str(GPUS)}.items():
                    panes.app.typed.keep(DRAFTS, key, text)
                for letter, field in fields.items():
                    await panes.press("2", letter)
                    pane = panes.app.screen.pane  # type: ignore[attr-defined]
                    assert isinstance(pane, Estimator)
                    places = [each.key for each in pane.FIELDS]
                    await panes.press("f", *["up"] * len(places), *["down"] * places.index(field), "enter")
                    box, shown, drawn = pane.form.box, [], []
                    for run in range(runs):
                        box.set_value("", picked=False)
                        key = str(run % 9 + 1)
                        began = time.perf_counter()
                        box.post_message(Key(key, key))
                        while box.value != key:
                            await asyncio.sleep(0)
                        shown.append((time.perf_counter() - began) * 1000)
                        while pane.answer is None or pane.answer.asked.given[field] not in (int(key), key):
                            await asyncio.sleep(0)
                        drawn.append((time.perf_counter() - began) * 1000)
                        await panes.pilot.pause()
                    await panes.press("escape")
                    print(
                        f"{pane.NAME:10} shown {statistics.median(shown):6.2f} ms, slowest {max(shown):6.2f}   "
                        f"figures {statistics.median(drawn):6.2f} ms, slowest {max(drawn):6.2f}"
                    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["typing"]:
        asyncio.run(typing(int(sys.argv[2]) if len(sys.argv) > 2 else 30))
    else:
        main()
