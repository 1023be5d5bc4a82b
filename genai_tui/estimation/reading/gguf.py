"""A model card from the head of a GGUF file: parameters tensor by tensor, what is cached, licence and context."""

import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from genai_tui.errors import FileFault
from genai_tui.estimation.gguf.types import NUMBERS, TYPES
from genai_tui.estimation.reading.opened import regular_size
from genai_tui.inference.embedded.gguf_header import GgufHeader, Tensor, read_header
from genai_tui.records.cards import Architecture, CachedLayers, ModelCard, Tensors

_FILE_TYPES = dict(
    enumerate(
        "F32 F16 Q4_0 Q4_1 - - - Q8_0 Q5_0 Q5_1 Q2_K Q3_K_S Q3_K_M Q3_K_L Q4_K_S Q4_K_M Q5_K_S Q5_K_M Q6_K IQ2_XXS "
        "IQ2_XS Q2_K_S IQ3_XS IQ3_XXS IQ1_S IQ4_NL IQ3_S IQ3_M IQ2_S IQ2_M IQ4_XS IQ1_M BF16".split()
    )
) | {36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4"}
"""llama.cpp's numbers of general.file_type, include/llama.h."""
_PATTERNS = {"gemma2": 2, "gemma3": 6, "cohere2": 4, "gpt-oss": 2, "olmo2": 4, "exaone4": 4, "llama4": 4}
"""Every so manieth layer has no window, as llama.cpp sets it by architecture."""
_COUNTS = (
    "embedding_length",
    "attention.head_count",
    "attention.key_length",
    "expert_count",
    "expert_used_count",
    "feed_forward_length",
    "expert_feed_forward_length",
    "expert_shared_feed_forward_length",
)
_LAYER = re.compile(r"blk\.(\d{1,4})\.(.+?)(?:\.weight)?$")
_LARGEST = 10**16
_WIDEST, _LONGEST = 10**7, 10**10
"""No width or number of heads or experts is larger, and no context; a file can promise 2^64 of either."""


def card_of_gguf(path: Path) -> ModelCard:
    """The card of the model in a GGUF file. Raises FileFault where its head is damaged or it was cut off."""
    regular_size(path)
    try:
        header = read_header(path)
    except OSError as fault:
        raise FileFault(f"{path} cannot be read.", f"{fault.strerror or fault}.") from fault
    stored, parameters = _sizes(path, header)
    shown = header.values.get("general.file_type")
    precision = _FILE_TYPES.get(shown) if isinstance(shown, int) else None
    architecture, notes = _architecture(header, parameters)
    return ModelCard(
        name=_text(header, "general.name") or path.stem,
        source=f"the head of {path.name}",
        architecture=architecture,
        parameters=parameters,
        active=architecture.active if architecture else None,
        context_tokens=_context(header),
        file_bytes=header.size,
        bits_per_weight=stored * 8 / parameters if parameters else None,
        precision=precision,
        licence=_text(header, "general.license"),
        publisher=_text(header, "general.organization"),
        notes=notes,
    )


def _text(header: GgufHeader, key: str) -> str | None:
    value = header.values.get(key)
    return value[:200] if isinstance(value, str) and value else None


def _context(header: GgufHeader) -> int | None:
    tokens = header.number("context_length", 0)
    return tokens if 0 < tokens <= _LONGEST else None


def _sizes(path: Path, header: GgufHeader) -> tuple[int, int]:
    """Bytes of all tensors, and how many weights they are. One of a type that is not known may fill what is left."""
    stored = parameters = 0
    all_known = True
    for tensor in header.tensors:
        numbers = math.prod(tensor.shape)
        if not numbers:
            raise FileFault(f"{path} is a damaged GGUF file.", f"Its tensor {tensor.name[:60]} has a side of 0.")
        kind = TYPES.get(NUMBERS.get(tensor.type, ""))
        size = -(-numbers // kind.block) * kind.size if kind else 0
        if numbers > _LARGEST or header.data_start + tensor.offset + size > header.size:
            raise FileFault(
                f"{path} is a damaged or unfinished GGUF file.",
                f"Its tensor {tensor.name[:60]} lies beyond its end.",
                "Fetch it again, and compare its size with the publisher's.",
            )
        parameters += numbers
        stored += size
        all_known = all_known and kind is not None
    return (stored if all_known else header.size - header.data_start), parameters


@dataclass(frozen=True)
class _Placed:
    """A tensor of a layer (None: of none), its name without both."""

    layer: int | None
    name: str
    tensor: Tensor


def _architecture(header: GgufHeader, parameters: int) -> tuple[Architecture | None, tuple[str, ...]]:
    layers, width = header.number("block_count", 0), header.number("embedding_length", 0)
    placed = [_place(tensor) for tensor in header.tensors]
    embedding = next((one.tensor for one in placed if one.name == "token_embd"), None)
    said = max((header.number(key, 0) for key in _COUNTS), default=0)
    if not 0 < layers <= 4096 or width < 1 or said > _WIDEST or embedding is None or len(embedding.shape) != 2:
        return None, ("Its head does not describe a language model that can be estimated.",)
    heads = max(header.number("attention.head_count", 1), 1)
    head_dim = header.number("attention.key_length", 0) or max(width // heads, 1)
    visited = header.number("expert_used_count", 0)
    tensors = _tensors(placed, visited)
    cached = _cached(header, placed, layers)
    keys = next((one.tensor.shape[1] for one in placed if one.name == "attn_k" and len(one.tensor.shape) == 2), 0)
    experts = header.number("expert_count", 0)
    dense = header.number("feed_forward_length", 0)
    feed = header.number("expert_feed_forward_length", dense) * visited if experts and visited else dense
    return Architecture(
        family=header.architecture[:40],
        layers=layers,
        width=width,
        heads=heads,
        kv_heads=max(keys // head_dim, 1) if keys else heads,
        head_dim=head_dim,
        feed_forward=feed + header.number("expert_shared_feed_forward_length", 0),
        vocabulary=embedding.shape[1],
        parameters=parameters,
        active=sum(tensor.active for tensor in tensors),
        embedding=math.prod(embedding.shape),
        tied=not any(one.name == "output" for one in placed),
        cached=cached,
        context=_context(header),
        gated=any(one.name.startswith("ffn_gate") and "inp" not in one.name for one in placed),
        tensors=tensors,
        experts=experts,
    ), ()


def _place(tensor: Tensor) -> _Placed:
    found = _LAYER.match(tensor.name)
    if found:
        return _Placed(int(found.group(1)), found.group(2), tensor)
    return _Placed(None, tensor.name.removesuffix(".weight"), tensor)


def _tensors(placed: list[_Placed], visited: int) -> tuple[Tensors, ...]:
    """The tensors, alike ones of several layers together."""
    alike: dict[tuple[str, int, int, int, bool], list[int]] = {}
    for one in placed:
        shape = one.tensor.shape
        row, rows, each = shape[0], shape[1] if len(shape) > 1 else 1, math.prod(shape[2:])
        kind = one.name if len(shape) > 1 else "bias" if one.name.endswith("bias") else "norm"
        inside = alike.setdefault((kind, row, rows, each, one.layer is None), [])
        inside.append(-1 if one.layer is None else one.layer)
    return tuple(
        Tensors(
            kind,
            row,
            rows,
            None if outside else tuple(layers),
            each * (len(layers) if outside else 1),
            (min(visited, each) if each > 1 and visited else each) * (len(layers) if outside else 1),
        )
        for (kind, row, rows, each, outside), layers in alike.items()
    )


def _cached(header: GgufHeader, placed: list[_Placed], layers: int) -> tuple[CachedLayers, ...]:
    """What each layer keeps: as many numbers as its keys and values have rows, or the latent vector."""
    numbers: Counter[int] = Counter()
    for one in placed:
        if one.layer is None or len(one.tensor.shape) != 2:
            continue
        rows = one.tensor.shape[1]
        if one.name in ("attn_k", "attn_v", "attn_kv_a_mqa"):
            numbers[one.layer] += rows
        elif one.name == "attn_qkv":
            queries = header.number("attention.head_count", 1) * (one.tensor.shape[0] // max(_heads(header), 1))
            numbers[one.layer] += max(rows - queries, 0)
    window = header.number("attention.sliding_window", 0)
    nth = _PATTERNS.get(header.architecture, 0)
    kept: Counter[tuple[int, int | None]] = Counter()
    for layer, count in numbers.items():
        if layer < layers:
            narrow = window > 0 and (not nth or (layer + 1) % nth != 0)
            kept[count, window if narrow else None] += 1
    return tuple(CachedLayers(times, count, span) for (count, span), times in kept.items())


def _heads(header: GgufHeader) -> int:
    return header.number("attention.head_count", 1)
