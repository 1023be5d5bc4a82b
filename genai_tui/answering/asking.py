"""Everything needed to ask, held together for one process: endpoints, how they are reached, transports, the budget."""

import asyncio
import os
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from genai_tui.errors import GenaiError, NoAnswer
from genai_tui.inference.data_rules import DataRules
from genai_tui.inference.requests import Access
from genai_tui.records.endpoints import Endpoint, EndpointReport, State
from genai_tui.settings import Settings, headers_of, key_of, query_of, report_of, save_report

if TYPE_CHECKING:
    from genai_tui.inference.budget import Budget
    from genai_tui.inference.embedded.lease import Lease
    from genai_tui.inference.transports import Transport
    from genai_tui.store.writer import Writer

Kind = Literal["openai", "aiohttp"]

_NEEDED = (
    "genai_tui.answering.answer", "genai_tui.inference.ask", "genai_tui.inference.limiter",
    "genai_tui.inference.transports", "genai_tui.store.unfinished", "genai_tui.store.unsaved",
)  # fmt: skip


def load(*, client: bool = False) -> None:
    """Import what an answer needs, for a thread: about 0.3 s, and 0.7 s more with the `client` of `openai`."""
    from genai_tui.inference.wire import import_client

    import_client()
    for module in (*_NEEDED, *(("genai_tui.inference.openai_client",) if client else ())):
        import_module(module)


class Asking:
    """Who can be asked and how; opened with `async with`, and closed with what it started.

    `transport` is `openai` for one answer at a time, `aiohttp` where many stream or are asked. `notice` is told in
    sentences what is waited for (a model loads, a limit, a retry). Leases of embedded servers are held until the end.
    `rules` say where the project's data may go: an endpoint that they refuse is reached by nobody. `retries`: how often
    at most an answer is asked again where that may help; None is as often as is usual.
    """

    retries: int | None = None

    def __init__(
        self,
        settings: Settings,
        writer: "Writer | None" = None,
        *,
        transport: Kind = "openai",
        budget: "Budget | None" = None,
        notice: Callable[[str], None] | None = None,
        environ: Mapping[str, str] = os.environ,
        rules: DataRules = DataRules(),
    ) -> None:
        self.settings = settings
        self.writer = writer
        self.kind = transport
        self.budget = budget
        self.rules = rules
        self.notice = notice or (lambda _: None)
        self.environ = environ
        self._open = AsyncExitStack()
        self._transports: dict[Kind, Transport] = {}
        self._leases: dict[str, Lease] = {}
        self._leasing = asyncio.Lock()
        self._reports: dict[str, EndpointReport] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._open.aclose()
        self._leases.clear()
        self._transports.clear()

    async def transport(self, kind: Kind | None = None) -> "Transport":
        """The transport, or the other one where `kind` names it; each is opened at its first use."""
        kind = kind or self.kind
        if kind not in self._transports:
            await asyncio.to_thread(load)
            from genai_tui.inference.transports import open_transport

            self._transports[kind] = await self._open.enter_async_context(open_transport(kind))
        return self._transports[kind]

    async def access(self, endpoint: Endpoint, model_id: str) -> Access:
        """How to reach the endpoint now; the embedded one's server is started where it is not there.

        Without a model (as for the list of models) nothing of the project is sent, and the data rules do not matter.
        Raises UsageFault where they refuse the endpoint.
        """
        if model_id:
            self.rules.check(endpoint)
        if endpoint.embedded:
            return await self._embedded(model_id)
        if endpoint.keyring:
            return await asyncio.to_thread(self.plain_access, endpoint)  # a keyring may wait for its owner
        return self.plain_access(endpoint)

    def plain_access(self, endpoint: Endpoint) -> Access:
        """How to reach an endpoint that is not the embedded one, as the settings say; nothing is contacted."""
        return Access(
            endpoint.base_url,
            key_of(endpoint, self.environ),
            headers_of(endpoint, self.environ),
            query_of(endpoint, self.environ),
            endpoint.ca_file,
            local=endpoint.local,
        )

    async def _embedded(self, model_id: str) -> Access:
        async with self._leasing:
            lease = self._leases.get(model_id)
            if lease is None:
                from genai_tui.inference.embedded.lease import lease as lease_of
                from genai_tui.inference.embedded.weights import served_model

                lease = await self._open.enter_async_context(lease_of(served_model(model_id), notice=self.notice))
                self._leases[model_id] = lease
        url, key = await lease.access()
        return Access(url, key, local=True)

    def report(self, endpoint: Endpoint) -> EndpointReport:
        """What a test of the endpoint found out, read once."""
        if endpoint.name not in self._reports:
            self._reports[endpoint.name] = report_of(endpoint.name)
        return self._reports[endpoint.name]

    def told(self, endpoint: Endpoint, error: GenaiError | None) -> None:
        """Remember the last known answer of an endpoint: ready, or failed and why. No key is ever in it."""
        if error is not None and not isinstance(error, NoAnswer):
            return
        state: State = "ready" if error is None else "failed"
        sentence = "" if error is None else f"{error.what} {error.why}".strip()
        known = self.report(endpoint)
        if (known.state, known.sentence) != (state, sentence) and not endpoint.embedded:
            when = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            self._reports[endpoint.name] = replace(known, state=state, sentence=sentence, when=when)
            save_report(self._reports[endpoint.name])
