"""Training itself: rows of tokens, a folder of weights, and what comes of them, through transformers, peft and trl.

It runs in a thread of a job's process. What it needs from torch is imported here alone, when it begins.
"""

import math
import os
import shutil
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.stages.finetune.checkpoints import FOLDER, last_checkpoint
from genai_tui.stages.finetune.rows import Encoded
from genai_tui.stages.finetune.settings import Settings, check_steps
from genai_tui.stages.finetune.watching import Trained, watching
from genai_tui.stages.finetune.weights.unpacking import needs_extra

if TYPE_CHECKING:
    from genai_tui.jobs.contract import Report, Stop

QUIET = {
    "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false", "WANDB_DISABLED": "true", "OMP_WAIT_POLICY": "PASSIVE",
}  # fmt: skip


def steps_of(settings: Settings, rows: int) -> int:
    """Updates of the weights: as they are set, or as epochs over so many rows make them."""
    if settings.steps is not None:
        return settings.steps
    return max(1, math.ceil(settings.epochs * math.ceil(rows / (settings.batch * settings.accumulate))))


def be_quiet() -> None:
    """Let the libraries ask no host and print no bars; before they are imported."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore", FutureWarning)  # what trl says of its own use of transformers


def train(
    folder: Path,
    rows: Sequence[Encoded],
    dev: Sequence[Encoded],
    settings: Settings,
    report: "Report",
    stop: "Stop",
) -> Trained | None:
    """Train the model in the transformers folder `folder`; None where it was asked to stop before its end.

    It goes on from the last complete checkpoint in the job's folder, with the same steps after it as if nothing had
    been. Raises MissingPiece without the extra `train`, GenaiError for a loss or gradient that is no number, for a
    target that no module has, for memory that ran out.
    """
    be_quiet()
    try:
        import torch
        from datasets import Dataset
        from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, set_seed
        from trl import SFTConfig, SFTTrainer
    except ModuleNotFoundError as missing:
        raise needs_extra() from missing

    if settings.threads:
        torch.set_num_threads(settings.threads)
    steps = steps_of(settings, len(rows))
    check_steps(settings, steps)
    set_seed(settings.seed)
    cuda = torch.cuda.is_available()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    model.config.use_cache = False
    checkpoint = last_checkpoint(report.folder)
    watch = watching(settings, steps, dev, report, stop)
    trainer = SFTTrainer(
        model=model,
        args=SFTConfig(
            output_dir=str(report.folder / FOLDER),
            max_steps=steps,
            per_device_train_batch_size=settings.batch,
            gradient_accumulation_steps=settings.accumulate,
            learning_rate=settings.rate,
            lr_scheduler_type=settings.schedule,
            warmup_steps=settings.warmup_steps,
            weight_decay=settings.weight_decay,
            max_grad_norm=settings.clip,
            optim="adamw_torch",
            seed=settings.seed,
            data_seed=settings.seed,
            bf16=settings.precision == "bf16",
            use_cpu=not cuda,
            gradient_checkpointing=settings.checkpointing,
            packing=settings.packing,
            max_length=settings.max_tokens,
            dataset_kwargs={"skip_prepare_dataset": not settings.packing},
            save_strategy="no",
            eval_strategy="no",
            logging_strategy="steps",
            logging_steps=1,
            logging_nan_inf_filter=False,
            logging_first_step=True,
            report_to="none",
            disable_tqdm=True,
            remove_unused_columns=False,
            dataloader_num_workers=0,
        ),
        train_dataset=Dataset.from_list([{"input_ids": row.input_ids, "labels": row.labels} for row in rows]),
        processing_class=tokenizer,
        peft_config=_adapter(settings, model),
        callbacks=[watch],
    )
    trainer.remove_callback(PrinterCallback)
    watch.trainer = trainer
    watch.take_up(checkpoint)
    trainable = sum(each.numel() for each in trainer.model.parameters() if each.requires_grad)
    if trainable == 0:
        raise UsageFault("Nothing would be trained.", f"No module is called {', '.join(settings.targets)}.")
    report.note(f"{len(rows):,} rows, {steps:,} steps, {trainable:,} parameters are trained.")
    try:
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise GenaiError(
            "Memory ran out in training.",
            str(error).splitlines()[0][:200],
            "Set a smaller batch and accumulate more, or checkpointing = true, or a shorter max_tokens.",
        ) from error
    except RuntimeError as error:
        raise _of_disk(error, report.folder) from error
    return None if watch.stopped else cast(Trained, watch.trained(trainable))


def _adapter(settings: Settings, model: Any) -> Any:
    from peft import LoraConfig, PromptTuningConfig, TaskType

    if settings.method == "full":
        return None
    if settings.method == "prompt":
        return PromptTuningConfig(task_type=TaskType.CAUSAL_LM, num_virtual_tokens=settings.virtual_tokens)
    if settings.targets != ("all-linear",):
        modules = {name.rpartition(".")[2] for name, _ in model.named_modules()}
        unknown = [target for target in settings.targets if target not in modules]
        if unknown:
            raise UsageFault(
                f"The model has no module {', '.join(unknown)}.",
                "A target that nothing matches would be left out in silence.",
                f"Its linear modules: {', '.join(sorted(_linear(model)))}.",
            )
    return LoraConfig(
        task_type=TaskType.CAUSAL_LM,
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules="all-linear" if settings.targets == ("all-linear",) else list(settings.targets),
    )


def _linear(model: Any) -> set[str]:
    import torch

    return {name.rpartition(".")[2] for name, each in model.named_modules() if isinstance(each, torch.nn.Linear)}


def _of_disk(error: RuntimeError, folder: Path) -> Exception:
    """Of a full disk torch says only that a position is unexpected; the free space tells the reason."""
    free = shutil.disk_usage(folder).free
    if "unexpected pos" in str(error) or free < 1 << 20:
        return GenaiError(
            "A checkpoint could not be written: the disk is full.",
            f"{free / 1e6:.0f} MB are free in {folder}.",
            "Make room, and resume the job: it goes on from the checkpoint before.",
        )
    return error
