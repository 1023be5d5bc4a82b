"""Encoder-decoders and encoders: T5, BART, BERT and their kin.

Layouts as in huggingface/transformers 5.24.0 (Apache-2.0), src/transformers/models/FAMILY/modeling_FAMILY.py. Encoders
are counted without a head, BERT and RoBERTa with their pooler. Layers of encoder-decoders count the encoder's first.
"""

from collections.abc import Callable

from genai_tui.estimation.architectures.building import Building
from genai_tui.estimation.architectures.fields import Fields
from genai_tui.estimation.architectures.layouts import Heads, begun, finished, heads_of
from genai_tui.records.cards import Architecture


def t5(fields: Fields) -> Architecture:
    """T5, T5 v1.1, FLAN-T5, mT5, and UMT5, which has relative positions in every layer instead of the first."""
    encoder = fields.layers("num_layers", "num_hidden_layers")
    decoder = fields.layers("num_decoder_layers", default=encoder)
    building = begun(fields, encoder + decoder)
    heads = fields.number("num_heads", "num_attention_heads")
    head_dim = fields.number("d_kv")
    read, written = building.layers[:encoder], building.layers[encoder:]
    building.embedding()
    building.attention(heads, heads, head_dim, layers=read, cached=False)
    building.attention(heads, heads, head_dim, layers=written)
    building.attention(heads, heads, head_dim, layers=written, cross=True)
    each = fields.text("model_type") == "umt5"
    buckets = fields.number("relative_attention_num_buckets", default=32)
    building.add("attn_rel_b", heads, buckets, layers=building.layers if each else (0, encoder))
    building.norms(2, layers=read)
    building.norms(3, layers=written)
    building.feed_forward(fields.number("d_ff"), gated=fields.text("feed_forward_proj").startswith("gated-"))
    building.final_norm(2)
    building.head(fields.flag("tie_word_embeddings", default=True))
    return finished(building, fields, Heads(heads, heads, head_dim))


def bart(fields: Fields) -> Architecture:
    """BART, mBART, Pegasus, Marian: LayerNorm with bias, biases everywhere."""
    kind = fields.text("model_type")
    encoder = fields.layers("encoder_layers", "num_hidden_layers")
    decoder = fields.layers("decoder_layers", default=encoder)
    building = begun(fields, encoder + decoder)
    read, written = building.layers[:encoder], building.layers[encoder:]
    read_heads = fields.number("encoder_attention_heads")
    heads = fields.number("decoder_attention_heads")
    head_dim = fields.divided(building.width, heads, "attention heads")
    building.embedding()
    positions = fields.number("max_position_embeddings")
    if kind in ("bart", "mbart"):
        building.add("position_embd", building.width, positions + 2, each=2)
        building.add("norm", building.width, each=4)
    else:
        building.add("position_embd", building.width, positions, each=2)
    if kind in ("mbart", "pegasus"):
        building.final_norm(4)
    building.attention(read_heads, read_heads, building.width // read_heads, bias=True, layers=read, cached=False)
    building.attention(heads, heads, head_dim, bias=True, layers=written)
    building.attention(heads, heads, head_dim, bias=True, layers=written, cross=True)
    building.norms(4, layers=read)
    building.norms(6, layers=written)
    building.feed_forward(fields.number("encoder_ffn_dim"), gated=False, bias=True, layers=read)
    building.feed_forward(fields.number("decoder_ffn_dim"), gated=False, bias=True, layers=written)
    tied = fields.flag("tie_word_embeddings", default=True)
    building.add("token_embd", building.width, 0 if tied else building.vocabulary, each=2)
    building.head(tied)
    return finished(building, fields, Heads(heads, heads, head_dim))


def bert(fields: Fields) -> Architecture:
    """BERT, RoBERTa, XLM-R, ELECTRA: an encoder; nothing is cached."""
    building, heads = begun(fields), heads_of(fields)
    narrow = fields.number("embedding_size", default=building.width)
    building.embedding(width=narrow, positions=fields.number("max_position_embeddings"), norm=2)
    building.add("token_types", narrow, fields.count("type_vocab_size"))
    if narrow != building.width:
        building.add("project", narrow, building.width)
        building.add("bias", building.width)
    _encoder_layers(building, heads, fields.number("intermediate_size"))
    if fields.text("model_type") != "electra":
        building.add("pooler", building.width, building.width)
        building.add("bias", building.width)
    return finished(building, fields, heads)


def distilbert(fields: Fields) -> Architecture:
    """DistilBERT: half of BERT's layers, no pooler, names of its own."""
    building = Building(fields.layers("n_layers"), fields.number("dim"), fields.number("vocab_size"))
    count = fields.number("n_heads")
    heads = Heads(count, count, fields.divided(building.width, count, "attention heads"))
    building.embedding(positions=fields.number("max_position_embeddings"), norm=2)
    _encoder_layers(building, heads, fields.number("hidden_dim"))
    return finished(building, fields, heads)


def _encoder_layers(building: Building, heads: Heads, wide: int) -> None:
    building.attention(heads.heads, heads.heads, heads.head_dim, bias=True, cached=False)
    building.norms(4)
    building.feed_forward(wide, gated=False, bias=True)


ENCODERS: dict[str, Callable[[Fields], Architecture]] = {
    "t5": t5,
    "mt5": t5,
    "umt5": t5,
    "bart": bart,
    "mbart": bart,
    "pegasus": bart,
    "bert": bert,
    "roberta": bert,
    "xlm-roberta": bert,
    "camembert": bert,
    "electra": bert,
    "distilbert": distilbert,
}
