"""What the settings are once they have been read."""

from pathlib import Path
from typing import Any, Literal, NamedTuple

from genai_tui.errors import UsageFault
from genai_tui.records.endpoints import Endpoint

THEMES = ("dark", "light", "high-contrast", "terminal")
KEYBOARDS = ("full", "plain")
DRAWINGS = ("auto", "unicode", "ascii")


class Settings(NamedTuple):
    """The user's settings. `endpoints`: `embedded`, then `openai` where the environment gives it, then the file's.

    `theme` is None where none is chosen (the app decides); `keyboard` is "plain" where the kitty protocol is not
    wanted; `mouse` is None where the app decides (off over ssh); `keys` maps the id of an action to its keys; `slurm`
    is what is asked of Slurm whatever a job's estimate says, and, under `where`, whether trainings are given to it;
    `path` is the file, whether it exists or not; `notes` are sentences on what could not be looked at.
    """

    endpoints: dict[str, Endpoint]
    path: Path
    theme: str | None = None
    keyboard: Literal["full", "plain"] = "full"
    drawing: Literal["auto", "unicode", "ascii"] = "auto"
    bell: bool = True
    mouse: bool | None = None
    keys: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - never changed
    paths: dict[str, Path] = {}  # noqa: RUF012 - never changed
    slurm: dict[str, Any] = {}  # noqa: RUF012 - never changed
    notes: tuple[str, ...] = ()

    def endpoint(self, name: str) -> Endpoint:
        """The endpoint called `name`; UsageFault names those there are."""
        try:
            return self.endpoints[name]
        except KeyError:
            raise UsageFault(
                f"There is no endpoint {name[:80]!r}.",
                f"Known: {', '.join(self.endpoints)}.",
                "Add one: genai-tui endpoint add NAME --url URL",
            ) from None

    def model(self, reference: str) -> tuple[Endpoint, str]:
        """`endpoint/model-id` split at its first `/`, the id untouched; UsageFault where it has no id or endpoint."""
        name, slash, model_id = reference.partition("/")
        if not slash or not name or not model_id:
            raise UsageFault(
                f"{reference[:120]!r} names no model.",
                "A model is written endpoint/model-id.",
                "See: genai-tui model list",
            )
        return self.endpoint(name), model_id
