"""What a run will take, said before it begins: requests, tokens and money, from a few of its rows."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import BudgetFault, UsageFault
from genai_tui.inference import prices, tokens
from genai_tui.inference.budget import stated_limit
from genai_tui.records.endpoints import Price
from genai_tui.records.runs import Run
from genai_tui.store.datasets import find_dataset_version, page_examples
from genai_tui.store.scopes import current_scope

if TYPE_CHECKING:
    from genai_tui.answering.outcome import Subject
    from genai_tui.project import Project

LOOKED_AT = 20  # rows that are rendered and counted


class Takes(NamedTuple):
    """What a run takes. Tokens out are the most, where the prompt limits them, else the scope's; None is unknown."""

    requests: int
    input_tokens: int
    output_tokens: int | None
    at_most: bool
    price: Price | None

    @property
    def input_usd(self) -> float | None:
        """US dollars of what is sent alone: no answer makes it less."""
        return None if self.price is None else self.input_tokens * self.price.input_usd_per_million / 1e6

    @property
    def usd(self) -> float | None:
        """US dollars of all of it."""
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
    return f"{name}: {requests:,} requests, about {into:,} tokens in{out}; {money}."


def _all(values: Iterable[float | None]) -> float | None:
    known = list(values)
    return None if None in known else sum(value or 0 for value in known)


def takes(project: "Project", subject: "Subject", run: Run) -> Takes:
    """What the run will take, by its first rows. Counts tokens: call it in a thread where a loop runs."""
    dataset = find_dataset_version(project.reader, run.dataset_version)
    rows = page_examples(project.reader, dataset, run.split, 0, min(LOOKED_AT, run.n))
    return takes_for(project, subject, [example.inputs for _, example in rows], run.n)


def takes_for(project: "Project", subject: "Subject", rows: Sequence[Mapping[str, Any]], requests: int) -> Takes:
    """What so many requests take, by some of their inputs. Counts tokens, as `takes` does."""
    from genai_tui.answering.render import render

    counted = []
    for inputs in rows[:LOOKED_AT]:
        try:
            messages = render(subject.prompt, inputs, project.examples_for(subject.prompt, inputs))
        except UsageFault:  # this row will fail, and take nothing
            continue
        counted.append(tokens.count_messages(messages, subject.model_id).tokens)
    into = round(sum(counted) / len(counted) * requests) if counted else 0
    most = stated_limit(subject.prompt.parameters)
    out = most if most is not None else current_scope(project.reader).output_tokens
    price = prices.price_per_million(subject.endpoint, subject.model_id)
    return Takes(requests, into, None if out is None else out * requests, most is not None, price)


def check_limits(found: list[Takes], max_usd: float | None, max_tokens: int | None) -> None:
    """Raises BudgetFault where what is sent alone passes a limit already: then nothing is asked at all."""
    usd = sum(one.input_usd or 0.0 for one in found)
    into = sum(one.input_tokens for one in found)
    do = "Raise the limit, or ask fewer rows: --limit N"
    if max_usd is not None and usd > max_usd:
        raise BudgetFault(f"The limit of ${max_usd:,.6g} would be passed.", f"What is sent takes ${usd:,.4g}.", do)
    if max_tokens is not None and into > max_tokens:
        raise BudgetFault(f"The limit of {max_tokens:,} tokens would be passed.", f"What is sent has {into:,}.", do)
