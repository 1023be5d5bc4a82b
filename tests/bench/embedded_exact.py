"""Whether the embedded model answers alike alone and among others, how fast, and in how much memory.

    python -m tests.bench.embedded_exact [--prompts 240] [--tokens 8] [--all]

The reference is each prompt asked alone without the prompt cache. Then the same prompts with the cache, and 4 and 8
in flight. Near-ties are counted in the reference: answers in which, at some token, the first choice leads the second
by less than 0.05 nats: those a last digit can turn. `--all` also measures settings that are not used, for comparison.
"""

import argparse
import asyncio
import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import aiohttp

from genai_tui.inference.embedded import checked, pins
from genai_tui.inference.embedded.folders import weights_folder
from genai_tui.inference.embedded.lease import Reach, lease
from genai_tui.inference.embedded.weights import fetch, present, served_model
from genai_tui.records.endpoints import ServedModel
from tests.support.free_questions import prompts

NEAR = 0.05


@dataclass
class Answers:
    """What came of one way of asking."""

    texts: list[str]
    logprobs: list[list[float]]
    near: int
    seconds: float
    tokens: int


async def ask_all(reach: Reach, questions: list[str], tokens: int, in_flight: int, *, cache: bool) -> Answers:
    """Ask all `questions`, `in_flight` at once."""
    gate = asyncio.Semaphore(in_flight)
    headers = {"Authorization": f"Bearer {reach.key}"}
    async with aiohttp.ClientSession(headers=headers, timeout=aiohttp.ClientTimeout(total=None)) as session:

        async def one(question: str) -> Any:
            body = {
                "messages": [{"role": "system", "content": "Answer shortly."}, {"role": "user", "content": question}],
                "temperature": 0, "max_tokens": tokens, "logprobs": True, "top_logprobs": 2, "cache_prompt": cache,
            }  # fmt: skip
            async with gate, session.post(f"{reach.url}/chat/completions", json=body) as reply:
                return (await reply.json())["choices"][0]

        began = time.monotonic()
        choices = await asyncio.gather(*(one(question) for question in questions))
    steps = [choice["logprobs"]["content"] for choice in choices]
    near = sum(any(_lead(step) < NEAR for step in answer) for answer in steps)
    return Answers(
        [choice["message"]["content"] for choice in choices],
        [[step["logprob"] for step in answer] for answer in steps],
        near,
        time.monotonic() - began,
        sum(map(len, steps)),
    )


def _lead(step: dict[str, Any]) -> float:
    first, second = (step["top_logprobs"] + [{"logprob": -100.0}])[:2]
    return float(first["logprob"] - second["logprob"])


def different(answers: Answers, reference: Answers) -> tuple[int, float]:
    """How many texts differ, and the largest difference of a log-probability where they do not."""
    worst = 0.0
    count = 0
    for text, other, mine, theirs in zip(
        answers.texts, reference.texts, answers.logprobs, reference.logprobs, strict=True
    ):
        if text != other:
            count += 1
        else:
            worst = max([worst, *(abs(a - b) for a, b in zip(mine, theirs, strict=False))])
    return count, worst


def resident_mb(served: ServedModel) -> float:
    """Resident memory of the server of `served` in MB, the mapped file included."""
    from genai_tui.inference.embedded.folders import runtime_folder
    from genai_tui.inference.embedded.whereabouts import stem

    pid = json.loads((runtime_folder() / f"{stem(served)}.json").read_text())["process"][0]
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1e3


async def measure(served: ServedModel, questions: list[str], tokens: int, label: str) -> None:
    """Ask in all ways, and print a row a way."""
    async with lease(served) as held:
        reach = await held.access()
        reference = await ask_all(reach, questions, tokens, 1, cache=False)
        print(
            f"{label}: {len(questions)} prompts, {reference.near} with a near-tie; reference {_speed(reference)}",
            flush=True,
        )
        for in_flight, cache in ((1, True), (4, True), (8, True)):
            answers = await ask_all(reach, questions, tokens, in_flight, cache=cache)
            count, worst = different(answers, reference)
            how = f"{in_flight} in flight, {'with' if cache else 'without'} cache"
            print(
                f"  {how:28} {len(questions) - count}/{len(questions)} equal, worst {worst:.6f}, {_speed(answers)}",
                flush=True,
            )
        print(f"  resident {resident_mb(served):.0f} MB", flush=True)


def _speed(answers: Answers) -> str:
    return f"{answers.seconds:.1f} s, {answers.tokens / answers.seconds:.0f} tokens/s"


async def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=240)
    parser.add_argument("--tokens", type=int, default=8)
    parser.add_argument("--all", action="store_true")
    chosen = parser.parse_args()
    if not present():
        await fetch()
    questions = prompts(chosen.prompts)
    ours = served_model()
    await measure(ours, questions, chosen.tokens, "F32 weights, F32 KV, 4 slots (as served)")
    if chosen.all:
        source = weights_folder() / pins.SOURCE_FILE
        small = replace(ours, weights=str(source), weights_sha256=checked.sha256_of(source, source.parent))
        await measure(replace(ours, kv_type="f16"), questions, chosen.tokens, "F32 weights, F16 KV, fused attention")
        await measure(replace(small, kv_type="f16"), questions, chosen.tokens, "Q4_1 weights, F16 KV, fused attention")


if __name__ == "__main__":
    asyncio.run(main())
