"""At temperature 0 the same request gives the same text, alone or among others."""

import asyncio

import pytest

from genai_tui.inference.embedded.lease import lease
from genai_tui.inference.embedded.weights import served_model
from tests.support.free_questions import prompts

QUESTIONS = prompts(12)
TOKENS = 5
NEAR = 0.05  # nats between the first and the second choice


@pytest.mark.usefixtures("warm_server")
async def test_the_same_text_alone_and_among_others_and_again(ask):
    async with lease(served_model()) as claim:
        reach = await claim.access()

        async def answers(in_flight: int, **more) -> list[tuple[str, list[float]]]:
            gate = asyncio.Semaphore(in_flight)

            async def one(question: str) -> tuple[str, list[float]]:
                async with gate:
                    said = await ask(reach, question, max_tokens=TOKENS, logprobs=True, top_logprobs=2, **more)
                steps = said["choices"][0]["logprobs"]["content"]
                leads = [step["top_logprobs"][0]["logprob"] - step["top_logprobs"][1]["logprob"] for step in steps]
                return said["choices"][0]["message"]["content"], leads

            return await asyncio.gather(*(one(question) for question in QUESTIONS))

        alone = await answers(1, cache_prompt=False)
        assert sum(min(leads) < NEAR for _, leads in alone) >= 3, "without near-ties this would prove nothing"
        texts = [text for text, _ in alone]
        for in_flight in (1, 4, 8):
            assert [text for text, _ in await answers(in_flight)] == texts, f"{in_flight} in flight"
