"""What the board says of Select."""

from genai_tui.records.stages import StageStatus
from genai_tui.store.choices import choice
from genai_tui.store.reader import Reader


def status(reader: Reader) -> StageStatus:
    """Done when a model is in use."""
    model = choice(reader, "model")
    if model is None:
        return StageStatus("empty", ("no model chosen",))
    endpoint, _, model_id = model.partition("/")
    return StageStatus("done", ("existing model", f"at {endpoint}", model_id))
