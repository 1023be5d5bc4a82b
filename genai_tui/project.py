"""A project: the folder with `.genai/` in it. Opens it, and hands out store, settings and asking."""

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

from genai_tui.errors import NoProject, UsageFault
from genai_tui.inference.embedded.made import know_project
from genai_tui.records.endpoints import EMBEDDED_MODEL
from genai_tui.records.stages import ProjectFacts
from genai_tui.store.amounts import slurm_has_some
from genai_tui.store.reader import Reader

if TYPE_CHECKING:
    from genai_tui.answering.asking import Asking, Kind
    from genai_tui.answering.picking import Pool
    from genai_tui.jobs.attending import Attending
    from genai_tui.records.endpoints import Endpoint
    from genai_tui.records.prompts import FewShot, Prompt
    from genai_tui.settings import Settings
    from genai_tui.store.writer import Writer

FOLDER = ".genai"
DEFAULT_MODEL = EMBEDDED_MODEL


def find_project(start: Path, *, upwards: bool = True) -> Path:
    """The folder that holds the project: `start` or, `upwards`, the nearest above it. Raises NoProject."""
    start = start.absolute()
    for folder in (start, *start.parents) if upwards else (start,):
        if os.path.isdir(folder / FOLDER):
            return folder
    where = f"{start} or above it" if upwards else str(start)
    closed = os.path.isdir(start) and not os.access(start, os.X_OK)
    raise NoProject(
        f"There is no project in {where}.",
        f"You may not look into {start}." if closed else f"A project is a folder with {FOLDER} in it.",
        "`genai-tui init PATH` makes one, `genai-tui sample` makes the sample project.",
    )


class Project:
    """One open project. Close it, or use it with `with`: the writer then ends with everything on disk.

    Opening reads; nothing is contacted, and no thread starts before the first write.
    """

    def __init__(self, folder: Path, *, environ: Mapping[str, str] = os.environ, reading: Path | None = None) -> None:
        self.folder = folder
        self.environ = environ
        self.database = folder / FOLDER / "project.db"
        know_project(folder / FOLDER)
        self.reader = Reader(reading or self.database)
        self._writer: Writer | None = None
        self._attending: Attending | None = None
        self._pools: dict[str | int, Pool] = {}

    @classmethod
    def open(cls, folder: Path | str, *, environ: Mapping[str, str] = os.environ) -> Self:
        """Open the project in `folder`; an older one is migrated after a backup, a newer one is refused untouched.

        What jobs on nodes of a cluster wrote meanwhile is taken in. Raises NoProject, ProjectFault or StorageFault.
        """
        from genai_tui.store.database import ensure_current

        root = find_project(Path(folder), upwards=False)
        ensure_current(root)
        project = cls(root, environ=environ)
        if slurm_has_some(project.reader):
            from genai_tui.jobs.attending import attend

            attend(project, ask=False)
        return project

    @classmethod
    def on_node(cls, folder: Path, number: int, by: str, *, environ: Mapping[str, str] = os.environ) -> Self:
        """Open the project as job `number` has it on a node, which Slurm started as its job `by`.

        The excerpt that the job was given is read, and what is written stands beside the database, which is not
        touched. Raises ProjectFault or StorageFault.
        """
        from genai_tui.store.beside import EVENTS, BesideWriter
        from genai_tui.store.excerpt import FILE

        beside = folder / FOLDER / "jobs" / str(number)
        project = cls(folder, environ=environ, reading=beside / FILE)
        project._writer = cast("Writer", BesideWriter(beside / EVENTS, by))
        return project

    @classmethod
    def create(
        cls,
        folder: Path | str,
        *,
        name: str = "",
        shared: bool = False,
        environ: Mapping[str, str] = os.environ,
        fill: "Callable[[Writer], None] | None" = None,
    ) -> Self:
        """Make a project in `folder` (the folder too, where it is missing) and open it.

        It is empty, or holds what `fill` writes; it is there whole or not at all. Raises ProjectFault, StorageFault.
        """
        from genai_tui.store.database import create

        root = Path(folder).absolute()
        create(root, name=name or root.name, shared=shared, fill=fill)
        return cls(root, environ=environ)

    @property
    def writer(self) -> "Writer":
        """The one writer of this process, started at its first use."""
        if self._writer is None:
            from genai_tui.store.writer import Writer

            self._writer = Writer(self.database)
        return self._writer

    @cached_property
    def settings(self) -> "Settings":
        """The user's settings."""
        from genai_tui.settings import load_settings

        return load_settings(self.environ)

    @property
    def name(self) -> str:
        """The project's name."""
        from genai_tui.store.choices import choice

        return choice(self.reader, "name") or self.folder.name

    @property
    def model_in_use(self) -> str | None:
        """The model that `model use` chose, as `endpoint/model-id`."""
        from genai_tui.store.choices import choice

        return choice(self.reader, "model")

    def model(self, reference: str | None = None) -> tuple["Endpoint", str]:
        """Endpoint and model id of a reference; without one of the model in use, else of the embedded one."""
        return self.settings.model(reference or self.model_in_use or DEFAULT_MODEL)

    def asking(self, *, transport: "Kind" = "openai", notice: Callable[[str], None] | None = None) -> "Asking":
        """Everything needed to ask, with this project's budget and data rules; open it with `async with`."""
        from genai_tui.answering.asking import Asking
        from genai_tui.inference.data_rules import read_rules
        from genai_tui.store.scopes import current_scope

        scope = current_scope(self.reader)
        limit, budget = scope.budget_usd, None
        if limit is not None:
            from genai_tui.inference.budget import Budget

            budget = Budget(self.writer, limit_usd=limit)
        return Asking(
            self.settings, self.writer, transport=transport, budget=budget, notice=notice, environ=self.environ,
            rules=read_rules(scope.data_rules),
        )  # fmt: skip

    def pool(self, wanted: str | None = None) -> "Pool":
        """The rows of train that a rule picks its examples from: those of the dataset in use, or those hashed so.

        Reads all of train: call it in a thread where a loop runs. Raises UsageFault where no dataset has such rows.
        """
        from genai_tui.answering.picking import Pool
        from genai_tui.store.datasets import all_examples, find_dataset, find_dataset_version, measured_too
        from genai_tui.store.editing import different_splits

        key = find_dataset(self.reader).id if wanted is None else wanted
        if key in self._pools:
            return self._pools[key]
        for version in [key] if isinstance(key, int) else different_splits(self.reader, "train"):
            dataset = find_dataset_version(self.reader, version)
            pool = Pool(list(all_examples(self.reader, dataset, "train")), measured_too(self.reader, dataset))
            if wanted in (None, pool.hash):
                self._pools[key] = pool
                return pool
        raise UsageFault(
            "The rows of train that this prompt picks its examples from are in no dataset of the project.",
            "They were changed since it was saved, or never imported here.",
            "Save the prompt again with --few-shot, or import the dataset.",
        )

    def examples_for(self, prompt: "Prompt", inputs: Mapping[str, Any]) -> tuple["FewShot", ...]:
        """The few-shot examples a prompt shows for these inputs. As slow as `pool` at the first call."""
        rule = prompt.examples
        return rule.fixed if rule.pick == "fixed" else self.pool(rule.pool).pick(rule, inputs)

    def attend(self) -> None:
        """Attend to jobs that Slurm has, where there are any: in a thread of its own, as often as is good for Slurm."""
        if self._attending is None and slurm_has_some(self.reader):
            from genai_tui.jobs.attending import Attending

            self._attending = Attending(self)
        if self._attending is not None:
            self._attending.look_behind()

    def facts(self) -> ProjectFacts:
        """What the rules of advice look at, by one read of the store."""
        from genai_tui.store.facts import project_facts

        return project_facts(self.reader, weights_present=weights_present())

    def close(self) -> None:
        """End the readers, and the writer with everything on disk. Raises StorageFault where something could not be."""
        self.reader.close()
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def weights_present() -> bool:
    """Whether the embedded model's weights are on this machine: one look at the disk."""
    from genai_tui.inference.embedded.weights import present

    return present()
