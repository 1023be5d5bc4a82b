"""How good a model that is being trained is on dev by a scorer: it answers each row greedily, in its own process.

What is served answers the same but for near-ties; so this chooses among the states of one training, and a run says how
good the one that was kept is.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.records.generations import Generation, Moments
from genai_tui.stages.finetune.rows import IGNORED, Encoded
from genai_tui.stages.finetune.together import Ranks

if TYPE_CHECKING:
    from genai_tui.records.datasets import Example
    from genai_tui.stages.evaluate.scorers.base import Base

LOSS = "loss"  # what `best_by` is where no scorer chooses
MORE = 8  # tokens that an answer may be longer than the longest expected one


def check_scorer(name: str, dev: int) -> None:
    """Raises UsageFault where `name` is no scorer that judges by the answer's text alone, or there are no rows of dev.

    MissingPiece where its package is not installed.
    """
    if name == LOSS:
        return
    if not dev:
        raise UsageFault(
            f"best_by is {name}, and there are no rows of dev to score.", "", "Import dev, or leave it out."
        )
    _scorer(name)


class Scored:
    """The rows of dev with what is expected of them, and the scorer. Raises what `check_scorer` raises."""

    def __init__(self, name: str, dev: Sequence[Encoded], examples: Sequence["Example"]) -> None:
        check_scorer(name, len(dev))
        self.name, self._scorer, self._dev, self._examples = name, _scorer(name), dev, examples
        self._most = max(row.answer_tokens for row in dev) + MORE

    @property
    def less_is_better(self) -> bool:
        """Whether a smaller value is the better one."""
        return self._scorer.better == "lower"

    def value(self, model: Any, tokenizer: Any, batch: int, ranks: Ranks, *, sharded: bool) -> float:
        """The scorer's value of the answers to all rows; each of the `ranks` answers its share, all get the same."""
        mine = _answers(model, tokenizer, ranks.share(self._dev), batch, self._most, sharded)
        shares = ranks.gather(mine)
        texts = [shares[place % ranks.count][place // ranks.count] for place in range(len(self._dev))]
        found: float | None = asyncio.run(self._judged(texts)).value
        if found is None:
            raise GenaiError(
                f"{self.name} says nothing of the answers to dev.", "", "Leave best_by out, or choose another."
            )
        return found

    async def _judged(self, texts: Sequence[str]) -> Any:
        pairs = zip(texts, self._examples, strict=True)
        return self._scorer.combine(
            [await self._scorer.score(text, example, _generation(text), None) for text, example in pairs]
        )


def _scorer(name: str) -> "Base":
    from genai_tui.stages.evaluate.scorers import find_scorer
    from genai_tui.stages.evaluate.scorers.base import Base

    found = find_scorer(name)
    if not isinstance(found, Base) or type(found).score is not Base.score or found.better == "neither":
        raise UsageFault(
            f"{name} cannot choose the best of a training.", "It asks a model, or says not which way is better.",
            "Take one that judges the text of an answer: exact, json-valid, labels …",
        )  # fmt: skip
    return found


def _generation(text: str) -> Generation:
    return Generation("train", "", "", text, "stop", None, None, Moments(0.0))


def _answers(model: Any, tokenizer: Any, rows: Sequence[Encoded], batch: int, most: int, sharded: bool) -> list[str]:
    """The likeliest token after token, until the model ends its answer."""
    import torch

    device = next(model.parameters()).device
    training, found = model.training, list[str]()
    model.eval()
    with torch.no_grad():
        for start in range(0, len(rows), batch):
            prompts = [[i for i, label in zip(row.input_ids, row.labels, strict=True) if label == IGNORED]
                       for row in rows[start : start + batch]]  # fmt: skip
            longest = max(map(len, prompts))
            ids = torch.tensor([[tokenizer.pad_token_id] * (longest - len(each)) + each for each in prompts])
            mask = torch.tensor([[0] * (longest - len(each)) + [1] * len(each) for each in prompts])
            out = model.generate(
                input_ids=ids.to(device), attention_mask=mask.to(device), max_new_tokens=most, do_sample=False,
                use_cache=True, synced_gpus=sharded, eos_token_id=tokenizer.eos_token_id,
                pad_token_id=tokenizer.pad_token_id,
            )  # fmt: skip
            found += tokenizer.batch_decode(out[:, longest:], skip_special_tokens=True)
    model.train(training)
    return found
