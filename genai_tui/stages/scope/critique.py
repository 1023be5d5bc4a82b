"""A critique of the scope by a capable model: asked for, within the limits, the budget and the data rules, recorded."""

from typing import TYPE_CHECKING, Any, NamedTuple

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.records.generations import Generation
from genai_tui.records.prompts import Message, Prompt
from genai_tui.records.scopes import Scope
from genai_tui.stages.scope.markdown import export

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking
    from genai_tui.answering.outcome import Subject
    from genai_tui.project import Project
    from genai_tui.records.endpoints import Price

MOST_TOKENS = 1_500  # of the answer; models that think first need room for it
LIKE = "endpoint/model-id"
SYSTEM = (
    "You review the scope of an application that a language model shall do. Be concrete and brief, in plain text. "
    "Say in at most six short points: what makes it too wide and how to split it; what is missing or contradicts "
    "itself; whether metric and target fit the problem; which inputs will break it; which harm is not named. "
    "Begin with the point that matters most. Do not repeat the scope, do not praise."
)
# The scope stands in the text as it is: nothing in it is taken for a template.
TEMPLATE = "{{ scope }}"


class Critique(NamedTuple):
    """What the model said, and what it took; US dollars None where the price is unknown."""

    model: str
    text: str
    cost_usd: float | None
    generation: int

    def as_json(self) -> dict[str, Any]:
        """As `scope check --critique --json` prints it."""
        return self._asdict()


class Takes(NamedTuple):
    """What a critique takes: tokens in, tokens out at most, and the price of a million."""

    input_tokens: int
    output_tokens: int
    price: "Price | None"

    @property
    def usd(self) -> float | None:
        """US dollars at most; None where the price is unknown."""
        if self.price is None:
            return None
        into, out = self.price.input_usd_per_million, self.price.output_usd_per_million
        return (self.input_tokens * into + self.output_tokens * out) / 1e6


def subject_of(project: "Project", scope: Scope, model: str | None = None) -> "Subject":
    """Who is asked: `model`, else the one in use. Raises UsageFault where it is not capable, or may not be asked."""
    from genai_tui.answering.outcome import Subject
    from genai_tui.inference.data_rules import read_rules
    from genai_tui.project import DEFAULT_MODEL

    if not scope.problem and not scope.tasks:
        raise UsageFault("There is nothing to criticise yet.", "The scope has neither problem nor task types.")
    endpoint, model_id = project.model(model)
    if f"{endpoint.name}/{model_id}" == DEFAULT_MODEL:
        raise UsageFault(
            f"{DEFAULT_MODEL} is not capable of a critique.",
            "It has 135 million parameters: it would agree with anything. What the rules say stands without it.",
            f"Connect a capable model (genai-tui endpoint add) and name it: --model {LIKE}",
        )
    read_rules(scope.data_rules).check(endpoint)
    prompt = Prompt((Message("system", SYSTEM), Message("user", TEMPLATE)), parameters={"max_tokens": MOST_TOKENS})
    return Subject(endpoint, model_id, prompt)


def takes(subject: "Subject", scope: Scope) -> Takes:
    """What it takes. Counts tokens: call it in a thread where a loop runs."""
    from genai_tui.inference import prices, tokens

    messages = (Message("system", SYSTEM), Message("user", export(scope)))
    into = tokens.count_messages(messages, subject.model_id).tokens
    return Takes(into, MOST_TOKENS, prices.price_per_million(subject.endpoint, subject.model_id))


async def critique_of(subject: "Subject", scope: Scope, asking: "Asking") -> Critique:
    """Ask for it; it is recorded as a judge's answer. Raises GenaiError where there is none."""
    from genai_tui.answering.answer import Answering

    said: Generation | None = None
    async for item in Answering(subject, {"scope": export(scope)}, asking=asking, purpose="judge"):
        if isinstance(item, Generation):
            said = item
    assert said is not None
    if said.error is not None:
        error = GenaiError(said.error.what, said.error.why, said.error.do)
        error.exit_code = said.error.exit
        raise error
    return Critique(f"{subject.endpoint.name}/{subject.model_id}", said.text.strip(), said.cost_usd, said.id)
