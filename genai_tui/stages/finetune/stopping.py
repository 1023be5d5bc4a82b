"""Whether answers of what was trained end by themselves: not where training and server have other end tokens."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from genai_tui.errors import GenaiError
from genai_tui.records.endpoints import Endpoint, ServedModel
from genai_tui.records.prompts import Message
from genai_tui.stages.finetune.rows import Row

TOKENS = 32  # more than the answer that was learned has characters, so that one of about its length has room to end


class Ends(NamedTuple):
    """Of so many answers that came, how many ended by themselves."""

    ended: int
    asked: int

    @property
    def sentence(self) -> str:
        """It, in a sentence."""
        if self.ended:
            return f"{self.ended} of {self.asked} answers end by themselves."
        if not self.asked:
            return "No answer came, so whether answers end by themselves is not known."
        return f"None of {self.asked} answers ended by itself: it has not learned where to end, or learned another end."


async def ends(endpoint: Endpoint, served: ServedModel, rows: Sequence[Row], notice: Callable[[str], None]) -> Ends:
    """Ask for the answers to rows of train at the embedded `endpoint`, of `served`, the likeliest word at a time.

    An answer that does not come is told to `notice`: what was trained is none the worse.
    """
    from genai_tui.inference.ask import ask
    from genai_tui.inference.embedded.lease import lease
    from genai_tui.inference.requests import Access, Request
    from genai_tui.inference.transports import open_transport

    ended = came = 0
    async with lease(served, notice=notice) as held, open_transport("aiohttp") as transport:

        async def reach() -> Access:
            url, key = await held.access()
            return Access(url, key, local=True)

        for row in rows:
            messages = tuple(Message(each["role"], each["content"]) for each in row.messages)  # type: ignore[arg-type]
            most = TOKENS + len(row.answer)
            request = Request(served.name, messages, {"temperature": 0, "max_tokens": most}, stream=False)
            try:
                answer = await ask(request, endpoint, access=reach, transport=transport, seen=False).whole()
            except GenaiError as error:
                notice(f"{error.what} {error.why}".strip())
                continue
            came += 1
            ended += answer.finish_reason == "stop"
    return Ends(ended, came)
