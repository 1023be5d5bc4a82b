"""What the test of an endpoint gathers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from genai_tui.records.endpoints import Endpoint

Progress = Callable[[str], None]


@dataclass
class Findings:
    """What was found out so far; `say` adds a sentence, `know` a fact of the endpoint, `learn` one of the model."""

    endpoint: Endpoint
    progress: Progress
    facts: dict[str, Any] = field(default_factory=dict)
    model: dict[str, Any] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """A sentence for the user, shown at once."""
        self.sentences.append(sentence)
        self.progress(sentence)

    def know(self, **facts: Any) -> None:
        """Facts of the endpoint."""
        self.facts.update(facts)

    def learn(self, **facts: Any) -> None:
        """Facts of the model that is asked."""
        self.model.update(facts)
