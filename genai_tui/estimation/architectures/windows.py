"""Which layers look at a window of the last tokens only, as the configs of the families say it."""

from genai_tui.estimation.architectures.building import Windows
from genai_tui.estimation.architectures.fields import Fields

_SLIDING = ("sliding_attention", "chunked_attention", "local_attention", "sliding")


def every(fields: Fields, layers: int) -> Windows:
    """`sliding_window` in every layer, or in those that `layer_types` names (mistral, mixtral, phi3, starcoder2)."""
    return of_types(fields, layers, [True] * layers)


def after(fields: Fields, layers: int) -> Windows:
    """`sliding_window` from layer `max_window_layers` on, if `use_sliding_window` is set (the Qwen families)."""
    if not fields.flag("use_sliding_window"):
        return ()
    first = fields.count("max_window_layers", default=layers)
    return of_types(fields, layers, [layer >= first for layer in range(layers)])


def by_types(fields: Fields, layers: int) -> Windows:
    """`sliding_window` in the layers that `layer_types` names, and in none where it is absent (dots1)."""
    return of_types(fields, layers, [False] * layers)


def every_if_said(fields: Fields, layers: int) -> Windows:
    """`sliding_window` in every layer, if `use_sliding_window` is set (qwen3_moe)."""
    return every(fields, layers) if fields.flag("use_sliding_window") else ()


def patterned(fields: Fields, layers: int, nth: int) -> Windows:
    """`sliding_window` in all layers but every `nth` (gemma 2: 2, gemma 3: 6, cohere 2, olmo 3, exaone 4: 4).

    The config may say another pattern: a number, or one letter a layer with G for those that see everything.
    """
    said = fields.raw("sliding_window_pattern", "_sliding_window_pattern", "layer_switch")
    if isinstance(said, str) and said:
        return of_types(fields, layers, [said[layer % len(said)] != "G" for layer in range(layers)])
    every = said if isinstance(said, int) and said > 0 else nth
    return of_types(fields, layers, [(layer + 1) % every != 0 for layer in range(layers)])


def of_types(fields: Fields, layers: int, otherwise: list[bool], key: str = "sliding_window") -> Windows:
    """The window of every layer by `layer_types`, else `otherwise` says whether a layer has one; empty for none."""
    window = fields.maybe(key)
    if window is None:
        return ()
    types = fields.listed("layer_types")
    narrow = [kind in _SLIDING for kind in types] if len(types) >= layers else otherwise
    return tuple(window if narrow[layer] else None for layer in range(layers))
