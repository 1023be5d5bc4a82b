"""Memory of inference and training, and hours of training, as they are asked for and told."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from genai_tui.errors import UsageFault
from genai_tui.estimation import memory, training_memory
from genai_tui.estimation.compute import active_parameters, training_compute
from genai_tui.estimation.corrected import corrected
from genai_tui.estimation.memory import Serving, fewest_accelerators, inference_memory, usable_bytes
from genai_tui.estimation.recipes import Recipe
from genai_tui.estimation.rental import hour_price
from genai_tui.estimation.scaling import optimal_tokens
from genai_tui.estimation.serving import Server
from genai_tui.estimation.splits import Split, split_over
from genai_tui.estimation.training_memory import computing_adapters, rule_of_thumb
from genai_tui.estimation.weights import parameters_of, weight_bytes
from genai_tui.records.cards import ModelCard
from genai_tui.records.estimates import Estimate, Part
from genai_tui.stages.select.estimating import Hardware, Told, number, recipe_asked, targets_asked
from genai_tui.store.measurements import TRAINING_MEMORY, TRAINING_TIME, measurements, this_place

if TYPE_CHECKING:
    from genai_tui.project import Project

Given = Mapping[str, Any]
ADAPTER_TOKENS = 10e6  # that an adapter is trained on, where nothing is said


def memory_of_inference(card: ModelCard, hardware: Hardware | None, given: Given) -> Told:
    """Memory of inference on the fullest accelerator, the largest batch and context that fit. Raises UsageFault."""
    split = _split(card, hardware, given)
    asked = Serving(
        given["precision"] or card.precision or "bf16", given["batch"], given["seq"], given["kv_precision"], split
    )
    found = inference_memory(card, asked)
    asked = asked.checked(card)
    title = f"inference in {asked.precision}, {given['batch']:,} x {given['seq']:,} tokens"
    if hardware is None:
        return Told(title, found, {"fits": None}, ("Name an accelerator with --gpu to see whether it fits.",))
    room = usable_bytes(hardware.accelerator)
    fits = found.total <= room
    batch, context = memory.largest_batch(card, asked, room), memory.largest_context(card, asked, room)
    more: dict[str, Any] = {"fits": fits, "usable_bytes": room, "largest_batch": batch, "largest_context": context}
    said = [_fits(fits, room, hardware)]
    if split.gpus < hardware.gpus:
        found = replace(found, assumptions=(*found.assumptions, f"{hardware.gpus // split.gpus:,} copies of the model"))
    if fits:
        said[0] += f" · largest batch that fits: {batch:,} · largest context: {context:,}"
    else:
        fewest = fewest_accelerators(card, asked, room)
        more["fewest_gpus"] = fewest.gpus if fewest else None
        if fewest:
            said[0] += f" · it fits on {fewest.gpus:,} of them: {fewest}"
    return Told(title, found, more, tuple(said))


def memory_of_training(
    card: ModelCard, method: str, hardware: Hardware | None, given: Given, project: "Project | None" = None
) -> Told:
    """Peak memory of training on the fullest accelerator, the rule of thumb beside it. Raises UsageFault.

    Corrected by what jobs of the project have taken on this machine.
    """
    recipe = _recipe(method, hardware.gpus if hardware else 1, given)
    found = _shown(training_memory.training_memory(card, recipe), project, TRAINING_MEMORY)
    thumb = rule_of_thumb(parameters_of(card))
    said = [f"Rule of thumb: 4 bytes a parameter and 20 more to train it all: {thumb.total / 1e9:,.4g} GB."]
    more: dict[str, Any] = {"fits": None, "rule_of_thumb_bytes": thumb.total}
    if hardware is not None:
        room = usable_bytes(hardware.accelerator)
        batch = training_memory.largest_batch(card, recipe, room)
        more |= {"fits": found.total <= room, "usable_bytes": room, "largest_batch": batch}
        fitting = f" · largest micro-batch that fits: {batch:,}" if batch else " · not even a micro-batch of 1 fits"
        said.insert(0, _fits(found.total <= room, room, hardware) + fitting)
    return Told(f"{_method(recipe)}, {recipe.batch:,} x {recipe.seq:,} tokens", found, more, tuple(said))


def hours_of_training(
    card: ModelCard, method: str, hardware: Hardware, given: Given, project: "Project | None" = None
) -> Told:
    """Accelerator-hours of training on so many tokens, with its memory beside. Raises UsageFault."""
    size, _ = active_parameters(card)
    whole = method in ("full", "pretrain")
    usual = optimal_tokens(size) if whole else ADAPTER_TOKENS
    tokens = number(given["tokens"], "number of tokens") if given["tokens"] else usual
    price = given["hour_price"]
    published = hour_price(hardware.accelerator) if price is None else None
    found = training_compute(
        card,
        tokens,
        hardware.accelerator,
        gpus=hardware.gpus,
        precision=_computed(given["precision"]),
        seq=given["seq"],
        utilisation=given["mfu"],
        usd_per_hour=published.median if published else price,
        adapters=computing_adapters(card, _recipe(method, hardware.gpus, given)),
    )
    assumed = list(found.assumptions)
    if not given["tokens"]:
        optimal = "compute-optimal for that size (Chinchilla, approach 1)"
        assumed.append(f"{tokens:.3g} tokens: {optimal if whole else 'some ten thousand rows; --tokens sets them'}")
    found = replace(found, assumptions=tuple(assumed))
    if published:
        found = _priced_by(found, published.sentence, published.source)
    found = _shown(found, project, TRAINING_TIME)
    held = memory_of_training(card, method, hardware, given, project) if card.architecture else None
    more: dict[str, Any] = {"tokens": tokens, "fits": held.more["fits"] if held else None}
    if held:
        more["memory"] = {"total_bytes": held.estimate.total, "low": held.estimate.low, "high": held.estimate.high} | {
            key: value for key, value in held.more.items() if key != "fits"
        }
    memory_said = () if held is None else (f"Peak memory ≈ {held.estimate.total / 1e9:,.4g} GB: {held.sentences[0]}",)
    return Told(f"training on {tokens:.4g} tokens", found, more, memory_said)


def _shown(found: Estimate, project: "Project | None", what: str) -> Estimate:
    """The estimate corrected by the ratios that jobs of the project have shown on this machine."""
    if project is None:
        return found
    shown = measurements(project.reader, what, place=this_place())
    return corrected(found, [one.value for one in shown if one.unit == "ratio"], f"{what} of jobs")


def _split(card: ModelCard, hardware: Hardware | None, given: Given) -> Split:
    """Over how many accelerators matrices and layers are shared: as given, else over all of them. Raises UsageFault.

    Where they are more than the model has layers for, it lies on them in copies, as it is served.
    """
    sides = [1 if given[side] is None else given[side] for side in ("tensor", "pipeline")]
    if given["tensor"] is not None or given["pipeline"] is not None:
        split = Split(*sides).checked(card.architecture)
        if hardware is not None and split.gpus > hardware.gpus:
            raise UsageFault(
                f"{split.gpus:,} accelerators are more than the {hardware.gpus:,} that there are.",
                f"The model is to be split {split}.",
                f"Give --gpus {split.gpus}, or split it less.",
            )
        return split
    if hardware is None:
        return Split()
    try:
        return split_over(hardware.gpus, card.architecture)
    except UsageFault:
        weights = weight_bytes(card, given["precision"] or card.precision or "bf16")
        layout = Server(hardware.accelerator, hardware.gpus).layout(weights)
        return Split(layout.tensor, layout.pipeline)


def _recipe(method: str, gpus: int, given: Given) -> Recipe:
    return recipe_asked(
        "full" if method == "pretrain" else method,
        given["precision"],
        given["shard"] or ("fsdp" if gpus > 1 else None),
        optimizer=given["optimizer"],
        batch=given["batch"],
        seq=given["seq"],
        rank=given["lora_rank"],
        targets=targets_asked(given["targets"]),
        checkpointing=given["checkpointing"],
        flash=not given["no_flash"],
        tensor=given["tensor"],
        pipeline=given["pipeline"],
        gpus=gpus,
    )


def _priced_by(found: Estimate, sentence: str, source: str) -> Estimate:
    """The estimate with the part of money named after whose price it is."""
    parts = tuple(Part(p.name, p.value, p.unit, p.formula, source) if p.name == "money" else p for p in found.parts)
    return replace(found, parts=parts, assumptions=(*found.assumptions, f"an accelerator is rented at {sentence}"))


def _computed(precision: str | None) -> str:
    """The precision that is computed in: what a recipe stores is another matter."""
    return (precision or "bf16").lower().removesuffix("-mixed").removesuffix("-true")


def _fits(fits: bool, room: float, hardware: Hardware) -> str:
    word = "fits" if fits else "does not fit"
    whole = hardware.accelerator.memory_bytes
    size = f"{whole / 1e9:,.1f} GB ({whole / 2**30:.4g} GiB)"
    return f"{word} in {hardware.accelerator.name}: {room / 1e9:,.1f} of its {size} are counted on"


def _method(recipe: Recipe) -> str:
    rank = f" r{recipe.rank}" if "lora" in recipe.method or recipe.method == "dora" else ""
    over = f", {recipe.gpus:,} accelerators, {recipe.shard}" if recipe.gpus > 1 else ""
    return f"{recipe.method}{rank}, {recipe.optimizer}, {recipe.precision}{over}"
