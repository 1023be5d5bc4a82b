"""Parameters that an adapter adds, counted from the architecture."""

from genai_tui.errors import UsageFault
from genai_tui.estimation.amounts import count
from genai_tui.records.cards import Architecture

LORA = "Hu et al. 2021 (arXiv 2106.09685) section 4.1: W + B A, with r x (in + out) parameters for each matrix"
ALL_LINEAR = ("q", "k", "v", "o", "gate", "up", "down")
_NAMES = {
    "q": "q_proj wq query c_q",
    "k": "k_proj wk key",
    "v": "v_proj wv value",
    "o": "o_proj wo out_proj dense projection output_proj proj",
    "qkv": "query_key_value qkv_proj wqkv c_attn in_proj",
    "gate": "gate_proj w1",
    "up": "up_proj w3 fc1 fc_in dense_h_to_4h c_fc",
    "down": "down_proj w2 fc2 fc_out dense_4h_to_h c_proj",
    "gate_up": "gate_up_proj",
    "head": "lm_head embed_out output",
}
_WORDS = {word: target for target, words in _NAMES.items() for word in (target, *words.split())}
_GROUPS = {"all linear": ALL_LINEAR, "all-linear": ALL_LINEAR, "all": ALL_LINEAR, "mlp": ("gate", "up", "down")}


def targets(names: tuple[str, ...], architecture: Architecture) -> tuple[str, ...]:
    """The matrices that `names` mean, under the names of any framework: q k v o qkv gate up down gate_up head.

    `mlp` and `all linear` mean several. A gate that the architecture has not is left out. Raises UsageFault.
    """
    found: list[str] = []
    for name in names:
        plain = name.strip().lower().rpartition(".")[2]
        if plain not in _WORDS and plain not in _GROUPS:
            raise UsageFault(
                f"There is no matrix called {name!r} to adapt",
                f"Known are {', '.join(_NAMES)}, mlp and all-linear.",
                "Choose among them.",
            )
        found += [one for one in _GROUPS.get(plain) or (_WORDS[plain],) if one not in found]
    if not architecture.gated:
        found = [one for one in found if one != "gate"]
    if not found:
        raise UsageFault("No matrix is left to adapt", "An adapter needs at least one.", "Give q and v, for example.")
    return tuple(found)


def lora_parameters(architecture: Architecture, rank: int, names: tuple[str, ...]) -> int:
    """Parameters that LoRA of that rank adds: r x (in + out) of each matrix, in every layer; the head once.

    Exact for dense models. Raises UsageFault, also for experts and MLA, whose matrices the card does not hold.
    Source: Hu et al. 2021 section 4.1.
    """
    count("LoRA rank", rank, high=65536)
    chosen = targets(names, architecture)
    sizes = _sizes(architecture)
    if architecture.active < architecture.parameters and any(
        one in ("gate", "up", "down", "gate_up") for one in chosen
    ):
        raise UsageFault(
            f"Adapters on the experts of {architecture.family} cannot be counted",
            "The card says what one token visits, not how many experts there are.",
            "Choose targets in the attention: q, k, v, o.",
        )
    if any(kept.numbers != 2 * architecture.kv_heads * architecture.head_dim for kept in architecture.cached):
        raise UsageFault(
            f"Adapters on the attention of {architecture.family} cannot be counted",
            "Its keys and values are compressed, or differ from layer to layer.",
            "Give the number of trainable parameters.",
        )
    layered = sum(rank * (rows + columns) for one, (rows, columns) in sizes.items() if one in chosen and one != "head")
    head = rank * sum(sizes["head"]) if "head" in chosen else 0
    return architecture.layers * layered + head


def _sizes(architecture: Architecture) -> dict[str, tuple[int, int]]:
    """Rows and columns of the matrices that can be adapted."""
    width, inner = architecture.width, architecture.feed_forward
    queries, keys = architecture.heads * architecture.head_dim, architecture.kv_heads * architecture.head_dim
    return {
        "q": (width, queries),
        "k": (width, keys),
        "v": (width, keys),
        "o": (queries, width),
        "qkv": (width, queries + 2 * keys),
        "gate": (width, inner),
        "up": (width, inner),
        "down": (inner, width),
        "gate_up": (width, 2 * inner),
        "head": (width, architecture.vocabulary),
    }
