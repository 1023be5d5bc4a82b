"""Whether what is served is what was trained: log-probabilities of the next token, here and from the server.

The first tokens agree with nearly every mistake there is (an adapter not loaded, rows permuted wrongly, another scale),
so answers prove nothing; distances do. The parent alone, asked of both, tells how far the same weights lie apart there
(quantised ones further): the adapter must not be further, and must change the server as it changed training.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from genai_tui.errors import CheckNotMet, NoAnswer
from genai_tui.records.endpoints import ServedModel
from genai_tui.stages.finetune.rows import Row

MEAN, WORST = 0.006, 0.02  # nats: right adapters came to 0.004 and 0.014, one that lacked a layer to 0.008 and 0.027
FURTHER = 2.0  # times as far apart as the parent is, where that is more
UNLIKE = 0.2  # how much more or less the server may be changed than training was, a fraction
CANNOT_TELL = 3.0  # an effect below so many times the distance of the parent says nothing
TOP = 20
LEAST = 4  # prompts of which the server says something: of a token that is part of a character it says nothing
PARTS = (1.0, 0.6, 0.3)  # of a prompt: the token after each is compared
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
        return cls.of_model(PeftModel.from_pretrained(base, adapter).eval(), tokenizer, rows)

    @classmethod
    def of_model(cls, model: Any, tokenizer: Any, rows: Sequence[Row]) -> "Expectations":
        """Ask a model that is loaded, with its adapter and without; one that has none is its own parent."""
        import torch

        found = []
        with torch.no_grad():
            for row in rows:
                text = tokenizer.apply_chat_template(row.messages, add_generation_prompt=True, tokenize=False)
                whole = tokenizer(text, add_special_tokens=False)["input_ids"]
                for part in PARTS:
                    ids = tuple(whole[: max(1, round(part * len(whole)))])
                    trained = parent = _last(model, ids)
                    if hasattr(model, "disable_adapter"):
                        with model.disable_adapter():
                            parent = _last(model, ids)
                    found.append(Expectation(ids, trained, parent))
        return cls(tuple(found))


class Agreement(NamedTuple):
    """How far the server lies from training, in nats over the most likely tokens of each prompt.

    `mean` and `worst` with the adapter, `noise` and `worst_noise` of the parent alone; `effect` and `trained_effect`
    are what the adapter changes on the server and in training.
    """

    mean: float
    worst: float
    noise: float
    worst_noise: float
    effect: float
    trained_effect: float
    prompts: int

    @property
    def sentence(self) -> str:
        """It, in a sentence."""
        return (
            f"Served as trained: log-probabilities of {self.prompts} prompts differ by {self.mean:.1g} on the mean, "
            f"{self.worst:.1g} at most (the parent's by {self.noise:.1g}); the adapter changes them by "
            f"{self.effect:.2g}, in training by {self.trained_effect:.2g}."
        )


async def agreement(expected: Expectations, served: ServedModel, notice: Callable[[str], None]) -> Agreement:
    """Ask an embedded server of `served` for the same. Raises NoAnswer where it does not say."""
    scales = [{"lora": [{"id": 0, "scale": scale}]} for scale in (1.0, 0.0)]
    tuned, parent = await _asked(expected, served, scales, notice)
    return Agreement(
        mean=_mean(each.said - each.trained for each in tuned),
        worst=max(abs(each.said - each.trained) for each in tuned),
        noise=_mean(each.said - each.parent for each in parent),
        worst_noise=max(abs(each.said - each.parent) for each in parent),
        effect=_mean(each.said - each.parent for each in tuned),
        trained_effect=_mean(each.trained - each.parent for each in tuned),
        prompts=len(expected.prompts),
    )


class Merged(NamedTuple):
    """How far a server of merged weights lies from training, in nats over the most likely tokens of each prompt."""

    mean: float
    worst: float
    prompts: int

    @property
    def sentence(self) -> str:
        """It, in a sentence."""
        return (
            f"Served as trained: log-probabilities of {self.prompts} prompts differ by {self.mean:.1g} on the mean, "
            f"{self.worst:.1g} at most."
        )


async def merged_agreement(expected: Expectations, served: ServedModel, notice: Callable[[str], None]) -> Merged:
    """Ask an embedded server of merged weights for the same. Raises NoAnswer, CheckNotMet where it says otherwise."""
    [said] = await _asked(expected, served, [{}], notice)
    distances = [abs(each.said - each.trained) for each in said]
    found = Merged(sum(distances) / len(distances), max(distances), len(expected.prompts))
    if found.mean > MEAN or found.worst > WORST:
        raise CheckNotMet(
            "What would be served is not what was trained.",
            f"Log-probabilities differ by {found.mean:.3g} on the mean and {found.worst:.3g} at most.",
            "The merged file is not made a model. Serve the adapter, and tell us of it.",
        )
    return found


async def _asked(
    expected: Expectations, served: ServedModel, ways: Sequence[Mapping[str, Any]], notice: Callable[[str], None]
) -> "list[list[_Compared]]":
    """What the server says after each prompt, in each way of asking (more keys of the body). Raises NoAnswer."""
    import aiohttp

    from genai_tui.inference.embedded.lease import lease

    found: list[list[_Compared]] = [[] for _ in ways]
    async with lease(served, notice=notice) as held:
        reach = await held.access()
        head = {"Authorization": f"Bearer {reach.key}"}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        async with aiohttp.ClientSession(headers=head, timeout=timeout) as session:
            for one in expected.prompts:
                for way, into in zip(ways, found, strict=True):
                    body = {
                        "prompt": list(one.input_ids), "n_predict": 1, "n_probs": TOP, "temperature": 0,
                        "cache_prompt": False, **way,
                    }  # fmt: skip
                    async with session.post(f"{reach.url.removesuffix('/v1')}/completion", json=body) as answer:
                        said = await answer.json()
                    into += [_Compared(logprob, one, number) for number, logprob in _top(said)]
    if min(map(len, found)) < LEAST * TOP:
        raise NoAnswer("The server does not say its log-probabilities.", f"It says {len(found[0])} of {served.name}.")
    return found


class _Compared:
    """What the server says of a token after a prompt, and what training says of it, tuned and of the parent."""

    def __init__(self, said: float, expected: Expectation, number: int) -> None:
        self.said = said
        self.trained, self.parent = float(expected.trained[number]), float(expected.parent[number])


def _mean(values: Iterable[float]) -> float:
    distances = [abs(value) for value in values]
    return sum(distances) / len(distances)


def check_agreement(found: Agreement) -> None:
    """Raises CheckNotMet where what is served is not what was trained, or where that cannot be told."""
    if found.effect < CANNOT_TELL * max(found.noise, MEAN / FURTHER) and found.trained_effect < CANNOT_TELL * MEAN:
        raise CheckNotMet(
            "It cannot be told whether the adapter is served.",
            f"It changes its parent by {found.trained_effect:.2g} nats only.",
            "Train it longer, or at a higher rate.",
        )
    apart = found.mean > max(MEAN, FURTHER * found.noise) or found.worst > max(WORST, FURTHER * found.worst_noise)
    if apart or abs(found.effect / found.trained_effect - 1) > UNLIKE:
        raise CheckNotMet(
            "What is served is not what was trained.",
            f"Log-probabilities differ by {found.mean:.3g} on the mean and {found.worst:.3g} at most, the parent's by "
            f"{found.noise:.3g} and {found.worst_noise:.3g}; the adapter changes the server by {found.effect:.3g}, "
            f"training by {found.trained_effect:.3g}.",
            "The adapter is kept; it was not made a model. Tell us of it, with the job's log.",
        )


def _last(model: Any, ids: Sequence[int]) -> Any:
    import torch

    device = next(model.parameters()).device
    return torch.log_softmax(model(torch.tensor([list(ids)], device=device)).logits[0, -1].double(), -1).cpu()


def _top(said: Any) -> list[tuple[int, float]]:
    """The likeliest tokens by the server; none where it says none."""
    told = said.get("completion_probabilities") if isinstance(said, dict) else None
    return [(int(one["id"]), float(one["logprob"])) for one in told[0]["top_logprobs"]] if told else []
