"""Puts an architecture together from its pieces: every tensor, and what a layer keeps of each token.

The pieces are those of the published model classes (huggingface/transformers, Apache-2.0); the counts were held
against classes built without memory (device "meta"), see tests/estimation/architectures.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from genai_tui.records.cards import Architecture, CachedLayers, Tensors

Windows = Sequence[int | None]


class Building:
    """A model that is being put together; `layers` are those of its decoder."""

    def __init__(self, layers: int, width: int, vocabulary: int) -> None:
        self.layers = tuple(range(layers))
        self.width = width
        self.vocabulary = vocabulary
        self.tensors: list[Tensors] = []
        self._cached: Counter[tuple[int, int | None]] = Counter()
        self._embedding = 0
        self._visited_width = 0
        self._experts = 0
        self._gated = True

    def add(
        self,
        kind: str,
        row: int,
        rows: int = 1,
        *,
        layers: Iterable[int] | None = None,
        each: int = 1,
        visited: int | None = None,
    ) -> None:
        """Alike tensors, as `Tensors` says; none where a dimension or the layers are empty."""
        where = None if layers is None else tuple(layers)
        if row and rows and each and where != ():
            self.tensors.append(Tensors(kind, row, rows, where, each, each if visited is None else visited))

    def embedding(self, *, width: int | None = None, positions: int = 0, norm: int = 0) -> None:
        """The input embedding, learned positions, and `norm` vectors over it."""
        row = width or self.width
        self.add("token_embd", row, self.vocabulary)
        self._embedding += row * self.vocabulary
        self.add("position_embd", row, positions)
        self.add("norm", row, each=norm)

    def attention(
        self,
        heads: int,
        kv_heads: int,
        head_dim: int,
        *,
        bias: bool = False,
        out_bias: bool | None = None,
        fused: bool = False,
        query_parts: int = 1,
        value_dim: int | None = None,
        layers: Sequence[int] | None = None,
        windows: Windows = (),
        cross: bool = False,
        cached: bool = True,
    ) -> None:
        """Attention with `kv_heads` keys and values for `heads` queries; `windows` of each layer (none: all tokens)."""
        where = self.layers if layers is None else layers
        queries, keys = heads * head_dim * query_parts, kv_heads * head_dim
        values, read = kv_heads * (value_dim or head_dim), heads * (value_dim or head_dim)
        if fused:
            self.add("attn_qkv", self.width, queries + keys + values, layers=where)
        else:
            for kind, rows in (("attn_q", queries), ("attn_k", keys), ("attn_v", values)):
                self.add("cross_" + kind if cross else kind, self.width, rows, layers=where)
        self.add("cross_attn_output" if cross else "attn_output", read, self.width, layers=where)
        if bias:
            self.add("bias", queries + keys + values, layers=where)
        if bias if out_bias is None else out_bias:
            self.add("bias", self.width, layers=where)
        if cached and not cross:
            self.cache(keys + values, where, windows)

    def cache(self, numbers: int, layers: Sequence[int], windows: Windows = ()) -> None:
        """`numbers` that each of `layers` keeps of every token, or of those in its window."""
        for layer in layers:
            self._cached[numbers, windows[layer] if windows else None] += 1

    def norms(self, each: int, *, width: int | None = None, layers: Sequence[int] | None = None) -> None:
        """`each` vectors of the width in every layer: one for RMSNorm, two for LayerNorm with bias."""
        self.add("norm", width or self.width, layers=self.layers if layers is None else layers, each=each)

    def final_norm(self, vectors: int = 1) -> None:
        """The norm after the last layer."""
        self.add("norm", self.width, each=vectors)

    def feed_forward(
        self, width: int, *, gated: bool = True, bias: bool = False, layers: Sequence[int] | None = None
    ) -> None:
        """The dense feed-forward layer."""
        where = self.layers if layers is None else layers
        if gated:
            self.add("ffn_gate", self.width, width, layers=where)
        self.add("ffn_up", self.width, width, layers=where)
        self.add("ffn_down", width, self.width, layers=where)
        if bias:
            self.add("bias", width * (2 if gated else 1) + self.width, layers=where)
        if not self._experts and where:
            self._visited_width, self._gated = width, gated

    def experts(
        self,
        count: int,
        visited: int,
        width: int,
        *,
        gated: bool = True,
        bias: bool = False,
        router_bias: bool = False,
        shared: int = 0,
        shared_gate: bool = False,
        shared_bias: bool = False,
        layers: Sequence[int] | None = None,
    ) -> None:
        """Routed experts with their router; `shared` is the width of those that every token visits."""
        where = self.layers if layers is None else layers
        if not where:
            return
        visited = min(visited, count)
        names = ("ffn_gate_exps", "ffn_up_exps") if gated else ("ffn_up_exps",)
        for kind in names:
            self.add(kind, self.width, width, layers=where, each=count, visited=visited)
        self.add("ffn_down_exps", width, self.width, layers=where, each=count, visited=visited)
        if bias:
            numbers = width * len(names) + self.width
            self.add("bias", numbers, layers=where, each=count, visited=visited)
        self.add("ffn_gate_inp", self.width, count, layers=where)
        if router_bias:
            self.add("bias", count, layers=where)
        if shared:
            for kind in ("ffn_gate_shexp", "ffn_up_shexp") if gated else ("ffn_up_shexp",):
                self.add(kind, self.width, shared, layers=where)
            self.add("ffn_down_shexp", shared, self.width, layers=where)
            if shared_bias:
                self.add("bias", shared * len(names) + self.width, layers=where)
        if shared_gate:
            self.add("ffn_gate_inp_shexp", self.width, layers=where)
        self._experts, self._visited_width, self._gated = count, visited * width + shared, gated

    def head(self, tied: bool, *, bias: bool = False, width: int | None = None) -> None:
        """The output head, which is the input embedding once more where they are `tied`."""
        if not tied:
            self.add("output", width or self.width, self.vocabulary)
        if bias:
            self.add("bias", self.vocabulary)

    def done(self, family: str, *, heads: int, kv_heads: int, head_dim: int, context: int | None) -> Architecture:
        """The architecture as a record."""
        return Architecture(
            family=family,
            layers=len(self.layers),
            width=self.width,
            heads=heads,
            kv_heads=kv_heads,
            head_dim=head_dim,
            feed_forward=self._visited_width,
            vocabulary=self.vocabulary,
            parameters=sum(tensor.numbers for tensor in self.tensors),
            active=sum(tensor.active for tensor in self.tensors),
            embedding=self._embedding,
            tied=not any(tensor.kind == "output" for tensor in self.tensors),
            cached=tuple(CachedLayers(layers, numbers, window) for (numbers, window), layers in self._cached.items()),
            context=context,
            gated=self._gated,
            tensors=tuple(self.tensors),
            experts=self._experts,
        )
