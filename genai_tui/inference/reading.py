"""Reads an answer out of events or one JSON document, tolerant of everything that servers were seen to send."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from genai_tui.inference.events import DONE, Event
from genai_tui.inference.usage import UsageReader, number

STOPS = {"eos": "stop", "eos_token": "stop", "end_turn": "stop"}
CUTS = frozenset({"abort", "error", "insufficient_system_resource"})
_SURROGATE = re.compile("[\ud800-\udfff]")
_DECODER = json.JSONDecoder(strict=False)  # raw control characters in strings are no reason to lose an answer
_TELLING = frozenset({"", "message", "error", "data", "chunk", "completion", "delta"})


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of answer: text or reasoning of one choice, with the log probabilities of its tokens."""

    text: str = ""
    reasoning: str = ""
    index: int = 0
    logprobs: tuple[dict[str, Any], ...] = ()


class NotJson(Exception):
    """An event or a body that is not JSON: text may be missing."""


MOST_PIECES = 1000  # held apart: a piece of five letters takes sixty bytes


def _add(pieces: list[str], piece: str) -> None:
    pieces.append(piece)
    if len(pieces) > MOST_PIECES:
        pieces[:] = ["".join(pieces)]


@dataclass
class Choice:
    """What came of one choice so far."""

    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    logprobs: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    finish: str | None = None
    refusal: bool = False
    held: str = ""


class Reading:
    """Gathers one answer. `error` is the error object that stood inside it, as it came."""

    def __init__(self) -> None:
        self.choices: dict[int, Choice] = {}
        self.usage = UsageReader()
        self.done = False
        self.error: Any = None
        self.error_shape: Any = None
        self.is_answer = False
        self.reasoning_field: str | None = None
        self.head: dict[str, Any] = {}
        self.deltas = 0

    @property
    def first(self) -> Choice:
        """The choice that is the answer: the first by index."""
        return self.choices[min(self.choices)] if self.choices else Choice()

    @property
    def finished(self) -> bool:
        """Every choice that began has a finish reason."""
        return bool(self.choices) and all(choice.finish for choice in self.choices.values())

    @property
    def whole(self) -> bool:
        """A finish reason or [DONE] was seen and at least one choice, and nothing says that it was cut."""
        ended = self.done or self.first.finish is not None
        return bool(self.choices) and ended and self.error is None and self.first.finish not in CUTS

    def take(self, event: Event) -> list[Delta]:
        """The deltas of one event. Raises NotJson."""
        data = event.data.strip()
        if data == DONE:
            self.done = True
            return []
        if not data or data.startswith(b":"):
            return []  # a comment that a gateway wrapped into data
        try:
            chunks = [_DECODER.decode(data.decode("utf-8", "replace"))]
        except (ValueError, RecursionError):
            if event.name not in _TELLING and not data.startswith(b"{"):
                return []
            if event.name == "error":
                self.error = self.error_shape = {"error": data.decode("utf-8", "replace")}
                return []
            chunks = self._line_by_line(event.data)
        deltas: list[Delta] = []
        for chunk in chunks:
            deltas += self.take_chunk(chunk, named_error=event.name == "error")
        return deltas

    def _line_by_line(self, data: bytes) -> list[Any]:
        lines = [line.strip() for line in data.split(b"\n") if line.strip()]
        if len(lines) < 2:
            raise NotJson(data[:80].decode("utf-8", "replace"))
        chunks: list[Any] = []
        try:
            for line in lines:  # a server that forgot the empty lines: each line is a whole event
                if line == DONE:
                    self.done = True
                elif not line.startswith(b":"):
                    chunks.append(_DECODER.decode(line.decode("utf-8", "replace")))
        except (ValueError, RecursionError) as error:
            raise NotJson(data[:80].decode("utf-8", "replace")) from error
        return chunks

    def take_body(self, body: bytes) -> list[Delta]:
        """The deltas of a whole JSON answer, or of several written one after the other. Raises NotJson."""
        text = body.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
        deltas: list[Delta] = []
        at = 0
        while at < len(text):
            try:
                value, at = _DECODER.raw_decode(text, at)
            except (ValueError, RecursionError) as error:
                glued = text[at:].replace("data:", "").strip()
                if at and glued in ("[DONE]", ""):
                    self.done = True
                    break
                raise NotJson(text[at : at + 80]) from error
            deltas += self.take_chunk(value)
            while at < len(text) and text[at] in " \t\r\n":
                at += 1
        if self.choices and self.error is None:
            self.done = True  # the document is closed: nothing of it is missing
        return deltas

    def take_chunk(self, chunk: Any, *, named_error: bool = False) -> list[Delta]:
        """The deltas of one JSON value: a chunk, a whole answer, or an error."""
        if isinstance(chunk, list) and chunk and isinstance(chunk[0], dict) and "error" in chunk[0]:
            chunk = chunk[0]
        if not isinstance(chunk, dict):
            if named_error and chunk:
                self.error = self.error_shape = {"error": str(chunk)}
            return []
        self.usage.take(chunk)
        self._take_head(chunk)
        deltas: list[Delta] = []
        choices = chunk.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                deltas += self._take_choice(choice)
                self._take_error(choice)
        self._take_error(chunk, named_error or (chunk.get("object") == "error") or chunk.get("type") == "error")
        self.deltas += len(deltas)
        return deltas

    def _take_head(self, chunk: dict[str, Any]) -> None:
        if "choices" in chunk or str(chunk.get("object", "")).startswith(("chat.completion", "text_completion")):
            self.is_answer = True
        for name in ("id", "model", "system_fingerprint", "provider", "created"):
            value = chunk.get(name)
            if value and name not in self.head:
                self.head[name] = value

    def _take_error(self, holder: dict[str, Any], is_error: bool = False) -> None:
        if self.error is None and (holder.get("error") or is_error or _states_failure(holder)):
            self.error = holder.get("error") or holder
            self.error_shape = holder

    def _take_choice(self, raw: dict[str, Any]) -> list[Delta]:
        index = raw.get("index")
        index = index if isinstance(index, int) and not isinstance(index, bool) else 0
        choice = self.choices.setdefault(index, Choice())
        message = raw.get("delta")
        whole = raw.get("message")
        if not (isinstance(message, dict) and message) and isinstance(whole, dict):
            # a last chunk may repeat in `message` what came in deltas before
            message = None if choice.text or choice.reasoning or choice.calls else whole
        deltas: list[Delta] = []
        if isinstance(message, dict):
            deltas = self._take_message(choice, index, message, raw)
        elif isinstance(raw.get("text"), str) and raw["text"]:
            _add(choice.text, raw["text"])
            deltas = [Delta(raw["text"], "", index)]
        finish = raw.get("finish_reason") or raw.get("finishReason")
        if isinstance(finish, str) and finish:
            choice.finish = STOPS.get(finish.lower(), finish.lower())
        return deltas

    def _take_message(self, choice: Choice, index: int, message: dict[str, Any], raw: dict[str, Any]) -> list[Delta]:
        text, thought = _content(message.get("content"))
        refusal = message.get("refusal")
        if not text and isinstance(refusal, str) and refusal:
            text = refusal
            choice.refusal = True
        text = _mended(choice, text)
        reasoning = self._reasoning(message, thought)
        logprobs = _logprobs(raw.get("logprobs"))
        for call in _list(message.get("tool_calls")):
            _add_call(choice.calls, call)
        old = message.get("function_call")
        if isinstance(old, dict):
            _add_call(choice.calls, {"index": 0, "function": old})
        choice.logprobs += logprobs
        if text:
            _add(choice.text, text)
        if reasoning:
            _add(choice.reasoning, reasoning)
        return [Delta(text, reasoning, index, tuple(logprobs))] if text or reasoning else []

    def _reasoning(self, message: dict[str, Any], thought: str) -> str:
        """The first of the fields that is not empty: some send the same text in two."""
        for name in ("reasoning_content", "reasoning", "thinking"):
            value = message.get(name)
            if isinstance(value, str) and value:
                self.reasoning_field = self.reasoning_field or name
                return value
        if thought:
            self.reasoning_field = self.reasoning_field or "content parts"
            return thought
        details = [
            str(item.get("text") or item.get("summary") or "")
            for item in _list(message.get("reasoning_details"))
            if isinstance(item, dict)
        ]
        if any(details):
            self.reasoning_field = self.reasoning_field or "reasoning_details"
        return "".join(details)


def _states_failure(holder: dict[str, Any]) -> bool:
    """Some gateways say `{"code": 401, "msg": …}` with status 200, and nothing called an error."""
    code = number(holder.get("code"))
    said = holder.get("msg") or holder.get("message")
    return code is not None and 400 <= code <= 599 and isinstance(said, str) and "choices" not in holder


def _mended(choice: Choice, text: str) -> str:
    """`text` without lone surrogates: some servers escape one character in two halves, in two events."""
    if not choice.held and (text.isascii() or not _SURROGATE.search(text)):
        return text
    text, choice.held = choice.held + text, ""
    if text and "\ud800" <= text[-1] <= "\udbff":
        text, choice.held = text[:-1], text[-1]
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _content(content: Any) -> tuple[str, str]:
    """Text and thinking of `content`, which is a string, a list of parts, or nothing."""
    if isinstance(content, str):
        return content, ""
    texts: list[str] = []
    thoughts: list[str] = []
    for part in [content] if isinstance(content, dict) else _list(content):
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict):
            kind = part.get("type")
            if kind in ("thinking", "reasoning"):
                inner = part.get("thinking") or part.get("reasoning") or part.get("text")
                thoughts.append(inner if isinstance(inner, str) else "".join(_content(inner)))
            elif kind in ("text", "output_text", None) and isinstance(part.get("text"), str):
                texts.append(part["text"])
            elif kind == "refusal" and isinstance(part.get("refusal"), str):
                texts.append(part["refusal"])
    return "".join(texts), "".join(thoughts)


def _logprobs(raw: Any) -> list[dict[str, Any]]:
    content = raw.get("content") if isinstance(raw, dict) else None
    return [item for item in _list(content) if isinstance(item, dict)]


def _add_call(calls: list[dict[str, Any]], raw: Any) -> None:
    """Add a piece of a tool call: by its index; where there is none a new id, or a whole new name, begins a call."""
    if not isinstance(raw, dict):
        return
    function = raw.get("function")
    function = function if isinstance(function, dict) else {}
    name, arguments, identity = function.get("name"), function.get("arguments"), raw.get("id")
    index = raw.get("index")
    call: dict[str, Any] | None = None
    if isinstance(index, int) and not isinstance(index, bool):
        call = next((c for c in calls if c["index"] == index), None)
        if call is not None and identity and call["id"] and identity != call["id"]:
            call = None  # parallel calls that all say index 0
    elif calls and (not identity or identity == calls[-1]["id"]) and not (name and calls[-1]["name"]):
        call = calls[-1]
    elif identity:
        call = next((c for c in calls if c["id"] == identity), None)
    if call is None:
        call = {"index": index if isinstance(index, int) else len(calls), "id": "", "name": "", "arguments": ""}
        calls.append(call)
    call["id"] = call["id"] or (identity if isinstance(identity, str) else "")
    if isinstance(name, str) and name and not call["name"]:
        call["name"] = name
    if isinstance(arguments, str):
        call["arguments"] += arguments
    elif isinstance(arguments, (dict, list)):
        call["arguments"] = json.dumps(arguments, ensure_ascii=False, separators=(",", ":"))
