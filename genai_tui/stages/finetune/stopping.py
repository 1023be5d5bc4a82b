"""Whether answers of what was trained end by themselves: not where training and server have other end tokens."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from genai_tui.records.endpoints import ServedModel
from genai_tui.stages.finetune.rows import Row

TOKENS = 32  # more than the answer that was learned has characters, so that one of about its length has room to end
TIMEOUT_S = 120.0


class Ends(NamedTuple):
    """Of so many answers that were asked for, how many ended by themselves."""

    ended: int
    asked: int

    @property
    def sentence(self) -> str:
        """It, in a sentence."""
        if self.ended:
            return f"{self.ended} of {self.asked} answers end by themselves."
        return f"None of {self.asked} answers ended by itself: it has not learned where to end, or learned another end."


async def ends(served: ServedModel, rows: Sequence[Row], notice: Callable[[str], None]) -> Ends:
    """Ask an embedded server of `served` for the answers to rows of train, the likeliest word at a time."""
    import aiohttp

    from genai_tui.inference.embedded.lease import lease

    ended = 0
    async with lease(served, notice=notice) as held:
        reach = await held.access()
        head = {"Authorization": f"Bearer {reach.key}"}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(headers=head, timeout=timeout) as session:
            for row in rows:
                body = {"messages": list(row.messages), "temperature": 0, "max_tokens": TOKENS + len(row.answer)}
                async with session.post(f"{reach.url}/chat/completions", json=body) as answer:
                    said = await answer.json()
                ended += said.get("choices", [{}])[0].get("finish_reason") == "stop"
    return Ends(ended, len(rows))
