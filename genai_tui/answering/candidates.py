"""Making a candidate: a model and a prompt, known by the content that decides its answers."""

from genai_tui.errors import UsageFault
from genai_tui.records.candidates import Candidate
from genai_tui.records.endpoints import Endpoint
from genai_tui.records.hashing import TAG
from genai_tui.records.prompts import Prompt

LONGEST_NAME = 80


def candidate_of(endpoint: Endpoint, model_id: str, prompt: Prompt, name: str = "") -> Candidate:
    """The candidate of a model and a saved prompt, unsaved; its name, if none is given, is made when it is saved.

    What we serve ourselves counts by its files, another endpoint's model by the id that is sent. Raises MissingPiece
    where the files of a model that we serve are not here, UsageFault for what cannot be a name.
    """
    if name and (not name.isprintable() or name != name.strip() or len(name) > LONGEST_NAME or name.startswith(TAG)):
        raise UsageFault(
            f"{name[:LONGEST_NAME]!r} cannot be the name of a candidate.",
            f"A name has at most {LONGEST_NAME} characters, no line end, and does not begin like a hash.",
        )
    content = model_id
    if endpoint.embedded:
        from genai_tui.inference.embedded.weights import served_model

        content = served_model(model_id).content
    return Candidate(name, endpoint.name, model_id, prompt.number, prompt.hash, content)
