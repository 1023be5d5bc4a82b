"""Training itself: rows of tokens, a folder of weights, and what comes of them, through transformers, peft and trl.

It runs in a thread of a job's process, or in each of several processes. What it needs from torch is imported here
alone, when it begins.
"""

import logging
import math
import os
import warnings
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.stages.finetune.checkpoints import FOLDER, last_checkpoint
from genai_tui.stages.finetune.ending import said_plainly
from genai_tui.stages.finetune.filling import Filled, Order
from genai_tui.stages.finetune.loading import adapter_of, load_model
from genai_tui.stages.finetune.rows import Encoded
from genai_tui.stages.finetune.scored import LOSS, Scored
from genai_tui.stages.finetune.settings import Settings, check_steps
from genai_tui.stages.finetune.sharding import begin_sharding, sharded_arguments
from genai_tui.stages.finetune.together import ALONE, PATIENCE, Ranks
from genai_tui.stages.finetune.watching import Trained, watching
from genai_tui.stages.finetune.weights.unpacking import needs_extra

if TYPE_CHECKING:
    from genai_tui.jobs.contract import Report, Stop
    from genai_tui.records.datasets import Example

QUIET = {
    "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1", "TRANSFORMERS_VERBOSITY": "error",
    "TOKENIZERS_PARALLELISM": "false", "WANDB_DISABLED": "true", "OMP_WAIT_POLICY": "PASSIVE",
}  # fmt: skip


def steps_of(settings: Settings, rows: int) -> int:
    """Updates of the weights: as they are set, or as epochs over so many rows (packed: packs of them) make them."""
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
    examples: "Sequence[Example]" = (),
    ranks: Ranks = ALONE,
) -> Trained | None:
    """Train the model in the transformers folder `folder`; None where it was asked to stop before its end.

    It goes on from the last complete checkpoint in the job's folder, with the same steps after it as if nothing had
    been. `examples` are those of dev, where a scorer chooses the best. Where several `ranks` train, each calls this
    with the same rows and settings. Raises MissingPiece without the extra `train`, GenaiError for a loss or gradient
    that is no number, for a target that no module has, for memory that ran out.
    """
    _check_extra()
    dataset = _dataset(rows, settings)
    steps = steps_of(settings, len(dataset))
    check_steps(settings, steps)
    checkpoint = ranks.of_first(lambda: last_checkpoint(report.folder))
    scored = Scored(settings.best_by, dev, examples) if settings.best_by != LOSS else None
    watch = watching(settings, steps, dev, report, stop, ranks, scored)
    with said_plainly(report.folder):
        trainer = _trainer(folder, dataset, settings, steps, report.folder, watch, ranks)
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


def _dataset(rows: Sequence[Encoded], settings: Settings) -> Any:
    """The rows as the trainer takes them; packed, several make one of at most `max_tokens`, and none sees another."""
    from datasets import Dataset
    from trl import pack_dataset

    found = Dataset.from_list([{"input_ids": row.input_ids, "labels": row.labels} for row in rows])
    return pack_dataset(found, settings.max_tokens, "bfd") if settings.packing else found


def _trainer(
    folder: Path, dataset: Any, settings: Settings, steps: int, job_folder: Path, watch: Any, ranks: Ranks
) -> Any:
    """The model, its rows and how it is trained, put together."""
    import torch
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
        train_dataset=dataset,
        processing_class=AutoTokenizer.from_pretrained(folder),
        peft_config=adapter_of(settings, model),
        callbacks=[watch],
    )
    if settings.shard and ranks.count > 1 and not trainer.is_fsdp_enabled:  # accelerate falls back in silence
        raise GenaiError("The weights would not be sharded.", "Each device would hold all of them.", "Leave shard out.")
    trainer.remove_callback(PrinterCallback)
    for each in trainer.model.parameters():
        if each.requires_grad and each.dtype != torch.float32:  # trl's for 4 bits: bf16 would swallow small updates
            each.data = each.data.float()
    if ranks.count > 1:
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
        dataset_kwargs={"skip_prepare_dataset": True},
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
