"""The loss a token of the answers: the same whatever batches it is computed in, unlike the trainer's own of dev."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from genai_tui.errors import GenaiError
from genai_tui.stages.finetune.rows import IGNORED, Encoded
from genai_tui.stages.finetune.settings import Settings
from genai_tui.stages.finetune.sharding import put_into
from genai_tui.stages.finetune.together import ALONE, Ranks


def answer_loss(model: Any, rows: Sequence[Encoded], batch: int, pad: int, ranks: Ranks = ALONE) -> float:
    """The loss a token of the answers: their sum over all rows by their number, whatever the batches are.

    Where several `ranks` train, each computes its share of the rows, and all get the same.
    """
    sums = ranks.gather(_answer_sums(model, ranks.share(rows), batch, pad))
    return sum(total for total, _ in sums) / sum(count for _, count in sums)


def _answer_sums(model: Any, rows: Sequence[Encoded], batch: int, pad: int) -> tuple[float, int]:
    import torch

    device = next(model.parameters()).device
    training = model.training
    model.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for start in range(0, len(rows), batch):
            ids, mask, labels = _padded(rows[start : start + batch], pad, device)
            logits = model(input_ids=ids, attention_mask=mask).logits
            logits = logits[:, -labels.shape[1] :]  # virtual tokens stand before
            loss = torch.nn.functional.cross_entropy(
                logits[:, :-1].reshape(-1, logits.shape[-1]).float(), labels[:, 1:].reshape(-1), reduction="sum"
            )
            total += float(loss)
            count += int((labels[:, 1:] != IGNORED).sum())
    if training:
        model.train()
    return total, count


def _padded(rows: Sequence[Encoded], pad: int, device: Any) -> tuple[Any, Any, Any]:
    import torch

    longest = max(len(row.input_ids) for row in rows)
    ids = torch.full((len(rows), longest), pad)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, IGNORED)
    for place, row in enumerate(rows):
        size = len(row.input_ids)
        ids[place, :size] = torch.tensor(row.input_ids)
        labels[place, :size] = torch.tensor(row.labels)
        mask[place, :size] = 1
    return ids.to(device), mask.to(device), labels.to(device)


def kept_loss(
    model: Any, folder: Path, dev: Sequence[Encoded], settings: Settings, pad: int, ranks: Ranks = ALONE
) -> float | None:
    """The dev loss with the adapter of `folder` put into the model it was trained on; None for whole weights.

    None also without dev. Raises GenaiError where a matrix is missing, or one is left over.
    """
    if settings.method not in ("lora", "qlora"):
        return None
    from peft import set_peft_model_state_dict
    from safetensors.torch import load_file

    kept = load_file(folder / "adapter_model.safetensors")
    if settings.shard and ranks.count > 1:
        _put_adapter(model, kept)
    else:
        found = set_peft_model_state_dict(model, kept)
        if found.unexpected_keys or any("lora_" in name for name in found.missing_keys):
            raise GenaiError("The adapter that was kept does not fit its model.", f"{list(found.unexpected_keys)[:1]}")
    return answer_loss(model, dev, settings.batch, pad, ranks) if dev else None


def _put_adapter(model: Any, kept: Mapping[str, Any]) -> None:
    """Put an adapter into a model whose weights are sharded; each matrix must be there, whole."""
    ours = {name.replace(".weight", f".{model.active_adapter}.weight"): each for name, each in kept.items()}
    shapes = {name: each.shape for name, each in model.named_parameters() if "lora_" in name}
    if odd := sorted(name for name in {*ours, *shapes} if name not in ours or ours[name].shape != shapes.get(name)):
        raise GenaiError("The adapter that was kept does not fit its model.", odd[0])
    put_into(model, ours)
