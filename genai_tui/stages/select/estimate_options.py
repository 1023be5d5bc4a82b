"""What commands of `estimate` share: options of a model, of hardware, of a recipe; and what is meant without them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from genai_tui.errors import NoProject

if TYPE_CHECKING:
    from genai_tui.commands.frame import Frame
    from genai_tui.project import Project
    from genai_tui.records.cards import ModelCard
    from genai_tui.stages.select.estimating import Hardware

F = TypeVar("F", bound=Callable[..., Any])


def several(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Several options as one decorator, in the order they are listed."""

    def add(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return add


MODEL = several(
    click.option("--model", metavar="M", help="A model by name (default: the one in use)."),
    click.option("--config", metavar="FILE", help="A config.json, a folder with one, a GGUF or safetensors file."),
    click.option("--params", metavar="N", help="A model of that many parameters: 7e9, 7B, 135M."),
)
GPU = several(
    click.option("--gpu", metavar="NAME", help="An accelerator, as h100 or rtx 4090; cpu (default: what is here)."),
    click.option("--gpus", type=int, metavar="N", help="How many of them (default: 1, or all that are here)."),
)
SOURCES = click.option("--sources", is_flag=True, help="Say the source of every line.")
RECIPE = several(
    click.option("--optimizer", metavar="O", help="adamw, adamw-8bit, paged-adamw-8bit, adafactor, sgd …"),
    click.option("--lora-rank", type=int, metavar="R", help="Rank of the adapters (default: 16)."),
    click.option("--targets", metavar="T,…", help="Matrices that LoRA is laid beside (default: q,v)."),
    click.option("--checkpointing", is_flag=True, help="Activations are recomputed in the backward pass."),
    click.option("--no-flash", is_flag=True, help="Attention without flash kernels."),
    click.option("--shard", metavar="S", help="none, zero1, zero2, zero3 or fsdp."),
    click.option("--tensor", type=int, metavar="N", help="Tensor parallel over N accelerators."),
    click.option("--pipeline", type=int, metavar="N", help="Pipeline parallel over N accelerators."),
)
TRAFFIC = several(
    click.option("--input-tokens", type=int, metavar="N", help="Tokens of a prompt."),
    click.option("--output-tokens", type=int, metavar="N", help="Tokens of an answer."),
)
PRICE = click.option("--hour-price", type=float, metavar="USD", help="Of one accelerator (default: as published).")


def card_meant(frame: "Frame", given: dict[str, Any]) -> "tuple[ModelCard, str]":
    """The model that is meant: named, else the one in use in the project, if there is one."""
    from genai_tui.stages.select.estimating import model_asked

    if not (given["model"] or given["config"] or given["params"]):
        with project_perhaps(frame) as project:
            given["model"] = project.model_in_use if project else None
    return model_asked(given["model"], given["config"], given["params"])


def hardware_meant(given: dict[str, Any]) -> "Hardware":
    """The accelerators that are meant: named, else those here, else an H100."""
    from genai_tui.stages.select.estimating import hardware_needed

    return hardware_needed(given["gpu"], given["gpus"], given["model"])


@contextmanager
def project_perhaps(frame: "Frame") -> Iterator["Project | None"]:
    """The project that is meant, or None where there is none: estimates need no project, unless one was named."""
    try:
        project = frame.project()
    except NoProject:
        if frame.path is not None:
            raise
        yield None
        return
    with project:
        yield project
