"""The training that is planned: what is typed over what would be by itself, planned again at each key."""

import asyncio
import shlex
import tomllib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual.worker import Worker

from genai_tui.errors import GenaiError
from genai_tui.screens.editing import edited
from genai_tui.screens.tabbed import TabbedScreen
from genai_tui.stages.finetune.pages.fields import FACTOR, FIELDS, WHERE, Field, fields_of, said, value_of
from genai_tui.stages.finetune.pages.remote import OWN, remote_fields, remote_said
from genai_tui.stages.finetune.planning import Plan, plan_training
from genai_tui.stages.finetune.remote_planning import RemotePlan, is_remote, plan_remote
from genai_tui.stages.finetune.settings import NAMES, default_settings, parsed, written_settings
from genai_tui.widgets.line_edit import LineEdit

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.stages.finetune.pages.data import Data
    from genai_tui.stages.finetune.pages.pane import FinetunePane
    from genai_tui.stages.finetune.pages.plan import PlanPane
    from genai_tui.stages.finetune.pages.trainings import Trainings

DRAFTS = "finetune"  # the name that what is typed here is kept by
WHAT = tuple(field.key for field in FIELDS if not field.setting and field.key != FACTOR)
LEAKS = "allow_leaks"


class Planned(TabbedScreen):
    """Holds the plan that all tabs look at: one for here, or one that a service trains; `fault` says why there is none.

    While there is a fault the last plan stays; where there was none, the one that it would be by itself.
    """

    data: "Data"
    planning: "PlanPane"
    trainings: "Trainings"
    panes: "tuple[FinetunePane, ...]"

    def __init__(self) -> None:
        super().__init__()
        self.plan: Plan | None = None
        self.remote: RemotePlan | None = None
        self.fault: GenaiError | None = None
        self.box = LineEdit(id="box")
        self.box.display = False
        self.box.styles.dock = "bottom"
        self.box.styles.margin = (0, 0, 1, 0)
        self._planning = self._plan_anew = False
        self._field: Field | None = None
        self._before = ""

    # The plan

    @property
    def drafts(self) -> dict[str, Any]:
        """What is set otherwise than it would be by itself, as it is typed."""
        return self.host.typed.of(DRAFTS)

    def plan_again(self) -> None:
        """Plan with what is typed now, in a thread; where that is under way, once more after it.

        Not instead of it: what is written while a training runs would put an end to every plan that takes a while.
        """
        self._plan_anew = True
        if self.host.project is not None and self.is_attached and not self._planning:
            self._planning = True
            _: Worker[None] = self.run_worker(self._plan_all, group="plan", exit_on_error=False)

    async def _plan_all(self) -> None:
        try:
            while self._plan_anew:
                self._plan_anew = False
                await self._plan()
        finally:
            self._planning = False

    async def _plan(self) -> None:
        project = self.host.project
        if project is None:
            return
        try:
            found = await asyncio.to_thread(self._planned, project)
        except GenaiError as error:
            self.fault = error
            if self.plan is None and self.remote is None and self.drafts:
                with suppress(GenaiError):  # the form, where what was typed before can be mended
                    self.plan = await asyncio.to_thread(plan_training, project)
        else:
            self.fault = None
            self.plan, self.remote = (found, None) if isinstance(found, Plan) else (None, found)
        for pane in self.panes:
            pane.show_plan()

    def _planned(self, project: "Project") -> Plan | RemotePlan:
        """What is typed as a plan; in a thread. Raises GenaiError."""
        drafts = self.drafts
        what: dict[str, Any] = {key: drafts[key] for key in (*WHAT, "method") if key in drafts}
        what["allow_leaks"] = LEAKS in drafts
        texts = {key: text for key, text in drafts.items() if key in NAMES and key != "method"}
        remote = is_remote(project.settings, what.get("model"))
        if remote or not project.settings.slurm:
            what.pop(WHERE, None)  # it is no longer on the screen
        if remote:
            there = {key: text for key, text in texts.items() if key != "rate"}
            there |= {"rate": drafts[FACTOR]} if FACTOR in drafts else {}
            return plan_remote(project, what.pop("model"), values=parsed(there), before=self.remote, **what)
        return plan_training(project, values=parsed(texts), **what)

    def plan_command(self, verb: str) -> str:
        """`finetune plan` or `start` with what is set."""
        words = ["genai-tui", "finetune", verb]
        for key, text in self.drafts.items():
            if key == WHERE and self.remote is not None:
                continue
            if key in (*WHAT, "method"):
                words += [f"--{key}", str(text)]
            elif key == LEAKS:
                words.append("--allow-leaks")
            elif key != ("rate" if self.remote is not None else FACTOR):
                words += ["--set", f"{'rate' if key == FACTOR else key}={text}"]
        return shlex.join(words)

    def text_of(self, key: str) -> str:
        """What stands in a line, for people; empty while there is no plan."""
        if self.remote is not None:
            return remote_said(self.remote, key)
        return said(self.plan, key) if self.plan is not None else ""

    def fields(self) -> list[Field]:
        """The lines of the plan that there is."""
        if self.remote is not None:
            return remote_fields()
        if self.plan is None or self.host.project is None:
            return []
        slurm = bool(self.host.project.settings.slurm)
        return [field for field in fields_of(self.plan.settings.method) if slurm or field.key != WHERE]

    # Changing it

    def change_field(self, field: Field) -> None:
        """Turn a choice, or open the box on the line."""
        if self.plan is None and self.remote is None and self.fault is None:
            return
        if field.choices:
            at = field.choices.index(value_of(self.plan, field.key)) if self.plan is not None else -1
            self._set(field.key, field.choices[(at + 1) % len(field.choices)])
            return
        self._field = field
        now = value_of(self.plan, field.key) if self.plan is not None else self.text_of(field.key)
        self._before = str(self.drafts.get(field.key, "" if now == OWN else now))
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
        if self.remote is not None:
            self.say("A service takes epochs, batch and a factor of its rate; all else is its own.")
            return
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

    def action_leaks(self) -> None:
        """Train though rows are measured too, or no longer."""
        read = self.data.read
        allowed = LEAKS in self.drafts
        if not allowed and (read is None or not read.looked.leaks):
            self.say("No row of train is measured too: there is nothing to allow.")
            return
        self._set(LEAKS, "" if allowed else "yes")
        self.say(
            "Rows that are measured too stand in the way again."
            if allowed
            else "Rows that are measured too are trained on: every later score of the model says so. a takes it back.",
            "good" if allowed else "warn",
        )
