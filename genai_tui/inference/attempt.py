"""One HTTP request of an answer: reads what comes, and says in the end whether it is whole."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from genai_tui.errors import GenaiError, NoAnswer
from genai_tui.inference import sentences
from genai_tui.inference.events import EventParser
from genai_tui.inference.faults import Fault, kind_of, read_fault
from genai_tui.inference.reading import CUTS, Delta, NotJson, Reading
from genai_tui.inference.redaction import redacted
from genai_tui.inference.requests import COMPLETIONS
from genai_tui.inference.retrying import MOST_WAIT_S, stated_wait
from genai_tui.inference.sentences import Asked
from genai_tui.inference.transports import Moved
from genai_tui.inference.wire import Broken, Reply
from genai_tui.records.generations import Exchange, Failure, Moments, Usage

LONGEST_ERROR = 256 * 1024
LARGEST_ANSWER = 128 * 1024 * 1024  # bytes as they come: far above what a model writes, below what fills a memory
ANOTHER_KIND = "JSON, but no answer of a model"
WORTH_TELLING_S = 0.05  # an answer that is there at once was not held back
ONE_BURST = 0.02  # of the wait for the first token: what comes within it came at once


@dataclass(frozen=True)
class Problem:
    """Why there is no whole answer; `again`: worth another request, after `wait` seconds where the server said so."""

    error: GenaiError
    again: bool = False
    wait: float | None = None
    loading: bool = False
    fault: Fault | None = None
    broken: Broken | None = None


class Attempt:
    """One request and what came of it."""

    def __init__(self, asked: Asked, body: dict[str, Any], clock: Callable[[], float], moments: Moments) -> None:
        self.asked = asked
        self.body = body
        self.reading = Reading()
        self._at: dict[str, float | None] = {"queued": moments.queued, "wall": moments.wall}
        self._moments: Moments | None = moments
        self.status: int | None = None
        self.headers: Mapping[str, str] = {}
        self.problem: Problem | None = None
        self.streamed = False
        self.cost_usd: float | None = None
        self._clock = clock
        self._parser = EventParser()
        self._kind: str | None = None
        self._held: list[bytes] = []
        self._size = 0
        self._not_json: str | None = None
        self._document_complete = False
        self._texts = 0
        self._last_text = 0.0
        self._broken: Broken | None = None

    @property
    def moments(self) -> Moments:
        """What happened when."""
        if self._moments is None:
            self._moments = Moments(**self._at)  # type: ignore[arg-type]
        return self._moments

    def _mark(self, **at: float | None) -> None:
        self._at.update(at)
        self._moments = None

    def sent(self) -> None:
        """The request goes out now."""
        self._mark(sent=self._clock())

    def began(self, reply: Reply) -> None:
        """Status and headers are there."""
        now = self._clock()
        sent = self._at.get("sent") if reply.since_sent_s is None else now - reply.since_sent_s
        self._mark(sent=sent, first_byte=now)
        self.status = reply.status
        self.headers = reply.headers
        if reply.status >= 300:
            self._kind = "error"

    @property
    def over(self) -> bool:
        """Whether nothing more is waited for."""
        if self._size > (LONGEST_ERROR if self._kind == "error" else LARGEST_ANSWER):
            return True
        return self.reading.done or self.reading.error is not None or self._not_json is not None

    @property
    def ending(self) -> bool:
        """Whether the answer is all there, so that only usage, or the end of the connection, may still come."""
        return self.reading.finished or self._document_complete

    def take(self, piece: bytes) -> list[Delta]:
        """The deltas that a piece of the body completes."""
        self._size += len(piece)
        if self._kind == "events":
            return self._events(piece)
        self._held.append(piece)
        if self._kind is not None:
            self._look_for_end()
            return []
        head = b"".join(self._held)
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        if not start:
            self._held = []
        if b"\xef\xbb\xbf".startswith(start):
            return []
        self._kind = {b"{": "json", b"[": "json", b"<": "page"}.get(start[:1], "events")
        if self._kind == "events":
            self._held = []
            return self._events(head)
        self._look_for_end()
        return []

    def _look_for_end(self) -> None:
        """Where no length is told and the connection stays open, a JSON document that is closed is the answer."""
        told = "content-length" in self.headers or "transfer-encoding" in self.headers
        if self._kind != "json" or told or not self._held[-1].rstrip().endswith((b"}", b"]")):
            return
        try:
            json.loads(b"".join(self._held))
        except (ValueError, RecursionError):
            return
        self._document_complete = True

    def end(self) -> list[Delta]:
        """The deltas that stood without an end when the body ended."""
        deltas: list[Delta] = []
        if self._kind == "events" and not self.over:
            try:
                for event in self._parser.end():
                    deltas += self.reading.take(event)
            except NotJson as error:
                self._not_json = str(error)
        elif self._kind == "json":
            try:
                deltas = self.reading.take_body(b"".join(self._held))
            except NotJson as error:
                self._not_json = str(error)
        self._heard(deltas)
        return deltas

    def broke(self, broken: Broken) -> list[Delta]:
        """The connection broke, or was never made; the deltas that were complete in what had come."""
        self._broken = broken
        return self.end() if self._kind in ("events", "json") else []

    def moved(self, moved: Moved) -> None:
        """A redirect that is not followed."""
        self.status = moved.status
        self.problem = Problem(sentences.of_moved(self.asked, moved))

    def failed(self, error: GenaiError) -> None:
        """It could not be sent at all."""
        self.problem = Problem(error)

    def _events(self, piece: bytes) -> list[Delta]:
        deltas: list[Delta] = []
        try:
            for event in self._parser.feed(piece):
                deltas += self.reading.take(event)
                if self.reading.done or self.reading.error is not None:
                    break
        except NotJson as error:
            self._not_json = str(error)
        if deltas:
            self.streamed = True
            self._heard(deltas)
        return deltas

    def _heard(self, deltas: list[Delta]) -> None:
        if not deltas:
            return
        now = self._clock()
        if self._at.get("first_token") is None and self._kind == "events":
            self._mark(first_token=now)
        self._texts += len(deltas)
        self._last_text = now

    @property
    def all_at_once(self) -> bool:
        """Whether a stream came in one burst: held back on its way, or never streamed."""
        if self._kind == "json":
            return bool(self.body.get("stream"))
        first, sent = self.moments.first_token, self.moments.sent
        if first is None or sent is None or self._texts < 2:
            return False
        waited = first - sent
        return waited >= WORTH_TELLING_S and self._last_text - first <= ONE_BURST * waited

    def done(self, *, requests: int) -> None:
        """The request is over: find out whether its answer is whole."""
        self._mark(done=self._clock())
        self.cost_usd = self.reading.usage.cost_usd
        if self.problem is None:
            self.problem = self._judge(requests)

    def _judge(self, requests: int) -> Problem | None:
        if self._kind == "error":
            return self._of_fault(read_fault(self.status, b"".join(self._held)), requests)
        if self.reading.error is not None:
            return self._of_inner_fault(requests)
        if self.reading.whole:
            return None
        began = self.reading.deltas > 0
        if self._broken is not None:
            error = sentences.of_broken(self.asked, self._broken, began=began, requests=requests)
            return Problem(error, self._broken.how not in ("certificate", "proxy", "name"), broken=self._broken)
        if self._size > LARGEST_ANSWER:
            why = f"It is longer than {LARGEST_ANSWER / 2**20:.0f} MiB; no more of it was read."
            return Problem(sentences.of_cut(self.asked, why, began=began, requests=requests))
        finish = self.reading.first.finish
        if finish in CUTS:
            why = f"The server stopped it: finish reason “{finish}”."
            return Problem(sentences.of_cut(self.asked, why, began=began, requests=requests), again=True)
        if self._not_json is not None:
            why = "A part of it was not JSON, so text may be missing."
            return Problem(sentences.of_cut(self.asked, why, began=began, requests=requests), again=True)
        if self._kind == "page" or self._is_no_api():
            return Problem(sentences.of_page(self.asked, self._page_fault()))
        why = (
            "The stream ended with [DONE] and held no answer."
            if self.reading.done
            else "It ended without a finish reason and without [DONE]."
        )
        return Problem(sentences.of_cut(self.asked, why, began=began, requests=requests), again=True)

    def _is_no_api(self) -> bool:
        if self._kind == "json":
            return not self.reading.is_answer
        text = self._parser.fields == 0 and self._parser.alive > 0
        return self._kind == "events" and text and not self.reading.choices

    def _page_fault(self) -> Fault:
        body = b"".join(self._held) if self._kind != "events" else self._parser.first_line
        fault = read_fault(None, body[:LONGEST_ERROR])
        return fault if fault.page or self._kind != "json" else replace(fault, sentence=fault.sentence or ANOTHER_KIND)

    def _of_fault(self, fault: Fault, requests: int) -> Problem:
        should = {"true": True, "false": False}.get(self.headers.get("x-should-retry", "").lower())
        kind = kind_of(fault, model_id=self.asked.model_id, should_retry=should)
        error = sentences.of_fault(self.asked, fault, kind, requests=requests)
        again = kind in ("again", "loading")
        wait = stated_wait(self.headers, fault.detail)
        if kind == "credit" and fault.status == 429 and wait is not None and wait > MOST_WAIT_S:
            error = sentences.of_long_wait(self.asked, fault, wait, 0.0)  # a daily allowance that says when it is back
        return Problem(error, again, wait if again else None, kind == "loading", fault)

    def _of_inner_fault(self, requests: int) -> Problem:
        """An error inside a 200: as the HTTP error of its code; without one a cut if text came, else final."""
        shape = self.reading.error_shape
        if isinstance(shape, dict):
            shape = {key: value for key, value in shape.items() if key not in ("choices", "usage")}
        fault = read_fault(None, shape)
        began = self.reading.deltas > 0
        kind = kind_of(fault, model_id=self.asked.model_id)
        again = kind in ("again", "loading") or (fault.status is None and began)
        if began:
            status = f" ({fault.status})" if fault.status else ""
            why = f"{sentences.said(fault)}{status}" or "The server reported an error."
            error = sentences.of_cut(self.asked, why, began=True, requests=requests)
        else:
            error = sentences.of_fault(self.asked, fault, kind, requests=requests)
        wait = stated_wait(self.headers, fault.detail) if again else None
        return Problem(error, again, wait, kind == "loading", fault)

    @property
    def usage(self) -> Usage | None:
        """What the endpoint counted, where it can be believed."""
        first = self.reading.first
        answered = any(c.text or c.reasoning or c.calls for c in self.reading.choices.values()) or bool(first.text)
        return self.reading.usage.usage(answered=answered)

    def ended(self) -> None:
        """The last byte is there."""
        self._mark(done=self._clock())

    def stopped(self) -> None:
        """It was cancelled: what came is kept."""
        self._mark(done=self._clock())
        self.cost_usd = self.reading.usage.cost_usd
        if self.problem is None:
            stopped = NoAnswer("The answer was stopped before its end.", "", "What came is kept.")
            self.problem = Problem(stopped)

    def exchange(self) -> Exchange:
        """The request as it is recorded."""
        first = self.reading.first
        answer: dict[str, Any] = {
            "text": "".join(first.text),
            "reasoning": "".join(first.reasoning),
            "finish_reason": first.finish,
            **self.reading.head,
        }
        if first.calls:
            answer["tool_calls"] = first.calls
        if self.reading.usage.raw is not None:
            answer["usage"] = self.reading.usage.raw
        if len(self.reading.choices) > 1:
            answer["choices"] = ["".join(c.text) for _, c in sorted(self.reading.choices.items())]
        fault = self.problem.fault if self.problem else None
        if fault is not None and fault.sentence:
            answer["error"] = redacted(fault.sentence, self.asked.access.secrets())
        return Exchange(
            path=COMPLETIONS,
            body=self.body,
            status=self.status,
            answer=answer,
            usage=self.usage,
            cost_usd=self.cost_usd,
            moments=self.moments,
            error=failure_of(self.problem.error) if self.problem else None,
        )


def failure_of(error: GenaiError) -> Failure:
    """An error as it is recorded."""
    return Failure(error.what, error.why, error.do, error.exit_code)
