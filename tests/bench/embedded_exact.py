"""Whether the embedded model answers alike alone and among others, how fast, and in how much memory.

    python -m tests.bench.embedded_exact [--prompts 240] [--tokens 24] [--all]

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

NEAR = 0.05
SUBJECTS = (
    "a lighthouse", "the river behind our house", "a broken bicycle", "winter tyres", "my grandmother's soup", "an unpaid invoice",
    "the library card", "a lost suitcase", "quantum computers", "bees", "the French revolution", "a slow laptop", "green tea",
    "the number seven", "an old violin", "a rented flat", "volcanoes", "the night train to Vienna", "chess", "a cracked phone screen",
    "sourdough bread", "a parking ticket", "whales", "the printer on the third floor",
)  # fmt: skip
FORMS = (
    "Tell me something about {}.", "Write one sentence in which {} plays a part.", "Why would somebody care about {}?",
    "Give three words that go with {}.", "Complain politely about {}.", "What is the opposite of {}?",
    "Explain {} to a child of six.", "Classify this as good, bad or neutral, in one word: {}.",
    "Continue the story: Last night I dreamt of {}, and", "Is {} more like a question or an answer? Say which and why.",
)  # fmt: skip


def prompts(count: int) -> list[str]:
    """`count` different free questions; they repeat after 240."""
    both = [form.format(subject) for form in FORMS for subject in SUBJECTS]
    return [both[index * 7 % len(both)] + (" " * (index // len(both))) for index in range(count)]


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
    from genai_tui.inference.embedded.lease import _stem

    pid = json.loads((runtime_folder() / f"{_stem(served)}.json").read_text())["pid"]
    line = next(x for x in Path(f"/proc/{pid}/status").read_text().splitlines() if x.startswith("VmRSS"))
    return int(line.split()[1]) / 1e3


async def measure(served: ServedModel, questions: list[str], tokens: int, label: str) -> None:
    """Ask in all ways, and print a row a way."""
    async with lease(served) as held:
        reach = await held.access()
        reference = await ask_all(reach, questions, tokens, 1, cache=False)
        print(f"{label}: {len(questions)} prompts, {reference.near} with a near-tie; reference {_speed(reference)}", flush=True)
        for in_flight, cache in ((1, False), (1, True), (4, False), (4, True), (8, True)):
            answers = await ask_all(reach, questions, tokens, in_flight, cache=cache)
            count, worst = different(answers, reference)
            how = f"{in_flight} in flight, {'with' if cache else 'without'} cache"
            print(f"  {how:28} {len(questions) - count}/{len(questions)} equal, worst {worst:.6f}, {_speed(answers)}", flush=True)
        print(f"  resident {resident_mb(served):.0f} MB", flush=True)


def _speed(answers: Answers) -> str:
    return f"{answers.seconds:.1f} s, {answers.tokens / answers.seconds:.0f} tokens/s"


async def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=240)
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--all", action="store_true")
    chosen = parser.parse_args()
    if not present():
        await fetch()
    questions = prompts(chosen.prompts)
    ours = served_model()
    await measure(ours, questions, chosen.tokens, "F16, F32 KV, 4 slots (as served)")
    if chosen.all:
        source = weights_folder() / pins.SOURCE_FILE
        small = replace(ours, weights=str(source), weights_sha256=checked.sha256_of(source, source.parent))
        await measure(replace(ours, kv_type="f16"), questions, chosen.tokens, "F16, F16 KV, 4 slots")
        await measure(replace(small, kv_type="f16"), questions, chosen.tokens, "Q4_1, F16 KV, 4 slots")
        await measure(replace(small, kv_type="f32"), questions, chosen.tokens, "Q4_1, F32 KV, 4 slots")


if __name__ == "__main__":
    asyncio.run(main())
