"""Looking for tries: the one line that says which, and the steps in which they are found."""

import re
import shlex
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.records.generations import Generation
from genai_tui.store.reader import Reader
from genai_tui.store.tries import Ended, Place, Step, TryFilter, search_tries
from genai_tui.store.values import utc

ENDED: dict[str, Ended] = {
    "failed": "failed", "!": "failed", "stopped": "stopped", "cut": "cut",
    "right": "right", "✔": "right", "wrong": "wrong", "✘": "wrong",
}  # fmt: skip
_WORDS = re.compile(r'"([^"]*)"?|(\S+)')
_VERSION = re.compile(r"(?:v|version:|prompt:)(\d{1,18})", re.IGNORECASE)
_MODEL = re.compile(r"(?:m|model):(.+)")
_SINCE = re.compile(r"^since:(.+)$")
_DATE = re.compile(r"(\d{4})-(\d\d)(?:-(\d\d))?")
FIRST_STEP, SHORTEST_S, LONGEST_S = 1_000, 0.03, 0.1  # rows of the first step; how long a step should take


def parse_filter(line: str, endpoints: Collection[str] = ()) -> TryFilter:
    """What a line of words asks for; of two that contradict each other the last counts, of texts all must be there.

    `v4` or `version:4` a version · `m:smol`, `model:smol` or `endpoint/model` a model · `2026-11-28`, `2026-11`,
    `2026-11-01..2026-11-15`, `since:2026-11-01` days in local time · `failed` `stopped` `cut` `right` `wrong` (`!` `✔`
    `✘`) how it ended · all else, and what stands in quotes, is text of answer or inputs.
    """
    found = TryFilter()
    for quoted, word in _WORDS.findall(line):
        days = _days(_SINCE.sub(r"\1..", word))
        if version := _VERSION.fullmatch(word):
            found = replace(found, prompt=int(version[1]))
        elif model := _MODEL.fullmatch(word):
            found = replace(found, model=model[1])
        elif "/" in word and word.partition("/")[0] in endpoints:
            found = replace(found, model=word)
        elif days is not None:
            found = replace(found, since=days[0], until=days[1])
        elif word in ENDED:
            found = replace(found, ended=(*found.ended, ENDED[word]))
        elif text := quoted or word:
            found = replace(found, texts=(*found.texts, text))
    return found


def as_words(line: str) -> str:
    """The words of a line as a shell reads them."""
    words = (f'"{quoted}"' if quoted else word for quoted, word in _WORDS.findall(line))
    return " ".join(shlex.quote(word) for word in words if word)


def since(text: str) -> str:
    """The beginning of a day or month in local time, as tries have it (UTC). Raises UsageFault."""
    days = _days(text)
    if days is None or ".." in text:
        raise UsageFault(f"{text} is no date.", "", "A date is 2026-11-28, or 2026-11 for a month.")
    return days[0]


def _days(word: str) -> tuple[str, str] | None:
    """Beginning and end of what a word of dates means; either is empty where it is open. None: it is no date."""
    first, dots, last = word.partition("..")
    begin, end = _span(first), _span(last) if dots else _span(first)
    if (begin is None and first) or (end is None and (last or not dots)) or (begin is None and end is None):
        return None
    return (begin[0] if begin else "", end[1] if end else "")


def _span(text: str) -> tuple[str, str] | None:
    parts = _DATE.fullmatch(text)
    if parts is None:
        return None
    try:
        begin = datetime(int(parts[1]), int(parts[2]), int(parts[3] or 1))
        month = (begin + timedelta(days=31)).replace(day=1)
        end = begin + timedelta(days=1) if parts[3] else month
        return utc(begin.timestamp()), utc(end.timestamp())
    except (ValueError, OverflowError, OSError):  # no such day: it is a word like others
        return None


class Search:
    """Steps through the tries, each as long as one may wait for it; `back_to` says how far it has looked."""

    def __init__(self, reader: Reader, wanted: TryFilter) -> None:
        self._reader, self._wanted = reader, wanted
        self._most = FIRST_STEP
        self.back_to: Place | None = None
        self.ended = False  # there is nothing older

    def step(self, limit: int = 200) -> Sequence[Generation]:
        """The hits of the next step, newest first. Reads the store: call it in a thread."""
        began = time.monotonic()
        found: Step = search_tries(self._reader, self._wanted, self.back_to, limit=limit, most=self._most)
        took = time.monotonic() - began
        self._most = (
            self._most * 2 if took < SHORTEST_S else max(1, self._most // 2) if took > LONGEST_S else self._most
        )
        self.back_to, self.ended = found.back_to, found.back_to is None
        return found.tries


def found_tries(reader: Reader, wanted: TryFilter, limit: int) -> Iterator[Generation]:
    """The newest `limit` tries that fit, however far back they are."""
    search, left = Search(reader, wanted), limit
    while left > 0 and not search.ended:
        for each in search.step(left):
            yield each
            left -= 1


def when(created: str, today: datetime | None = None) -> str:
    """A stored moment in local time: the hour of today, day and hour of this year, else the date."""
    today = today or datetime.now()
    try:
        moment = datetime.fromisoformat(created.replace("Z", "+00:00")).astimezone()
    except ValueError:
        return created[:16]
    if moment.date() == today.date():
        return moment.strftime("%H:%M")
    return moment.strftime("%m-%d %H:%M" if moment.year == today.year else "%Y-%m-%d")


def try_as_json(each: Generation) -> dict[str, Any]:
    """A try as `prompt history --json` prints it."""
    from genai_tui.stages.prompt.trying import generation_as_json

    error = None
    if each.error is not None:
        error = {"what": each.error.what, "why": each.error.why, "do": each.error.do, "exit": each.error.exit}
    kept = {"created": each.created, "prompt": each.prompt, "example": each.example, "inputs": each.inputs}
    return generation_as_json(each) | kept | {"error": error}
