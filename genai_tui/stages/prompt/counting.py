"""Tokens of what is sent, part by part, against the context of the model of a column."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genai_tui.answering.asking import Asking
from genai_tui.answering.render import render
from genai_tui.errors import GenaiError
from genai_tui.inference.requests import Access
from genai_tui.inference.tokens import A_MESSAGE, AN_ANSWER, Count, ask_beside, count, count_by_server, encoding_of
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.prompts import Message
from genai_tui.stages.prompt.sheet import Column, Sheet, subject_of

if TYPE_CHECKING:
    from genai_tui.project import Project

REMEMBERED = 4_000_000  # characters whose counts are kept


@dataclass(frozen=True)
class Counts:
    """Tokens as they will be for one row; `whole` has besides the parts what the chat format adds.

    `guessed`: counted with a vocabulary that only stands in for the model's own. `context` None: nobody says.
    `whole_guessed`: what the chat format adds is as OpenAI's models count it, and others may add more or less; else
    the server told it. `messages` are sent in all.
    """

    system: int
    template: int
    examples: int
    whole: int
    context: int | None
    guessed: bool
    whole_guessed: bool
    messages: int

    @property
    def over(self) -> int:
        """How many tokens too long it is; 0 where it fits, or where the context is not known."""
        return max(0, self.whole - self.context) if self.context is not None else 0


class Counting:
    """Counts what a sheet sends, each text once: a letter typed counts one text anew.

    It counts by the server's own tokenizer where an endpoint on this machine answers and has one; nothing is woken and
    nobody else is asked. `asking` is where it takes the connection from; without it it guesses.
    """

    def __init__(self, project: "Project", asking: Asking | None = None) -> None:
        self.asking = asking
        self._project = project
        self._known: OrderedDict[tuple[str, str], Count] = OrderedDict()
        self._held = 0
        self._without: set[str] = set()  # base URLs of servers that have no tokenizer for us
        self._without_template: set[str] = set()  # of those that do not tell what their chat template makes

    async def counts(self, sheet: Sheet, column: Column, inputs: Mapping[str, Any]) -> Counts:
        """The tokens for this row. Raises UsageFault where the sheet cannot be filled with it."""
        endpoint, model_id, parts, context = await asyncio.to_thread(self._filled, sheet, column, inputs)
        access = await asyncio.to_thread(self._server, endpoint, model_id)
        exact = not encoding_of(model_id)[1] and not endpoint.local
        system, template, examples = [await self._sum(part, access, endpoint, model_id) for part in parts]
        messages = [*parts[0], *parts[2], *parts[1]]
        whole = await self._whole(messages, access, endpoint, model_id)
        if whole is None:
            texts = system.tokens + template.tokens + examples.tokens
            guessed = system.guessed or template.guessed or examples.guessed
            whole = Count(texts + A_MESSAGE * len(messages) + AN_ANSWER, guessed or not exact)
        return Counts(
            system=system.tokens,
            template=template.tokens,
            examples=examples.tokens,
            whole=whole.tokens,
            context=context,
            guessed=system.guessed or template.guessed or examples.guessed,
            whole_guessed=whole.guessed,
            messages=len(messages),
        )

    def _filled(
        self, sheet: Sheet, column: Column, inputs: Mapping[str, Any]
    ) -> tuple[Endpoint, str, tuple[Sequence[Message], ...], int | None]:
        """Who is asked; the messages of system, template and examples; the context."""
        from genai_tui.inference.budget import context_tokens

        subject = subject_of(self._project, sheet, column)
        prompt = subject.prompt
        messages = render(prompt, inputs, self._project.examples_for(prompt, inputs))
        system = sum(message.role == "system" for message in prompt.messages)
        own = len(prompt.messages) - system
        parts = (messages[:system], messages[len(messages) - own :], messages[system : len(messages) - own])
        return subject.endpoint, subject.model_id, parts, context_tokens(subject.endpoint, subject.model_id)

    def _server(self, endpoint: Endpoint, model_id: str) -> Access | None:
        """How the server is reached whose tokenizer may be asked now; None where there is none."""
        if self.asking is None:
            return None
        if endpoint.embedded:
            from genai_tui.inference.embedded.weights import served_model
            from genai_tui.inference.embedded.whereabouts import reach_of

            try:
                found = reach_of(served_model(model_id))
            except GenaiError:  # no weights, no server
                return None
            return None if found is None else Access(found.url, found.key, local=True)
        if endpoint.local and self.asking.report(endpoint).state == "ready" and endpoint.base_url not in self._without:
            return self.asking.plain_access(endpoint)
        return None

    async def _whole(
        self, messages: Sequence[Message], access: Access | None, endpoint: Endpoint, model_id: str
    ) -> Count | None:
        """The tokens after the server's own chat template, as llama.cpp and vLLM tell; None where nobody does."""
        if access is None or self.asking is None or endpoint.base_url in self._without_template | self._without:
            return None
        said = [{"role": message.role, "content": message.content} for message in messages]
        key = (f"{endpoint.name}/{model_id} whole", json.dumps(said))
        if key in self._known:
            return self._recall(key)
        transport = await self.asking.transport("aiohttp")
        text = await ask_beside(access, transport, "/apply-template", {"messages": said})
        if isinstance(text, dict) and isinstance(text.get("prompt"), str):
            body = {"content": text["prompt"], "add_special": True, "parse_special": True}
            counted = await ask_beside(access, transport, "/tokenize", body)
            tokens = len(counted["tokens"]) if isinstance(counted, dict) and counted.get("tokens") else None
        else:
            counted = await ask_beside(access, transport, "/tokenize", {"model": model_id, "messages": said})
            tokens = counted.get("count") if isinstance(counted, dict) else None
        if isinstance(tokens, int):
            return self._remember(key, Count(tokens, False))
        if not endpoint.embedded:
            self._without_template.add(endpoint.base_url)
        return None

    async def _sum(
        self, messages: Sequence[Message], access: Access | None, endpoint: Endpoint, model_id: str
    ) -> Count:
        counts = [await self._count(message.content, access, endpoint, model_id) for message in messages]
        return Count(sum(one.tokens for one in counts), any(one.guessed for one in counts))

    async def _count(self, text: str, access: Access | None, endpoint: Endpoint, model_id: str) -> Count:
        if not text:
            return Count(0, False)
        own, ours = (f"{endpoint.name}/{model_id}", text), (" ".join(map(str, encoding_of(model_id))), text)
        if own in self._known:
            return self._recall(own)
        if access is not None and self.asking is not None:
            counted = await count_by_server(access, await self.asking.transport("aiohttp"), text, model_id)
            if counted is not None:
                return self._remember(own, counted)
            if not endpoint.embedded:
                self._without.add(endpoint.base_url)
        if ours in self._known:
            return self._recall(ours)
        return self._remember(ours, await asyncio.to_thread(count, text, model_id))

    def _recall(self, key: tuple[str, str]) -> Count:
        self._known.move_to_end(key)
        return self._known[key]

    def _remember(self, key: tuple[str, str], counted: Count) -> Count:
        """Keep a count; the oldest go where too many characters are kept."""
        self._known[key] = counted
        self._held += len(key[1])
        while self._held > REMEMBERED and len(self._known) > 1:
            (_, text), _ = self._known.popitem(last=False)
            self._held -= len(text)
        return counted
