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
_KINDS = {
    "q": ("attn_q", "attn_q_a", "attn_q_b", "cross_attn_q"),
    "k": ("attn_k", "attn_kv_a_mqa", "cross_attn_k"),
    "v": ("attn_v", "attn_kv_b", "cross_attn_v"),
    "o": ("attn_output", "cross_attn_output"),
    "qkv": ("attn_qkv",),
    "gate": ("ffn_gate", "ffn_gate_shexp", "ffn_gate_exps"),
    "up": ("ffn_up", "ffn_up_shexp", "ffn_up_exps"),
    "down": ("ffn_down", "ffn_down_shexp", "ffn_down_exps"),
    "gate_up": (),
    "head": ("output",),
}
"""The architecture's kinds of tensors; of compressed attention k is its first half, v its second."""
_WORDS = {word: target for target, words in _NAMES.items() for word in (target, *words.split())}
_GROUPS = {"all linear": ALL_LINEAR, "all-linear": ALL_LINEAR, "all": ALL_LINEAR, "mlp": ("gate", "up", "down")}


def targets(names: tuple[str, ...], architecture: Architecture) -> tuple[str, ...]:
    """The matrices that `names` mean, under the names of any framework: q k v o qkv gate up down gate_up head.

    `mlp` and `all linear` mean several. q, k and v together with o are the fused matrix where there is one; a gate that
    the architecture has not is left out. Raises UsageFault.
    """
    found: list[str] = []
    for name in names:
        plain = _plain(name)
        if not known_target(plain):
            raise UsageFault(
                f"There is no matrix called {name!r} to adapt",
                f"Known are {', '.join(_NAMES)}, mlp and all-linear.",
                "Choose among them.",
            )
        found += [one for one in _GROUPS.get(plain) or (_WORDS[plain],) if one not in found]
    if "qkv" not in found and set("qkvo") <= set(found) and any(one.kind == "attn_qkv" for one in architecture.tensors):
        found = ["qkv", *(one for one in found if one not in ("q", "k", "v"))]
    if not architecture.gated:
        found = [one for one in found if one != "gate"]
    if not found:
        raise UsageFault("No matrix is left to adapt", "An adapter needs at least one.", "Give q and v, for example.")
    return tuple(found)


def lora_parameters(architecture: Architecture, rank: int, names: tuple[str, ...], *, visited: bool = False) -> int:
    """Parameters that LoRA of that rank adds: r x (in + out) of each matrix, of each expert too; the head once.

    `visited` leaves out those of experts that a token does not visit. Exact: from the architecture's tensors; a target
    within a fused matrix counts as if it were its own. Raises UsageFault, also where the architecture holds no tensors
    and its shape does not tell (experts, compressed keys).
    Source: Hu et al. 2021 section 4.1.
    """
    count("LoRA rank", rank, high=65536)
    return rank * sum(_sides(architecture, target, visited=visited) for target in targets(names, architecture))


def known_target(name: str) -> bool:
    """Whether `targets` knows what that name of a matrix means."""
    plain = _plain(name)
    return plain in _WORDS or plain in _GROUPS


def _plain(name: str) -> str:
    return name.strip().lower().rpartition(".")[2]


def _sides(architecture: Architecture, target: str, *, visited: bool) -> int:
    """Rows and columns of that matrix, over all layers and experts."""
    tensors = [one for one in architecture.tensors if one.kind in _KINDS[target]]
    if tensors:
        return sum(
            (one.row + one.rows)
            * (one.visited if visited else one.each)
            * (1 if one.layers is None else len(one.layers))
            for one in tensors
        )
    mixture = architecture.active < architecture.parameters and target in ("gate", "up", "down", "gate_up")
    plain = all(kept.numbers == 2 * architecture.kv_heads * architecture.head_dim for kept in architecture.cached)
    if mixture or (not plain and target in ("q", "k", "v", "qkv")):
        raise UsageFault(
            f"Adapters on {target} of {architecture.family} cannot be counted",
            "Its experts, or its keys and values, are not told by what is known of its shape.",
            "Give its config.json, or the number of trainable parameters.",
        )
    width, inner = architecture.width, architecture.feed_forward
    queries, keys = architecture.heads * architecture.head_dim, architecture.kv_heads * architecture.head_dim
    sides = {
        "q": width + queries,
        "k": width + keys,
        "v": width + keys,
        "o": queries + width,
        "qkv": width + queries + 2 * keys,
        "gate": width + inner,
        "up": width + inner,
        "down": inner + width,
        "gate_up": width + 2 * inner,
    }
    return width + architecture.vocabulary if target == "head" else architecture.layers * sides[target]
