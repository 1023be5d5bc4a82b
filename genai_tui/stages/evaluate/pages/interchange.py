"""The keys to and from other programs: a run into a file, a log as a run, a promptfoo configuration; and the gate."""

import asyncio
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from genai_tui.errors import GenaiError
from genai_tui.stages.evaluate.pages.onward import Onward
from genai_tui.stages.evaluate.pages.working import begin

if TYPE_CHECKING:
    from genai_tui.records.datasets import Dataset
    from genai_tui.records.runs import Run

SHOWN = 2  # rejected rows that are said with their reasons
LOG, ROWS, CONFIG = " import the log ▸ ", " import the rows of ▸ ", " measure the configuration ▸ "


class Interchange(Onward):
    """What `eval export`, `import`, `gate` and `run --config` do."""

    def action_export(self) -> None:
        """The chosen run into a file."""
        from genai_tui.stages.evaluate.pages.export import ExportPage

        run = self._with_result()
        if run is not None and self.host.project is not None:
            self.app.push_screen(ExportPage(self.host.project, run))

    def action_gate(self) -> None:
        """Whether the chosen run may pass."""
        from genai_tui.stages.evaluate.pages.gate import GatePage

        run = self._with_result()
        if run is not None and self.host.project is not None:
            base = self.baseline_for(run) if self.base_chosen is not None else None
            self.app.push_screen(GatePage(self.host.project, run, base))

    def _with_result(self) -> "Run | None":
        run = self.chosen
        if run is None:
            self.say("There is no run yet; a starts one.")
        elif run.result is None:
            self.say(f"Run {run.id} has no result yet: it is {run.state}.")
            return None
        return run

    def action_import(self) -> None:
        """The log of another program as a run."""

        def take(typed: str) -> None:
            if typed:
                begin(self, partial(self._import, typed), "import")

        self.ask(LOG, take, hint="lm-eval samples_….jsonl, Inspect JSON, promptfoo")

    async def _import(self, typed: str) -> None:
        from genai_tui.datasets.storing import check_name, stem
        from genai_tui.stages.evaluate.interchange.importing import store_log
        from genai_tui.stages.evaluate.interchange.logs import read_logs

        project, path = self.host.project, Path(typed).expanduser()
        if project is None:
            return
        self.say(f"Reading {path} …", "wait")
        try:
            name = stem(path.name)
            check_name(name)
            logs = await asyncio.to_thread(read_logs, path)
            for log in logs:
                run, again = await asyncio.to_thread(store_log, project, log, name, "dev", path.name)
        except GenaiError as error:
            self.refuse(LOG, typed, error)
            return
        self.runs.follow()
        self.host.look_again()
        refused = [row for log in logs for row in log.rejected]
        rejected = ".".join(f" line {row.line}: {row.reason}" for row in refused[:SHOWN])
        more = f"; {len(refused):,} rows rejected:{rejected}" if refused else ""
        more += f"; {len(logs):,} runs in all" if len(logs) > 1 else ""
        answers = run.result.n if run.result is not None else 0
        is_ = "is there already" if again else "is imported"
        self.say(f"Run {run.id} {is_}: {answers:,} answers{more}.", "warn" if refused else "good")

    def action_import_rows(self) -> None:
        """A file of rows as a dataset."""
        from genai_tui.stages.evaluate.pages.importing import ImportPage

        def take(typed: str) -> None:
            if typed and self.host.project is not None:
                keep = partial(self.keep_typed, ROWS, typed)
                self.app.push_screen(ImportPage(self.host.project, Path(typed).expanduser(), self._stored, keep))

        self.ask(ROWS, take, hint="CSV, JSONL, JSON, Parquet, chats, promptfoo tests …")

    def _stored(self, dataset: "Dataset") -> None:
        self.host.look_again()
        self.pane.show_rows()
        self.datasets.choose(dataset)

    def action_config(self) -> None:
        """What a promptfoo configuration describes."""

        def take(typed: str) -> None:
            if typed:
                begin(self, partial(self._configured, typed), "config")

        self.ask(CONFIG, take, value="promptfooconfig.yaml", picked=True, hint="of promptfoo, YAML or JSON")

    async def _configured(self, typed: str) -> None:
        from genai_tui.stages.evaluate.interchange.config import read_config
        from genai_tui.stages.evaluate.pages.configured import ConfigPage

        project, path = self.host.project, Path(typed).expanduser()
        if project is None:
            return
        try:
            suite = await asyncio.to_thread(read_config, path, project.settings, project.environ)
        except GenaiError as error:
            self.refuse(CONFIG, typed, error)
            return

        def go() -> None:
            self.action_tab(0)
            self.runs.follow()
            self._going().configured(project, suite)

        if self.is_current:
            self.app.push_screen(ConfigPage(project, suite, go, self._rate))
