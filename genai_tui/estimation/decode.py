"""How long one step of decoding takes: what is read from memory, what is unpacked, launched and exchanged.

The roofline of Williams et al. 2009 for a step that reads every weight once (Pope et al. 2022, arXiv 2211.05102), with
constants by the kind of memory and of GPU, none of a model or an engine. They were fitted to 135 published measurements
at batch 1 (of llama.cpp, exllamav2, gpt-fast, mlc-llm, ollama and vLLM). Fitted anew with each source left out and
judged on that source alone: median error 10 %, four of five within 25 %.
"""

import math
from dataclasses import dataclass

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import amount, count
from genai_tui.estimation.compute import peak_flops
from genai_tui.records.accelerators import Accelerator
from genai_tui.records.estimates import Part

ROOFLINE = "roofline: Williams et al. 2009; decoding reads each weight once, Pope et al. 2022 (arXiv 2211.05102)"
FITTED = "fitted to 135 published speeds at batch 1 (XiongjieDai, exllamav2, gpt-fast, llm-perf-bench, geerlingguy)"

EFFICIENCY = {"HBM": 0.70, "GDDR": 0.91, "LPDDR": 0.93, "DDR": 0.80}
"""Share of the printed bandwidth that is reached, by kind of memory."""
UNPACKING = 2.4
"""Vector operations that turn one quantised weight into a number."""
LAUNCHES_S = 40e-6
METAL_LAUNCHES_S = 170e-6
"""Seconds a layer in which nothing is read: its kernels start one after the other; on Apple's GPUs more slowly."""
EXCHANGE_S = 25e-6
"""Seconds a layer in which accelerators that share each layer wait for one another (two all-reduces)."""
HOP_S = 0.5e-3
"""Seconds to hand a token on to the accelerator that has the next layers."""
UTILISATION = {"fp4": 0.25}
UTILISED = 0.40
"""Share of the dense peak that multiplying many tokens at once reaches."""
SPREAD = (0.75, 1.35)
"""Truth over estimate of tokens a second in nine of ten of those measurements with one accelerator."""
BITS_16 = 12
"""Weights of fewer bits than this are unpacked before they are multiplied."""
NATIVE = frozenset({"fp8", "fp4"})
"""Widths that are multiplied as they are, where the accelerator has a rate for them."""
ASPECT = 128
"""Width over layers of a usual model; Kaplan et al. 2020 (arXiv 2001.08361) figure 5."""


@dataclass(frozen=True)
class Reading:
    """What decoding reads: bytes of `weights` and of one sequence's `cache`; `parameters` that one token multiplies.

    Of the weights `routed` bytes are in experts, of which a token visits the share `visited`.
    """

    weights: float
    cache: float
    parameters: float
    all_parameters: float
    layers: int
    precision: str = "bf16"
    routed: float = 0.0
    visited: float = 1.0

    @property
    def bits(self) -> float:
        """Bits a weight, on average."""
        return 8 * self.weights / self.all_parameters

    def read(self, batch: int) -> float:
        """Bytes of weights that a step of `batch` sequences reads: experts that any of them visits."""
        missed = (1 - self.visited) ** batch
        return self.weights - self.routed * missed


def usual_layers(parameters: float) -> int:
    """Layers of a model of which the size alone is known: parameters = 12 layers (128 layers)^2.

    Source: Kaplan et al. 2020 (arXiv 2001.08361) section 2.1, with the usual width of 128 a layer.
    """
    return max(1, round(math.cbrt(parameters / (12 * ASPECT**2))))


def step_parts(
    reading: Reading, accelerator: Accelerator, *, batch: int = 1, tensor: int = 1, pipeline: int = 1
) -> tuple[Part, ...]:
    """The seconds of one step that gives each of `batch` sequences a token, in parts that add up.

    `tensor` accelerators share each layer and work tensor; `pipeline` groups of such have layers each and take turns.
    Raises UsageFault for nonsense and where the accelerator's bandwidth is not known.
    """
    count("batch", batch, high=1e6)
    count("number of accelerators", tensor * pipeline, high=1e6)
    rate = reached_bandwidth(accelerator) * tensor
    said = f"({_share(accelerator):g} x {_bandwidth(accelerator) / 1e9:,.0f} GB/s{_times(tensor)})"
    read, cache = reading.read(batch), reading.cache * batch
    parts = [
        Part("weights", read / rate, "seconds", f"{read / 1e9:.4g} GB / {said}", ROOFLINE),
        Part("KV cache", cache / rate, "seconds", f"{batch:,} x {reading.cache / 1e9:.3g} GB / {said}", ROOFLINE),
    ]
    vector = accelerator.flops.get("fp32") or max(accelerator.flops.values(), default=0.0) / 8
    if reading.bits < BITS_16 and vector and not _native(reading, accelerator):
        unpacked = reading.all_parameters * read / reading.weights
        formula = f"{unpacked:.4g} weights x {UNPACKING:g} / {vector / 1e12:.4g} TFLOPS fp32{_times(tensor)}"
        parts.append(Part("unpacking", unpacked * UNPACKING / vector / tensor, "seconds", formula, FITTED))
    parts.append(_multiplying(reading, accelerator, batch, tensor, sum(part.value for part in parts)))
    launch = METAL_LAUNCHES_S if accelerator.vendor == "Apple" else LAUNCHES_S
    parts.append(
        Part("launches", reading.layers * launch, "seconds", f"{reading.layers} layers x {launch * 1e6:g} us", FITTED)
    )
    if tensor > 1:
        waits = f"{reading.layers} layers x {EXCHANGE_S * 1e6:g} us"
        parts.append(Part("exchange", reading.layers * EXCHANGE_S, "seconds", waits, FITTED))
    if pipeline > 1:
        hops = f"{pipeline - 1} hops x {HOP_S * 1e6:g} us"
        parts.append(Part("hops", (pipeline - 1) * HOP_S, "seconds", hops, FITTED))
    return tuple(part for part in parts if part.value)


def prefill_s(reading: Reading, accelerator: Accelerator, tokens: int, *, tensor: int = 1) -> Part:
    """Seconds until a prompt of `tokens` tokens has been read, at least those of reading the weights once.

    2 N a token at the utilisation that multiplying reaches; accelerators that take layers in turn do not help one
    prompt. Raises UsageFault.
    """
    count("input length", tokens, high=1e9, zero=True)
    rate, said = work_rate(reading, accelerator, tensor)
    multiplied = 2 * reading.parameters * tokens / rate
    read = reading.read(max(1, tokens)) / (reached_bandwidth(accelerator) * tensor)
    formula = f"2 x {reading.parameters:.4g} x {tokens:,} tokens / {said}"
    if read > multiplied:
        formula = (
            f"reading {reading.read(max(1, tokens)) / 1e9:.4g} GB of weights, longer than {multiplied:.3g} s of work"
        )
    return Part("time to first token", max(read, multiplied), "seconds", formula, ROOFLINE)


def reached_bandwidth(accelerator: Accelerator) -> float:
    """Bytes a second that reading reaches. Raises UsageFault where the bandwidth is not known."""
    return _bandwidth(accelerator) * _share(accelerator)


def _bandwidth(accelerator: Accelerator) -> float:
    if not accelerator.bandwidth:
        raise UsageFault(
            f"The bandwidth of {accelerator.name} is not known.",
            "Decoding is bound by it.",
            "Name an accelerator that is in the list with --gpu.",
        )
    return amount("bandwidth", accelerator.bandwidth)


def _share(accelerator: Accelerator) -> float:
    kind = accelerator.memory_type.rstrip("0123456789Xxe")
    return EFFICIENCY.get(kind, EFFICIENCY["DDR"])


def _native(reading: Reading, accelerator: Accelerator) -> bool:
    return reading.precision in NATIVE and reading.precision in accelerator.flops


def work_rate(reading: Reading, accelerator: Accelerator, together: int = 1) -> tuple[float, str]:
    """Operations a second when many tokens are multiplied at once, and how a formula says it. Raises UsageFault."""
    wanted = reading.precision if _native(reading, accelerator) else "bf16"
    if reading.precision == "fp32":  # at the matrix rate where the vector one is not published
        wanted = next((name for name in ("fp32", "tf32") if name in accelerator.flops), "bf16")
    peak, of = _peak(accelerator, wanted)
    used = UTILISATION.get(of, UTILISED)
    return used * peak * together, f"({used:g} x {peak / 1e12:,.4g} TFLOPS {of}{_times(together)})"


def _peak(accelerator: Accelerator, precision: str) -> tuple[float, str]:
    if precision == "fp4":  # no training runs at it
        return accelerator.flops["fp4"], "fp4"
    return peak_flops(accelerator, precision)


def _multiplying(reading: Reading, accelerator: Accelerator, batch: int, together: int, reading_s: float) -> Part:
    """What multiplying takes beyond the reading that goes on meanwhile."""
    rate, said = work_rate(reading, accelerator, together)
    whole = 2 * reading.parameters * batch / rate
    formula = f"2 x {reading.parameters:.4g} x {batch:,} / {said}, less {reading_s:.3g} s of reading meanwhile"
    return Part("multiplying", max(0.0, whole - reading_s), "seconds", formula, ROOFLINE)


def _times(together: int) -> str:
    return f" x {together}" if together > 1 else ""
