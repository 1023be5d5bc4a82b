"""What a store is given: texts and JSON of every kind, a generation and an exchange."""

from dataclasses import replace

from hypothesis import strategies as st

from genai_tui.records.generations import Exchange, Generation, Moments, Usage
from genai_tui.store.values import MARK

ANY_TEXT = st.text(st.characters(categories=None) | st.sampled_from(["\0", "\ud800", "\udfff", MARK, "-", "d"]))
FLOATS = st.floats(allow_nan=False)  # with the infinities, which endpoints send in logprobs and we never hash
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=8,
)


def simple(text: str = "billing", **changes: object) -> Generation:
    """A try of the embedded model."""
    made = Generation("try", "embedded", "m", text, "stop", Usage(90, 3), 0.0, Moments(1.0, 1.1, 1.2, 1.3, 1.5, 1e9))
    return replace(made, **changes)


def exchange(**changes: object) -> Exchange:
    """A request and its answer."""
    made = Exchange("/chat/completions", {"model": "m"}, 200, {"id": "x"}, Usage(9, 1), 0.5, Moments(1.0))
    return replace(made, **changes)
