"""What layers are made of that keep a fixed state instead of every token: state spaces, linear attention, convolutions.

The state is not part of the cache that is counted.
"""

from collections.abc import Sequence

from genai_tui.estimation.architectures.building import Building
from genai_tui.estimation.architectures.fields import Fields
from genai_tui.estimation.architectures.layouts import decided, heads_of


def mamba(
    building: Building,
    layers: Sequence[int],
    *,
    inner: int,
    state: int,
    kernel: int,
    rank: int,
    conv_bias: bool,
    bias: bool,
) -> None:
    """Mamba (arXiv 2312.00752): one selective state space a channel."""
    building.add("ssm_in", building.width, 2 * inner, layers=layers)
    building.add("ssm_conv1d", kernel, inner, layers=layers)
    building.add("ssm_x", inner, rank + 2 * state, layers=layers)
    building.add("ssm_dt", rank, inner, layers=layers)
    building.add("ssm_a", state, inner, layers=layers)
    building.add("norm", inner, layers=layers, each=2 + conv_bias)
    building.add("ssm_out", inner, building.width, layers=layers)
    if bias:
        building.add("bias", 2 * inner + building.width, layers=layers)


def step_rank(building: Building, fields: Fields, key: str) -> int:
    """The rank of Mamba's time step: as the field says, or a sixteenth of the width."""
    return -(-building.width // 16) if fields.raw(key) in (None, "auto") else fields.number(key)


def mamba2(
    building: Building,
    layers: Sequence[int],
    *,
    inner: int,
    heads: int,
    groups: int,
    state: int,
    kernel: int,
    conv_bias: bool,
    bias: bool,
    out_bias: bool | None = None,
    normed: bool = True,
) -> None:
    """Mamba 2 (arXiv 2405.21060): heads that share a decay."""
    mixed = inner + 2 * groups * state
    building.add("ssm_in", building.width, inner + mixed + heads, layers=layers)
    building.add("ssm_conv1d", kernel, mixed, layers=layers)
    building.add("norm", heads, layers=layers, each=3)
    if conv_bias:
        building.add("bias", mixed, layers=layers)
    if normed:
        building.add("norm", inner, layers=layers)
    building.add("ssm_out", inner, building.width, layers=layers)
    if bias:
        building.add("bias", inner + mixed + heads, layers=layers)
    if bias if out_bias is None else out_bias:
        building.add("bias", building.width, layers=layers)


def mamba2_beside_attention(
    building: Building,
    fields: Fields,
    layers: Sequence[int],
    *,
    inner: int | None = None,
    normed: bool = True,
    out_bias: str = "mamba_proj_bias",
) -> None:
    """Mamba 2 by the field names that Bamba, Falcon-H1 and Granite 4 share."""
    mamba2(
        building,
        layers,
        inner=fields.number("mamba_expand") * building.width if inner is None else inner,
        heads=fields.number("mamba_n_heads"),
        groups=fields.number("mamba_n_groups"),
        state=fields.number("mamba_d_state"),
        kernel=fields.number("mamba_d_conv"),
        conv_bias=fields.flag("mamba_conv_bias", default=True),
        bias=fields.flag("mamba_proj_bias"),
        out_bias=fields.flag(out_bias),
        normed=normed,
    )


def gated_delta_net(building: Building, fields: Fields, layers: Sequence[int]) -> None:
    """Gated DeltaNet (arXiv 2412.06464), with the field names of Qwen3-Next."""
    key_heads, value_heads = fields.number("linear_num_key_heads"), fields.number("linear_num_value_heads")
    keys = key_heads * fields.number("linear_key_head_dim")
    value_dim = fields.number("linear_value_head_dim")
    values = value_heads * value_dim
    building.add("ssm_in", building.width, 2 * keys + 2 * values, layers=layers)
    building.add("ssm_beta_alpha", building.width, 2 * value_heads, layers=layers)
    building.add("ssm_out", values, building.width, layers=layers)
    building.add("ssm_conv1d", fields.number("linear_conv_kernel_dim"), 2 * keys + values, layers=layers)
    building.add("norm", value_heads, layers=layers, each=2)
    building.norms(1, width=value_dim, layers=layers)


def lightning_attention(building: Building, fields: Fields, layers: Sequence[int]) -> None:
    """Lightning attention (arXiv 2405.17381), as wide as the attention of the other layers."""
    heads = heads_of(fields)
    wide = heads.heads * heads.head_dim
    building.add("ssm_in", building.width, 4 * wide, layers=layers)
    building.add("ssm_out", wide, building.width, layers=layers)
    building.norms(1, width=wide, layers=layers)


def short_convolution(building: Building, fields: Fields, layers: Sequence[int]) -> None:
    """The gated short convolution of LFM2."""
    building.add("shortconv_in", building.width, 3 * building.width, layers=layers)
    building.add("shortconv_out", building.width, building.width, layers=layers)
    building.add("shortconv_conv", fields.number("conv_L_cache"), building.width, layers=layers)
    if decided(fields, "conv_bias"):
        building.add("bias", 5 * building.width, layers=layers)
