"""The training that is planned: what is typed over what would be by itself, planned again at each key; its start."""

import asyncio
import shlex
import tomllib
from typing import TYPE_CHECKING, Any

from textual.worker import Worker

from genai_tui.errors import GenaiError, UsageFault
from genai_tui.screens.editing import edited
from genai_tui.screens.tabbed import TabbedScreen
from genai_tui.stages.finetune.pages import acts
from genai_tui.stages.finetune.pages.fields import FIELDS, Field, value_of
from genai_tui.stages.finetune.planning import Plan, plan_training
from genai_tui.stages.finetune.settings import NAMES, default_settings, parsed, written_settings
from genai_tui.widgets.line_edit import LineEdit

if TYPE_CHECKING:
    from genai_tui.stages.finetune.pages.data import Data
    from genai_tui.stages.finetune.pages.pane import FinetunePane
    from genai_tui.stages.finetune.pages.plan import PlanPane
    from genai_tui.stages.finetune.pages.trainings import Trainings

DRAFTS = "finetune"  # the name that what is typed here is kept by
WHAT = tuple(field.key for field in FIELDS if not field.setting)


class Planned(TabbedScreen):
    """Holds the plan that all tabs look at; `fault` says why there is none."""

    data: "Data"
    planning: "PlanPane"
    trainings: "Trainings"
    panes: "tuple[FinetunePane, ...]"

    def __init__(self) -> None:
        super().__init__()
        self.plan: Plan | None = None
        self.fault: GenaiError | None = None
        self.box = LineEdit(id="box")
        self.box.display = False
        self.box.styles.dock = "bottom"
        self.box.styles.margin = (0, 0, 1, 0)
        self._field: Field | None = None
        self._before = ""

    # The plan

    @property
    def drafts(self) -> dict[str, Any]:
        """What is set otherwise than it would be by itself, as it is typed."""
        return self.host.typed.of(DRAFTS)

    def plan_again(self) -> None:
        """Plan with what is typed now, in a thread; what is typed meanwhile overtakes it."""
        if self.host.project is not None and self.is_attached:
            _: Worker[None] = self.run_worker(self._plan, group="plan", exclusive=True, exit_on_error=False)

    async def _plan(self) -> None:
        project, drafts = self.host.project, self.drafts
        if project is None:
            return
        values = parsed({key: text for key, text in drafts.items() if key in NAMES and key != "method"})
        what = {key: drafts[key] for key in (*WHAT, "method") if key in drafts}
        try:
            self.plan = await asyncio.to_thread(lambda: plan_training(project, values=values, **what))
            self.fault = None
        except GenaiError as error:
            self.fault = error
        for pane in self.panes:
            pane.show_plan()

    def plan_command(self, verb: str) -> str:
        """`finetune plan` or `start` with what is set."""
        words = ["genai-tui", "finetune", verb]
        for key, text in self.drafts.items():
            words += [f"--{key}", str(text)] if key in (*WHAT, "method") else ["--set", f"{key}={text}"]
        return shlex.join(words)

    # Changing it

    def change_field(self, field: Field) -> None:
        """Turn a choice, or open the box on the line."""
        if self.plan is None and self.fault is None:
            return
        if field.choices:
            at = field.choices.index(self.plan.settings.method) if self.plan is not None else -1
            self._set(field.key, field.choices[(at + 1) % len(field.choices)])
            return
        self._field = field
        self._before = str(self.drafts.get(field.key, value_of(self.plan, field.key) if self.plan is not None else ""))
        self.box.label = f" {field.name} ▸ "
        self.box.set_value(self._before, picked=True)
        self.box.display = True
        self.box.focus()

    def _set(self, key: str, text: str) -> None:
        self.host.typed.keep(DRAFTS, key, text.strip())
        self.plan_again()

    def on_line_edit_changed(self, event: LineEdit.Changed) -> None:
        """What is typed counts at once."""
        if event.box is self.box and self._field is not None:
            self._set(self._field.key, event.value)

    def on_line_edit_submitted(self, event: LineEdit.Submitted) -> None:
        """Back to the form."""
        if event.box is self.box:
            self.set_focus(self.planning.table)

    def on_line_edit_left(self, event: LineEdit.Left) -> None:
        """The box goes; what was typed stays."""
        if event.box is self.box:
            self.box.display = False
            self.left_box = self._field = None
            self.draw_keys()

    def action_reset(self) -> None:
        """The chosen line as it would be by itself."""
        field = self.planning.table.row
        if field is not None:
            self._set(field.key, "")
            self.say(f"{field.name} is as it would be by itself.")

    async def action_editor(self) -> None:
        """All settings as a file in `$EDITOR`; what comes back counts."""
        plan = self.plan
        if plan is None:
            self.say(str(self.fault) if self.fault is not None else "It is planned; in a moment.", "warn")
            return
        notes = {"trains": plan.parent.ref, "on": f"{plan.dataset.name} v{plan.dataset.version}"}
        before = written_settings(plan.settings, notes)
        after = await edited(self, before, ".toml")
        if after is None or after == before:
            return
        try:
            self._take(tomllib.loads(after), plan)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            self.say(f"The file cannot be read as settings: {str(error)[:200]}. Nothing was changed.", "bad")
        except GenaiError as error:
            self.say(f"{error} Nothing was changed.", "bad")

    def _take(self, values: dict[str, Any], plan: Plan) -> None:
        """Keep what differs from the defaults of the method that the file names. Raises UsageFault."""
        from genai_tui.stages.finetune.settings import changed

        rows = plan.dataset.splits.get("train", 0)
        settings = changed(default_settings(plan.settings.method, rows), values)
        usual = default_settings(settings.method, rows)
        for name in NAMES:
            mine, theirs = getattr(settings, name), getattr(usual, name)
            text = (
                ",".join(mine)
                if isinstance(mine, tuple)
                else str(mine).lower()
                if isinstance(mine, bool)
                else str(mine)
            )
            kept = text if name == "method" or mine != theirs else ""
            self.host.typed.keep(DRAFTS, name, "" if mine is None else kept)
        self.say("The settings of the file count now.", "good")
        self.plan_again()

    # Starting it

    def action_start(self) -> None:
        """Start the training that is planned."""
        _: Worker[None] = self.run_worker(self._start, group="start", exclusive=True, exit_on_error=False)

    async def _start(self) -> None:
        from genai_tui.stages.finetune.starting import start_training

        project, plan = self.host.project, self.plan
        if project is None or self.fault is not None or plan is None:
            self.say(str(self.fault or UsageFault("It is planned; in a moment.")), "bad" if self.fault else "wait")
            return
        self.say(f"The rows are looked at; then embedded/{plan.name} is trained.", "wait")
        try:
            job = await start_training(project, plan)
        except GenaiError as error:
            self.say(str(error), "bad")
            return
        self.host.typed.keep(DRAFTS, "name", "")
        self.host.look_again()
        self.action_tab(acts.JOBS)
        self.say(f"Job {job.id} trains embedded/{plan.name}; it goes on when you leave.", "good")
        self.plan_again()
