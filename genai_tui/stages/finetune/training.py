"""Training itself: rows of tokens, a folder of weights, and what comes of them, through transformers, peft and trl.

It runs in a thread of a job's process, or in each of several processes. What it needs from torch is imported here
alone, when it begins.
"""

import logging
import math
import os
import shutil
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.stages.finetune.checkpoints import FOLDER, last_checkpoint
from genai_tui.stages.finetune.filling import Filled, Order
from genai_tui.stages.finetune.loading import adapter_of, load_model
from genai_tui.stages.finetune.rows import Encoded
from genai_tui.stages.finetune.settings import Settings, check_steps
from genai_tui.stages.finetune.sharding import begin_sharding, sharded_arguments
from genai_tui.stages.finetune.together import ALONE, PATIENCE, Ranks
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
    return max(1, math.ceil(settings.epochs * math.ceil(rows / settings.together)))


def be_quiet() -> None:
    """Let the libraries ask no host and print no bars; before they are imported."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    warnings.simplefilter("ignore", FutureWarning)  # what trl says of its own use of transformers
    logging.getLogger("bitsandbytes").setLevel(logging.ERROR)  # that it has no faster way on this processor


def train(
    folder: Path,
    rows: Sequence[Encoded],
    dev: Sequence[Encoded],
    settings: Settings,
    report: "Report",
    stop: "Stop",
    ranks: Ranks = ALONE,
) -> Trained | None:
    """Train the model in the transformers folder `folder`; None where it was asked to stop before its end.

    It goes on from the last complete checkpoint in the job's folder, with the same steps after it as if nothing had
    been. Where several `ranks` train, each calls this with the same rows and settings. Raises MissingPiece without the
    extra `train`, GenaiError for a loss or gradient that is no number, for a target that no module has, for memory
    that ran out.
    """
    _check_extra()
    steps = steps_of(settings, len(rows))
    check_steps(settings, steps)
    checkpoint = ranks.of_first(lambda: last_checkpoint(report.folder))
    watch = watching(settings, steps, dev, report, stop, ranks)
    with _said_plainly(report.folder):
        trainer = _trainer(folder, rows, settings, steps, report.folder, watch, ranks)
        watch.take_up(checkpoint)
        trainable = _trainable(trainer, settings)
        report.note(f"{len(rows):,} rows, {steps:,} steps, {trainable:,} parameters are trained.")
        trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
        return None if watch.stopped else cast(Trained, watch.trained(trainable))


def _check_extra() -> None:
    be_quiet()
    try:
        for name in ("torch", "datasets", "transformers", "peft", "trl"):
            import_module(name)
    except ModuleNotFoundError as missing:
        raise needs_extra() from missing


def _trainer(
    folder: Path, rows: Sequence[Encoded], settings: Settings, steps: int, job_folder: Path, watch: Any, ranks: Ranks
) -> Any:
    """The model, its rows and how it is trained, put together."""
    import torch
    from datasets import Dataset
    from transformers import AutoTokenizer, PrinterCallback, set_seed
    from trl import SFTTrainer

    if settings.threads:
        torch.set_num_threads(settings.threads)
    set_seed(settings.seed)
    arguments = _arguments(settings, steps, job_folder / FOLDER, ranks)
    model = load_model(folder, settings)
    trainer = SFTTrainer(
        model=model,
        args=arguments,
        train_dataset=Dataset.from_list([{"input_ids": row.input_ids, "labels": row.labels} for row in rows]),
        processing_class=AutoTokenizer.from_pretrained(folder),
        peft_config=adapter_of(settings, model),
        callbacks=[watch],
    )
    trainer.remove_callback(PrinterCallback)
    for each in trainer.model.parameters():
        if each.requires_grad and each.dtype != torch.float32:  # trl's for 4 bits: bf16 would swallow small updates
            each.data = each.data.float()
    if ranks.count > 1:  # after packing, which makes rows of its own
        filled = Filled(trainer.train_dataset, settings.batch * ranks.count)
        trainer.train_dataset, trainer._get_train_sampler = filled, lambda _=None: Order(filled, settings.seed)
    watch.trainer = trainer
    return trainer


def _arguments(settings: Settings, steps: int, checkpoints: Path, ranks: Ranks) -> Any:
    """The settings in trl's words. Nothing is logged anywhere, nothing written but when the watch says so."""
    import torch
    from trl import SFTConfig

    cuda = torch.cuda.is_available()
    sharded = settings.shard and ranks.count > 1
    spread = (
        sharded_arguments(settings.checkpointing) if sharded else {"gradient_checkpointing": settings.checkpointing}
    )
    arguments = SFTConfig(
        output_dir=str(checkpoints),
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
        packing=settings.packing,
        max_length=settings.max_tokens,
        dataset_kwargs={"skip_prepare_dataset": not settings.packing},
        average_tokens_across_devices=True,
        ddp_backend=("nccl" if cuda else "gloo") if ranks.count > 1 else None,
        ddp_find_unused_parameters=False,
        ddp_timeout=int(PATIENCE.total_seconds()),
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
        **spread,
    )
    if sharded:
        begin_sharding()
    # where a machine has more GPUs than are asked for, one process would spread its batch over all of them
    arguments._n_gpu = min(arguments.n_gpu, 1)
    return arguments


def _trainable(trainer: Any, settings: Settings) -> int:
    """How many parameters are trained. Raises UsageFault where there are none."""
    trainable: int = sum(each.numel() for each in trainer.model.parameters() if each.requires_grad)
    if trainable == 0:
        raise UsageFault("Nothing would be trained.", f"No module is called {', '.join(settings.targets)}.")
    return trainable


@contextmanager
def _said_plainly(folder: Path) -> Iterator[None]:
    """Memory that ran out and a full disk, as errors that say what to do."""
    import torch

    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise GenaiError(
            "Memory ran out in training.",
            str(error).splitlines()[0][:200],
            "Set a smaller batch and accumulate more, or checkpointing = true, or a shorter max_tokens.",
        ) from error
    except RuntimeError as error:
        # of a full disk torch says only that a position is unexpected; the free space tells the reason
        free = shutil.disk_usage(folder).free
        if "unexpected pos" not in str(error) and free >= 1 << 20:
            raise
        raise GenaiError(
            "A checkpoint could not be written: the disk is full.",
            f"{free / 1e6:.0f} MB are free in {folder}.",
            "Make room, and resume the job: it goes on from the checkpoint before.",
        ) from error
