"""A training as it goes on: what is measured at each step, what is kept, and what ends it."""

import math
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genai_tui.errors import GenaiError
from genai_tui.stages.finetune.checkpoints import BEST, FOLDER, close_checkpoint, drop_old, progress_of
from genai_tui.stages.finetune.filling import Filled
from genai_tui.stages.finetune.losses import answer_loss, kept_loss
from genai_tui.stages.finetune.rows import Encoded
from genai_tui.stages.finetune.scored import Scored
from genai_tui.stages.finetune.settings import Settings, called
from genai_tui.stages.finetune.sharding import gathered, local
from genai_tui.stages.finetune.together import Ranks
from genai_tui.stages.finetune.usage import Usage

if TYPE_CHECKING:
    from genai_tui.jobs.contract import Report, Stop

CHECKPOINT_S = 120.0  # trainings that are shorter keep one when they are interrupted
TOKENIZER_FILES = (
    "tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab.*", "merges.txt", "*.model", "chat_template*",
)  # fmt: skip
SAME = 1e-3  # how far the loss of the file that was kept may lie from that of the model it was written from


@dataclass(frozen=True)
class Trained:
    """What a training gave: the folder of its adapter or weights, losses a token of the answers, steps.

    `train_loss` is the mean of the last tenth of its steps, `first_dev_loss` the parent's. `dev_score` is that of the
    scorer that chose what was kept, None where the loss did.
    """

    folder: Path
    steps: int
    best_step: int
    train_loss: float
    dev_loss: float | None
    first_dev_loss: float | None
    trainable: int
    ended_early: bool
    dev_score: float | None = None


class Watch:
    """Told by the trainer of every step; `watching` makes it one of its callbacks."""

    trainer: Any = None
    stopped = False

    def __init__(
        self, settings: Settings, steps: int, dev: Sequence[Encoded], report: "Report", stop: "Stop", ranks: Ranks,
        scored: Scored | None,
    ) -> None:  # fmt: skip
        self.scored = scored
        self.settings, self.steps, self.dev, self.report, self.stop = settings, steps, dev, report, stop
        self.ranks, self.sharded = ranks, bool(settings.shard) and ranks.count > 1
        self.every = max(1, round(steps / settings.evaluations))
        self.progress: dict[str, Any] = {
            "losses": [], "points": [], "best_loss": None, "best_step": 0, "worse": 0, "first": None,
        }  # fmt: skip
        self.saved = time.monotonic()
        self.began = time.monotonic()
        self.ended_early = False
        self.first_step = 0
        self.usage = Usage()
        self.tokenizer: dict[str, bytes] = {}

    def take_up(self, checkpoint: Path | None) -> None:
        """Go on from a checkpoint, or begin."""
        if self.ranks.first:
            shutil.rmtree(self.report.folder / f"{BEST}.new", ignore_errors=True)
            self.tokenizer = _files_of_tokenizer(Path(self.trainer.processing_class.name_or_path))
        if checkpoint is None:
            self.report.back_to(-1)
            return
        self.progress = progress_of(checkpoint)
        self.first_step = int(checkpoint.name.rpartition("-")[2])
        self.report.back_to(self.first_step)
        for step, measured in self.progress.setdefault("points", []):  # it may have died before they were stored
            self.report.progress(step, self.steps, measured, step)
        self.report.note(f"It goes on from step {self.first_step}.")

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """See that memory suffices, and measure the parent."""
        if not self.sharded:  # there each holds a part of what is computed, and its gradients are shared at once
            self._try_longest()
        if self.dev and self.first_step == 0:
            self._measure(0)

    def on_pre_optimizer_step(self, args: Any, state: Any, control: Any, model: Any, **_: Any) -> None:
        """End it before a gradient that is no number spoils the weights."""
        gradients = [each.grad for each in model.parameters() if each.requires_grad and each.grad is not None]
        squares = sum(float((local(each).float() ** 2).sum()) for each in gradients)
        norm = math.sqrt(sum(self.ranks.gather(squares)) if self.sharded else squares)
        if not math.isfinite(norm) or norm == 0.0:
            what = "is 0" if norm == 0.0 else "is no number"
            raise self._astray(f"The gradient {what} at step {state.global_step + 1}; it was ended before that harmed.")

    def on_log(self, args: Any, state: Any, control: Any, logs: Mapping[str, Any], **_: Any) -> None:
        """Report loss, rate, gradient and the seconds that are left."""
        if "loss" not in logs:
            return
        step, loss = state.global_step, float(logs["loss"])
        if not math.isfinite(loss):
            raise self._astray(f"The loss is no number at step {step}.")
        self.progress["losses"].append(loss)
        measured = {"loss/train": loss, "rate": logs.get("learning_rate"), "gradient": logs.get("grad_norm")}
        self.progress["points"].append([step, measured])
        done = step - self.first_step
        left = (self.steps - step) * (time.monotonic() - self.began) / max(done, 1)
        self.report.progress(step, self.steps, measured | self.usage.of(logs.get("num_tokens")), step)
        self.report.progress(step, self.steps, {"left_s": left})

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
        """Measure dev now and then; say when to keep a checkpoint and when to end."""
        step = state.global_step
        if not self.report.folder.is_dir():  # else it would be made anew where it was
            raise GenaiError(
                "The project was moved or removed while it worked.",
                f"{self.report.folder} is gone.",
                "Resume the job where the project is now.",
            )
        if step == (2 if self.settings.warmup_steps else 1):
            self._look_at_adapter()
        if self.dev and (step % self.every == 0 or step == self.steps):
            self._measure(step)
            if self.settings.patience and self.progress["worse"] >= self.settings.patience:
                self.ended_early = control.should_training_stop = True
        # asked of all at once: one that stops or writes alone would wait for the others for ever
        told = self.ranks.gather((bool(self.stop.asked), time.monotonic() - self.saved > CHECKPOINT_S))
        if any(asked for asked, _ in told) and step < self.steps and not self.ended_early:
            self.stopped = control.should_training_stop = True
        due = told[0][1]
        control.should_save = (due and step < self.steps and not self.ended_early) or self.stopped
        return control

    def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Make the checkpoint that was written complete, once all have written their part."""
        self.ranks.gather(None)
        self.saved = time.monotonic()
        if not self.ranks.first:
            return
        folder = self.report.folder / FOLDER / f"checkpoint-{state.global_step}"
        with suppress(FileNotFoundError):
            (folder / "training_args.bin").unlink()  # pickled, and read by nobody
        close_checkpoint(folder, self.progress)
        self.report.checkpoint(str(folder.relative_to(self.report.folder)))
        drop_old(self.report.folder)

    def _astray(self, what: str) -> GenaiError:
        return GenaiError(
            what,
            f"The {called('rate')} of {self.settings.rate:g} is too high, or a row teaches nothing.",
            "Start a new one with a lower rate, or look at the rows: resumed, it would come to the same.",
        )

    def _try_longest(self) -> None:
        """Learn from the longest rows, and forget it: memory that does not suffice shows now, not hours later."""
        import torch

        trainer, model = self.trainer, self.trainer.model
        rows = trainer.train_dataset
        rows = rows.rows if isinstance(rows, Filled) else rows
        sizes = [len(ids) for ids in rows["input_ids"]]
        longest = sorted(range(len(sizes)), key=sizes.__getitem__)[-self.settings.batch :]
        inputs = trainer._prepare_inputs(trainer.data_collator([rows[place] for place in longest]))
        training = model.training
        model.train()
        with torch.random.fork_rng():  # what is random afterwards is as if this had not been
            trainer.compute_loss(model, inputs).backward()  # as steps do: the model alone would build all logits
        model.zero_grad()
        model.train(training)

    def _look_at_adapter(self) -> None:
        """After the first step with a rate every second matrix of LoRA has moved, or it never will."""
        named = self.trainer.model.named_parameters()
        still = {name for name, each in named if "lora_B" in name and not bool(local(each).any())}
        if everywhere := set.intersection(*self.ranks.gather(still)):
            raise GenaiError("Parts of the adapter get no gradient.", f"{min(everywhere)} has not moved.")

    def _measure(self, step: int) -> None:
        model = self.trainer.model
        pad = self.trainer.processing_class.pad_token_id
        loss = answer_loss(model, self.dev, self.settings.batch, pad, self.ranks)
        measured, score = {"loss/dev": loss}, None
        if self.scored is not None:
            tokenizer, batch = self.trainer.processing_class, self.settings.batch
            measured["score/dev"] = score = self.scored.value(model, tokenizer, batch, self.ranks, sharded=self.sharded)
        self.progress["points"].append([step, measured])
        self.report.progress(step, self.steps, measured, step)
        if step == 0:
            self.progress["first"] = loss
            return
        if self._better(loss, score):
            self.progress |= {"best_loss": loss, "best_score": score, "best_step": step, "worse": 0}
            self._keep(self.report.folder / BEST)
        else:
            self.progress["worse"] += 1

    def _better(self, loss: float, score: float | None) -> bool:
        """Whether this is better than the best before: by the scorer, where one chooses, and of equals by the loss."""
        best, before = self.progress["best_loss"], self.progress.get("best_score")
        if best is None or score is None or before is None or score == before:
            return best is None or loss < best
        return (score < before) is (self.scored is not None and self.scored.less_is_better)

    def _keep(self, folder: Path) -> None:
        model = self.trainer.model
        whole = gathered(model, trained_alone=self.settings.method != "full") if self.sharded else None
        if not self.ranks.first:
            return
        building = folder.with_name(f"{folder.name}.new")
        model.save_pretrained(building, state_dict=whole)
        for name, content in self.tokenizer.items():
            (building / name).write_bytes(content)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(building, folder)

    def trained(self, trainable: int) -> Trained:
        """What came of it; without dev the last weights are kept."""
        folder, progress = self.report.folder / BEST, self.progress
        step = self.trainer.state.global_step
        if not self.dev:
            self._keep(folder)
            progress["best_step"] = step
        self._compare_kept(folder)
        losses = progress["losses"]
        last = losses[-max(1, len(losses) // 10) :]
        return Trained(
            folder,
            step,
            progress["best_step"],
            sum(last) / len(last),
            progress["best_loss"],
            progress["first"],
            trainable,
            self.ended_early,
            progress.get("best_score"),
        )

    def _compare_kept(self, folder: Path) -> None:
        """What was kept must be what was measured: it is read again and measured again."""
        pad = self.trainer.processing_class.pad_token_id
        self.ranks.gather(None)
        loss = kept_loss(self.trainer.model, folder, self.dev, self.settings, pad, self.ranks)
        if loss is not None and abs(loss - self.progress["best_loss"]) > SAME:
            raise GenaiError(
                "The adapter that was kept is not the one that was measured.",
                f"Its dev loss is {loss:.4f}, not {self.progress['best_loss']:.4f}.",
            )


def _files_of_tokenizer(folder: Path) -> dict[str, bytes]:
    """The parent's tokenizer and template, laid beside what is trained byte for byte: written anew they differ."""
    files = {path for pattern in TOKENIZER_FILES for path in folder.glob(pattern) if path.is_file()}
    return {path.name: path.read_bytes() for path in files}


def watching(
    settings: Settings, steps: int, dev: Sequence[Encoded], report: "Report", stop: "Stop", ranks: Ranks,
    scored: Scored | None,
) -> Any:  # fmt: skip
    """A watch that is a callback of transformers, which is imported here."""
    from transformers import TrainerCallback

    return type("Watching", (Watch, TrainerCallback), {})(settings, steps, dev, report, stop, ranks, scored)
