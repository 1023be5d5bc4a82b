"""Candidates: a model, a prompt and what augments it."""

from dataclasses import dataclass, field
from typing import Any

from genai_tui.records.hashing import content_hash


@dataclass(frozen=True)
class Candidate:
    """Immutable, named, content-hashed. `prompt` is a version's number, `prompt_hash` that version's hash.

    `model_content` is what of the model decides the answer: for files that we serve the SHA-256 of weights,
    adapters and chat template, else the model id as it is sent.
    """

    name: str
    endpoint: str
    model_id: str
    prompt: int
    prompt_hash: str
    model_content: str
    augmentation: dict[str, Any] = field(default_factory=dict)
    id: int = 0
    created: str = ""

    @property
    def hash(self) -> str:
        """Hash of its prompt's, its augmentation's and the model's content."""
        return content_hash(
            {"prompt": self.prompt_hash, "augmentation": content_hash(self.augmentation), "model": self.model_content}
        )

    @property
    def model(self) -> str:
        """The model as it is written everywhere: `endpoint/model-id`."""
        return f"{self.endpoint}/{self.model_id}"
