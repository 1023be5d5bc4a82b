"""What a run will take, said before it begins: requests, tokens and money, less what the cache has the answers to.

Its rows are looked for in the cache by the very keys of a run; of many, some that are drawn at random stand for all.
"""

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import BudgetFault, MissingPiece, UsageFault
from genai_tui.inference import prices, tokens
from genai_tui.inference.budget import stated_limit
from genai_tui.records.datasets import Example
from genai_tui.records.endpoints import Price
from genai_tui.records.prompts import Message
from genai_tui.records.runs import Run
from genai_tui.store.answers import cache_key, is_empty, is_kept
from genai_tui.store.datasets import find_dataset_version, find_example
from genai_tui.store.scopes import current_scope

if TYPE_CHECKING:
    from genai_tui.answering.outcome import Subject
    from genai_tui.project import Project

COUNTED = 20  # requests whose tokens are counted
LOOKED_FOR = 200  # answers that are looked for in the cache: of a run that is all there, more would take as long as it
LOOKING_S = 0.2  # more is not spent on it: a prompt may pick its examples anew for each row


class Takes(NamedTuple):
    """What a run of so many `answers` takes, of which so many are `cached`; it is `about` that where not all were seen.

    Tokens out are the most, where the prompt limits them, else the scope's; None is unknown.
    """

    requests: int
    input_tokens: int
    output_tokens: int | None
    at_most: bool
    price: Price | None
    answers: int
    cached: int = 0
    about: bool = False

    @property
    def input_usd(self) -> float | None:
        """US dollars of what is sent alone: no answer makes it less."""
        if not self.requests:
            return 0.0
        return None if self.price is None else self.input_tokens * self.price.input_usd_per_million / 1e6

    @property
    def usd(self) -> float | None:
        """US dollars of all of it."""
        if not self.requests:
            return 0.0
        if self.price is None or self.input_usd is None:
            return None
        if self.output_tokens is None:  # where answers are free it does not matter how long they are
            return None if self.price.output_usd_per_million else self.input_usd
        return self.input_usd + self.output_tokens * self.price.output_usd_per_million / 1e6

    def sentence(self, name: str) -> str:
        """It, in a sentence."""
        return _sentence(name, [self])


def together(found: Sequence[Takes]) -> str:
    """What several runs take, in a sentence."""
    return _sentence("All of it", found)


def _sentence(name: str, found: Sequence[Takes]) -> str:
    """What is unknown of one of them is not known of all."""
    requests, into = sum(one.requests for one in found), sum(one.input_tokens for one in found)
    at_most = "at most" if all(one.at_most for one in found) else "about"
    outs = _all(one.output_tokens for one in found)
    most = _all(one.usd for one in found)
    least = _all(one.input_usd for one in found)
    out = "" if outs is None else f", {at_most} {outs:,} out"
    money = "of unknown price"
    if most is not None:
        money = f"{at_most} ${most:,.4g}"
    elif least is not None:
        money = f"at least ${least:,.4g}"
    told = cached_said(found)
    return f"{name}: {requests:,} requests, about {into:,} tokens in{out}; {money}.{told and f' {told}.'}"


def cached_said(found: Sequence[Takes]) -> str:
    """How many of the answers are in the cache, for people; empty where none is."""
    cached = sum(one.cached for one in found)
    about = "About " if any(one.about for one in found) else ""
    return f"{about}{cached:,} of {sum(one.answers for one in found):,} answers are in the cache" if cached else ""


def _all(values: Iterable[float | None]) -> float | None:
    known = list(values)
    return None if None in known else sum(value or 0 for value in known)


def takes(project: "Project", subject: "Subject", run: Run) -> Takes:
    """What the run will take. Counts tokens: call it in a thread where a loop runs."""
    reader, split = project.reader, run.split
    dataset = find_dataset_version(reader, run.dataset_version)
    options = run.options
    return _takes(
        project,
        subject,
        run.n // run.repeats,
        lambda place: find_example(reader, dataset, split, place + 1),
        run.repeats,
        stream=bool(options.get("stream")),
        cache=bool(options.get("cache")),
    )


def takes_for(project: "Project", subject: "Subject", rows: Sequence[Mapping[str, Any]], repeats: int = 1) -> Takes:
    """What it takes to ask each of these inputs so often. Counts tokens, as `takes` does."""
    return _takes(project, subject, len(rows), lambda place: Example(dict(rows[place]), id=place), repeats)


def _takes(
    project: "Project",
    subject: "Subject",
    count: int,
    row: Callable[[int], Example],
    repeats: int,
    *,
    stream: bool = False,
    cache: bool = True,
) -> Takes:
    """What `count` rows take, by some of them; `row` gives one by its place from 0."""
    from genai_tui.answering.many import request_of

    kept_at = _kept_at(project, subject) if cache else None
    looked_at = found = missed = 0
    asked: list[tuple[Message, ...]] = []
    seen: Counter[int] = Counter()  # a row that stands there twice is asked as further repeats of it
    end = time.monotonic() + LOOKING_S
    drawn = random.Random(0).sample(range(count), min(count, COUNTED if kept_at is None else LOOKED_FOR))
    for number, place in enumerate(drawn):
        if number >= COUNTED and (time.monotonic() > end or looked_at >= LOOKED_FOR):
            break
        example = row(place)
        first = seen[example.id] * repeats
        seen[example.id] += 1
        looked_at += repeats
        try:
            shown = project.examples_for(subject.prompt, example.inputs)
            request = request_of(subject, example.inputs, shown, stream)
        except UsageFault:  # this row will fail, and take nothing
            continue
        body = request.body()
        keys = (cache_key(kept_at, body, repeat) for repeat in range(first, first + repeats) if kept_at is not None)
        hits = sum(is_kept(project.reader, key) for key in keys)
        found, missed = found + hits, missed + repeats - hits
        if hits < repeats and len(asked) < COUNTED:
            asked.append(request.messages)
    counted = [tokens.count_messages(messages, subject.model_id).tokens for messages in asked]
    answers = count * repeats
    requests, cached = (round(answers * part / looked_at) if looked_at else 0 for part in (missed, found))
    most = stated_limit(subject.prompt.parameters)
    out = most if most is not None else current_scope(project.reader).output_tokens
    return Takes(
        requests,
        round(sum(counted) / len(counted) * requests) if counted else 0,
        (None if out is None else out * requests) if requests else 0,
        most is not None or not requests,
        prices.price_per_million(subject.endpoint, subject.model_id),
        answers,
        cached,
        about=looked_at < answers,
    )


def _kept_at(project: "Project", subject: "Subject") -> str | None:
    """Where the cache has the answers of a subject; None where it can have none."""
    from genai_tui.answering.many import place_of

    if is_empty(project.reader):
        return None
    try:
        return place_of(subject)
    except MissingPiece:  # files that are not here have answered nothing by that name
        return None


def check_limits(found: list[Takes], max_usd: float | None, max_tokens: int | None) -> None:
    """Raises BudgetFault where what is sent alone passes a limit already: then nothing is asked at all."""
    usd = sum(one.input_usd or 0.0 for one in found)
    into = sum(one.input_tokens for one in found)
    do = "Raise the limit, or ask fewer rows: --limit N"
    if max_usd is not None and usd > max_usd:
        raise BudgetFault(f"The limit of ${max_usd:,.6g} would be passed.", f"What is sent takes ${usd:,.4g}.", do)
    if max_tokens is not None and into > max_tokens:
        raise BudgetFault(f"The limit of {max_tokens:,} tokens would be passed.", f"What is sent has {into:,}.", do)
