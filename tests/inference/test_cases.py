"""What real endpoints were seen to send, over both transports: our own cases, and those of GENAI_TUI_CASES."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from genai_tui.errors import GenaiError
from genai_tui.inference.ask import ask
from genai_tui.inference.listing import list_models
from genai_tui.inference.requests import Access, Request
from genai_tui.inference.transports import TransportKind, open_transport
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.prompts import Message
from tests.support.cases import Case, CaseServer, case_files, load_case

OWN = Path(__file__).parent.parent / "cases" / "endpoints"
NAMED = os.environ.get("GENAI_TUI_CASES")
KEY = "sk-example-0123456789abcdef"


def every_case() -> list[Any]:
    """Each file once for each transport; what cannot be taken is named with its reason."""
    paths = case_files(OWN)
    if NAMED is None:
        paths.append(Path("GENAI_TUI_CASES-is-unset.json"))
    else:
        paths += case_files(Path(NAMED) / "endpoints")
    return [pytest.param(path, id=path.stem) for path in paths]


@pytest.fixture(params=["aiohttp", "openai"])
def kind(request: pytest.FixtureRequest) -> TransportKind:
    return request.param


def the_case(path: Path) -> Case:
    if not path.exists():
        pytest.skip("GENAI_TUI_CASES names no folder with cases")
    case = load_case(path)
    if case.kind not in ("stream", "plain", "error", "models"):
        pytest.skip(f"{case.name}: its kind {case.kind!r} is not known here")
    return case


class Outcome:
    """What came of a case, in the words of its `expect`."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.error: GenaiError | None = None
        self.seconds = 0.0
        self.answer: Any = None
        self.streamed = ""

    def check(self, expect: dict[str, Any]) -> None:
        self._check_error(expect["error"])
        if expect["requests"] is not None:
            assert self.case.requests == expect["requests"]
        assert self.seconds >= expect.get("wait_s_at_least", 0)
        assert self.seconds <= expect.get("wait_s_at_most", 120)
        last = self.case.bodies[-1] or {}
        for name, value in expect.get("last_body", {}).get("equals", {}).items():
            assert last[name] == value
        for name in expect.get("last_body", {}).get("lacks", []):
            assert name not in last
        assert self.case.headers[-1].get("authorization") == f"Bearer {KEY}"
        if self.case.kind != "models":
            self._check_answer(expect)

    def _check_error(self, expect: dict[str, Any] | None) -> None:
        if expect is None:
            assert self.error is None, str(self.error)
            return
        assert self.error is not None
        assert self.error.exit_code == expect["exit"], str(self.error)
        said = str(self.error).lower()
        for words in expect.get("says", []):
            assert words.lower() in said
        for words in [*expect.get("says_not", []), KEY, "<html", "<!doctype"]:
            assert words.lower() not in said

    def _check_answer(self, expect: dict[str, Any]) -> None:
        answer = self.answer
        assert answer.text == expect["text"]
        assert answer.reasoning == expect.get("reasoning", "")
        assert answer.finish_reason == expect["finish_reason"]
        usage = answer.usage
        counted = {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens} if usage else None
        assert counted == expect["usage"]
        assert (answer.retries > 0) == expect["retried"]
        assert [{"name": c["name"], "arguments": c["arguments"]} for c in answer.tool_calls] == expect.get(
            "tool_calls", []
        )
        assert answer.whole == (expect["error"] is None)


def request_of(case: Case) -> Request:
    extra = dict(case.request.get("body_extra") or {})
    model = extra.pop("model", "example-model")
    tools = {name: extra.pop(name) for name in ("tools", "response_format") if name in extra}
    return Request(model, (Message("user", "Anything."),), extra, None, case.request["stream"], tools)


async def outcome_of(case: Case, kind: TransportKind, *, seen: bool) -> Outcome:
    outcome = Outcome(case)
    async with CaseServer(case) as server, open_transport(kind) as transport:
        access = Access(server.base_url(case.name), KEY)
        endpoint = Endpoint("example", access.base_url, key_env="EXAMPLE_KEY")
        await transport.ready(access)
        began = time.monotonic()
        if case.kind == "models":
            try:
                outcome.answer = [m.model_id for m in await list_models(endpoint, access, transport)]
            except GenaiError as error:
                outcome.answer, outcome.error = [], error
        else:

            async def reach() -> Access:
                return access

            asking = ask(request_of(case), endpoint, access=reach, transport=transport, seen=seen)
            try:
                async for delta in asking:
                    outcome.streamed += delta.text if delta.index == 0 else ""
            except GenaiError as error:
                outcome.error = error
            outcome.answer = asking.answer
        outcome.seconds = time.monotonic() - began
    return outcome


@pytest.mark.parametrize("path", every_case())
async def test_cases(path: Path, kind: TransportKind) -> None:
    """Once where somebody watches, and once as an evaluation asks where that expects something else."""
    case = the_case(path)
    outcome = await outcome_of(case, kind, seen=True)
    outcome.check(case.expect)
    if case.kind == "models":
        assert sorted(outcome.answer) == sorted(case.expect["models"])
        return
    assert outcome.streamed == outcome.answer.text
    if "in_evaluation" in case.expect:
        case = the_case(path)
        outcome = await outcome_of(case, kind, seen=False)
        outcome.check({**case.expect, **case.expect["in_evaluation"]})
