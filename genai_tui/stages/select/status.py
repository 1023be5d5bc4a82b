"""What the board says of Select."""

from genai_tui.records.stages import StageStatus
from genai_tui.store.choices import choice
from genai_tui.store.reader import Reader
from genai_tui.store.selections import latest_selection


def status(reader: Reader) -> StageStatus:
    """Done when a model is in use; what it was chosen over stands with it."""
    model = choice(reader, "model")
    if model is None:
        return StageStatus("empty", ("no model",))
    endpoint, _, model_id = model.partition("/")
    selection = latest_selection(reader, model)
    rivals = selection.rivals if selection is not None else ()
    if not rivals:
        return StageStatus("done", ("existing", f"at {endpoint}", model_id))
    names = ", ".join(rival.rpartition("/")[2] for rival in rivals)
    return StageStatus("done", (f"chosen over {names}", f"at {endpoint}", model_id))
