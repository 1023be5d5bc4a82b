"""Serving: time to the first token, one user, a batch, a saturated server, users at a latency, cost of a million."""

import math
from dataclasses import dataclass

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import amount, count
from genai_tui.estimation.decode import SPREAD, Reading, prefill_s, step_parts, usual_layers, work_rate
from genai_tui.estimation.kv_cache import kv_bytes
from genai_tui.estimation.memory import usable_bytes
from genai_tui.estimation.weights import parameters_of, weight_bytes
from genai_tui.records.accelerators import Accelerator
from genai_tui.records.cards import Architecture, ModelCard
from genai_tui.records.estimates import Estimate, Part

USABLE = 0.90
"""Share of memory that a server fills with weights and cache; vLLM's default."""
MACHINE = 8
"""Accelerators of one machine, between which exchange is fast."""
AT_ONCE = 2048
"""Sequences at once beyond which servers are not set up."""
SATURATED_BANDWIDTH = 0.90
"""Share of the printed bandwidth that large batches reach."""
SATURATED_SPREAD = (0.6, 1.6)
"""Truth over estimate of saturated throughput, wider than in all 22 rows that the rule was made on."""
OVERVIEW = "fitted to 22 rows of TensorRT-LLM's performance overview (v1.0)"
USABLE_SOURCE = "vLLM's default of gpu_memory_utilization, 0.90 (0.75 on Apple's GPUs)"
ARITHMETIC = "arithmetic"
CACHE_NUMBER_BYTES = 2.0  # keys and values are kept in 16 bits


@dataclass(frozen=True)
class Traffic:
    """What is asked: tokens in and out of a request, and the seconds a whole answer may take (None: any)."""

    input_tokens: int = 1000
    output_tokens: int = 250
    latency_s: float | None = None

    @property
    def mean(self) -> int:
        """Tokens in the cache of a sequence at the middle of its answer."""
        return self.input_tokens + self.output_tokens // 2


@dataclass(frozen=True)
class Server:
    """What serves: accelerators, how the model is split over them (`layers`, `tensor`), and dollars of one an hour."""

    accelerator: Accelerator
    gpus: int = 1
    parallel: str = "tensor"
    usd_per_hour: float | None = None
    ratio: float = 1.0
    """Measured over estimated speed, where it was measured; all speeds are corrected by it."""

    @property
    def room(self) -> float:
        """Bytes of one accelerator for weights and cache."""
        return min(USABLE * self.accelerator.memory_bytes, usable_bytes(self.accelerator))

    def layout(self, weights: float) -> "Layout":
        """How a model of so many bytes lies on them: each layer shared within a machine, and as many copies as fit.

        What does not fit in one machine, with a tenth for the cache, has its layers spread over as many as it takes.
        """
        if self.parallel == "layers":
            return Layout(1, self.gpus, 1)
        tensor = min(self.gpus, MACHINE)
        machines = math.ceil(1.1 * weights / (self.room * tensor))
        pipeline = min(max(1, machines), math.ceil(self.gpus / tensor))
        return Layout(tensor, pipeline, max(1, self.gpus // (tensor * pipeline)))


@dataclass(frozen=True)
class Layout:
    """`tensor` accelerators share each layer, `pipeline` groups of such have some of the layers, `copies` times."""

    tensor: int
    pipeline: int
    copies: int

    @property
    def each(self) -> int:
        """Accelerators of one copy."""
        return self.tensor * self.pipeline

    def __str__(self) -> str:
        said = f"{self.tensor} sharing each layer"
        said += f", {self.pipeline} groups with layers each" if self.pipeline > 1 else ""
        return f"{said}, {self.copies:,} copies" if self.copies > 1 else said


def reading_of(card: ModelCard, precision: str, context: int = 0) -> Reading:
    """What decoding `card` at `precision` reads with `context` tokens in the cache. Raises UsageFault.

    Where the shape is not known it is taken for a usual one of that size: layers by `usual_layers`, a cache of 8 heads
    of 128.
    """
    count("context", context, high=1e9, zero=True)
    weights, whole, shape = float(weight_bytes(card, precision)), parameters_of(card), card.architecture
    if shape is None:
        layers = usual_layers(whole)
        cache = 2 * 8 * 128 * layers * context * CACHE_NUMBER_BYTES
        return Reading(weights, cache, card.active or whole, whole, layers, precision)
    routed, visited = _experts(shape)
    cache = float(kv_bytes(shape, context, 1, CACHE_NUMBER_BYTES))
    return Reading(weights, cache, shape.active, whole, shape.layers, precision, weights * routed / whole, visited)


def sequences_at_once(reading: Reading, server: Server) -> int:
    """How many sequences a copy's memory holds beside the weights; 0 where the weights alone do not fit."""
    room = server.room * server.layout(reading.weights).each - reading.weights
    if room <= 0:
        return 0
    return min(AT_ONCE, int(room / reading.cache)) if reading.cache else AT_ONCE


def saturated_speed(reading: Reading, server: Server, traffic: Traffic) -> float:
    """Output tokens a second of all copies when they always have enough to do; 0 where they cannot hold the model.

    A token of an answer takes its share of multiplying the prompt, its own multiplying, its reading of the cache, and
    its share of reading the weights. `reading.cache` is that of a sequence at its mean length. Raises UsageFault.
    """
    once = sequences_at_once(reading, server)
    if not once:
        return 0.0
    layout = server.layout(reading.weights)
    rate, _ = work_rate(reading, server.accelerator, layout.each)
    work = 2 * reading.parameters * (1 + traffic.input_tokens / traffic.output_tokens) / rate
    bandwidth = SATURATED_BANDWIDTH * (server.accelerator.bandwidth or 0.0) * layout.each
    return server.ratio * layout.copies / (work + (reading.cache + reading.read(once) / once) / bandwidth)


def serving(card: ModelCard, precision: str, server: Server, traffic: Traffic, *, batch: int = 1) -> Estimate:
    """Tokens a second that one user sees, and as parts all that serving is asked for: see the parts' names.

    `low` and `high` are of the one user's speed. Raises UsageFault for nonsense and an unknown bandwidth.
    """
    _check(server, traffic, batch)
    reading = reading_of(card, precision, traffic.mean)
    alone, first = _step_s(reading, server, 1), _first(reading, server, traffic)
    layout = server.layout(reading.weights)
    steps = [*step_parts(reading, server.accelerator, tensor=layout.tensor, pipeline=layout.pipeline)]
    if server.ratio != 1:
        formula = f"as measured here: the speed is {server.ratio:.3g} times the estimate"
        steps.append(Part("correction", alone * (1 - server.ratio), "seconds", formula, "measured on this machine"))
    speed = 1 / alone
    once = sequences_at_once(reading, server)
    room = f"({layout.each} x {server.room / 1e9:,.1f} GB"
    parts = [
        first,
        *(Part(f"a token: {part.name}", part.value, part.unit, part.formula, part.source) for part in steps),
        Part(
            "between tokens", alone, "seconds", " + ".join(f"{part.value * 1e3:.3g} ms" for part in steps), ARITHMETIC
        ),
        Part(
            "whole answer",
            first.value + traffic.output_tokens * alone,
            "seconds",
            f"{first.value:.3g} s + {traffic.output_tokens:,} x {alone * 1e3:.3g} ms",
            ARITHMETIC,
        ),
        Part(
            "sequences at once",
            once,
            "sequences",
            f"{room} - {reading.weights / 1e9:,.1f} GB of weights) / {reading.cache / 1e9:.3g} GB, at most {AT_ONCE:,}",
            USABLE_SOURCE,
        ),
    ]
    if batch > 1:
        together = _step_s(reading, server, batch)
        parts.append(
            Part(
                f"batch of {batch:,}", batch / together, "tokens/s", f"{batch:,} / {together * 1e3:.3g} ms", ARITHMETIC
            )
        )
    parts += _throughput(reading, server, traffic)
    assumed = [
        f"{traffic.input_tokens:,} tokens in, {traffic.output_tokens:,} out; cache at the middle of the answer",
        f"speed of one user lies between {SPREAD[0]:g} and {SPREAD[1]:g} of it, saturated between "
        f"{SATURATED_SPREAD[0]:g} and {SATURATED_SPREAD[1]:g}",
        *_shape_assumed(card),
    ]
    if server.gpus > 1:
        assumed.append(f"the model on {server.gpus:,} accelerators: {layout}")
    if not once:
        assumed.append("the weights do not fit: the times are those of accelerators with more memory")
    return Estimate(speed, "tokens/s", tuple(parts), speed * SPREAD[0], speed * SPREAD[1], tuple(assumed))


def users_within(reading: Reading, server: Server, traffic: Traffic) -> int:
    """How many users of all copies, each asking again at once, get whole answers within the latency; 0 for none.

    An answer takes the prompts of all users, one after the other, and its own steps beside theirs.
    """
    low, high = 0, sequences_at_once(reading, server) + 1
    while high - low > 1:
        middle = (low + high) // 2
        fits = _answer_s(reading, server, traffic, middle) <= (traffic.latency_s or float("inf"))
        low, high = (middle, high) if fits else (low, middle)
    return low * server.layout(reading.weights).copies


def _throughput(reading: Reading, server: Server, traffic: Traffic) -> list[Part]:
    """Saturated speed, users at the latency, and what a million tokens of answers costs."""
    full = saturated_speed(reading, server, traffic)
    layout = server.layout(reading.weights)
    work = work_rate(reading, server.accelerator, layout.each)[1]
    asked = f"{1 + traffic.input_tokens / traffic.output_tokens:.3g} tokens worked for each of the answer"
    formula = f"{layout.copies:,} / (2 x {reading.parameters:.4g} x {asked} / {work} + cache and weights read)"
    parts = [Part("saturated", full, "tokens/s", formula, OVERVIEW)]
    if traffic.latency_s is not None:
        users = users_within(reading, server, traffic)
        took = f"{_answer_s(reading, server, traffic, users // layout.copies):.3g} s" if users else "one takes longer"
        formula = f"largest number whose answers end within {traffic.latency_s:g} s ({took}), each asking again at once"
        parts.append(
            Part("users within the latency", users, "users", formula, "prompts of all users + steps of the batch")
        )
    if server.usd_per_hour is not None and full:
        price = amount("price of an accelerator-hour", server.usd_per_hour, high=1e6, zero=True) * server.gpus
        formula = f"${price:g} an hour / ({full:,.0f} x 3600) x 1e6, at full load"
        parts.append(Part("a million tokens out", price / full / 3600 * 1e6, "US dollars", formula, ARITHMETIC))
    return parts


def _check(server: Server, traffic: Traffic, batch: int) -> None:
    count("batch", batch, high=1e6)
    count("number of accelerators", server.gpus, high=1e6)
    count("input tokens", traffic.input_tokens, high=1e9, zero=True)
    count("output tokens", traffic.output_tokens, high=1e9)
    if traffic.latency_s is not None:
        amount("latency", traffic.latency_s, high=1e9)
    if server.parallel not in ("layers", "tensor"):
        raise UsageFault(f"A model cannot be split by {server.parallel[:40]}.", "", "Split it by layers or by tensor.")


def _step_s(reading: Reading, server: Server, batch: int) -> float:
    layout = server.layout(reading.weights)
    parts = step_parts(reading, server.accelerator, batch=batch, tensor=layout.tensor, pipeline=layout.pipeline)
    return sum(part.value for part in parts) / server.ratio


def _first(reading: Reading, server: Server, traffic: Traffic) -> Part:
    return prefill_s(reading, server.accelerator, traffic.input_tokens, tensor=server.layout(reading.weights).tensor)


def _answer_s(reading: Reading, server: Server, traffic: Traffic, users: int) -> float:
    first = _first(reading, server, traffic).value
    return users * first + traffic.output_tokens * _step_s(reading, server, users)


def _experts(shape: Architecture) -> tuple[int, float]:
    """Parameters in routed experts, and the share of them that one token visits."""
    routed = [tensors for tensors in shape.tensors if tensors.visited < tensors.each]
    whole = sum(tensors.numbers for tensors in routed)
    return whole, sum(tensors.active for tensors in routed) / whole if whole else 1.0


def _shape_assumed(card: ModelCard) -> tuple[str, ...]:
    return () if card.architecture else ("its shape is not known: a usual one of that size is assumed",)
