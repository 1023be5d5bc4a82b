"""Whether what is served is what was trained: log-probabilities of the next token, here and from the server.

The first tokens agree with nearly every mistake there is (an adapter not loaded, rows permuted wrongly, another scale),
so answers prove nothing; distances do. The bounds are those that were tried: TRAINED is what right weights reach as
float16, and a served adapter must differ from its parent by what it differs in training.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from genai_tui.errors import CheckNotMet, NoAnswer
from genai_tui.records.endpoints import ServedModel
from genai_tui.stages.finetune.rows import Row

MEAN, WORST = 0.006, 0.02  # nats: right adapters came to 0.004 and 0.014, one that lacked a layer to 0.008 and 0.027
TOP = 20
CANNOT_TELL = 3.0  # an effect below so many times the bound says nothing
TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Expectation:
    """One prompt as tokens, with the log-probabilities of the token after it, trained and of the parent."""

    input_ids: tuple[int, ...]
    trained: Any
    parent: Any


@dataclass(frozen=True)
class Expectations:
    """What training says of some prompts."""

    prompts: tuple[Expectation, ...]

    @classmethod
    def of(cls, folder: Path, adapter: Path, rows: Sequence[Row]) -> "Expectations":
        """Ask the weights in `folder` with the adapter laid over, and without. Loads both: call it in a thread."""
        import torch
        from peft import PeftModel
        from transformers import AutoModelForCausalLM, AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder)
        base = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        model = PeftModel.from_pretrained(base, adapter).eval()
        found = []
        with torch.no_grad():
            for row in rows:
                text = tokenizer.apply_chat_template(row.messages, add_generation_prompt=True, tokenize=False)
                ids = tokenizer(text, add_special_tokens=False)["input_ids"]
                trained = _last(model, ids)
                with model.disable_adapter():
                    parent = _last(model, ids)
                found.append(Expectation(tuple(ids), trained, parent))
        return cls(tuple(found))


class Agreement(NamedTuple):
    """How far the server lies from training, in nats over the most likely tokens; `effect` how far from the parent."""

    mean: float
    worst: float
    effect: float
    prompts: int

    @property
    def sentence(self) -> str:
        """It, in a sentence."""
        return (
            f"Served as trained: log-probabilities of {self.prompts} prompts differ by {self.mean:.1g} on the mean, "
            f"{self.worst:.1g} at most; from the parent by {self.effect:.2g}."
        )


async def agreement(expected: Expectations, served: ServedModel, notice: Callable[[str], None]) -> Agreement:
    """Ask an embedded server of `served` for the same. Raises NoAnswer where it does not say."""
    import aiohttp

    from genai_tui.inference.embedded.lease import lease

    distances: list[float] = []
    effects: list[float] = []
    async with lease(served, notice=notice) as held:
        reach = await held.access()
        head = {"Authorization": f"Bearer {reach.key}"}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(headers=head, timeout=timeout) as session:
            for one in expected.prompts:
                body = {
                    "prompt": list(one.input_ids), "n_predict": 1, "n_probs": TOP, "temperature": 0,
                    "cache_prompt": False,
                }  # fmt: skip
                async with session.post(f"{reach.url.removesuffix('/v1')}/completion", json=body) as answer:
                    said = await answer.json()
                for number, logprob in _top(said):
                    distances.append(abs(logprob - float(one.trained[number])))
                    effects.append(abs(logprob - float(one.parent[number])))
    return Agreement(
        sum(distances) / len(distances), max(distances), sum(effects) / len(effects), len(expected.prompts)
    )


def check_agreement(found: Agreement) -> None:
    """Raises CheckNotMet where what is served is not what was trained, or where that cannot be told."""
    if found.mean > MEAN or found.worst > WORST:
        raise CheckNotMet(
            "What is served is not what was trained.",
            f"Log-probabilities differ by {found.mean:.3g} on the mean and {found.worst:.3g} at most, "
            f"where {MEAN:g} and {WORST:g} are the bounds.",
            "The adapter is kept; it was not made a model. Tell us of it, with the job's log.",
        )
    if found.effect < CANNOT_TELL * MEAN:
        raise CheckNotMet(
            "It cannot be told whether the adapter is served.",
            f"It changes the parent by {found.effect:.2g} only.",
            "Train it longer, or at a higher rate.",
        )


def _last(model: Any, ids: Sequence[int]) -> Any:
    import torch

    device = next(model.parameters()).device
    return torch.log_softmax(model(torch.tensor([list(ids)], device=device)).logits[0, -1].double(), -1).cpu()


def _top(said: Any) -> list[tuple[int, float]]:
    try:
        return [(int(one["id"]), float(one["logprob"])) for one in said["completion_probabilities"][0]["top_logprobs"]]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise NoAnswer("The server does not say its log-probabilities.", str(said)[:200]) from error
