"""What the sources of rows can do: each makes another version of the dataset, which can be taken back."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from genai_tui.errors import GenaiError
from genai_tui.stages.finetune.pages.from_where import Source, free_tries, move_failures
from genai_tui.stages.finetune.pages.planned import Planned

if TYPE_CHECKING:
    from genai_tui.project import Project

EVALUATE = 6
FIRST_ANSWER = (
    "Let a stronger model answer train first: 6, a, then w turns the split to train. Or by command: "
    "genai-tui eval run C --split train --scorer length"
)


class Taking(Planned):
    """Takes rows in a thread; then they are looked at anew."""

    asked_of: Source | None = None  # whose rows are moved by another enter

    def take_source(self, source: Source) -> None:
        """Do what a source does; what moves rows out of what is measured is asked about once more."""
        match source.kind:
            case "dataset":
                self.host.go_to_stage(EVALUATE)
            case "tries":
                self.data.begin(self._choose_tries, "take")
            case "unanswered":
                self.say(FIRST_ANSWER)
            case "answers":
                self._ask_terms(source)
            case "back":
                self.action_take_back()
            case _ if self.asked_of != source:
                self.asked_of = source
                what = f"{source.text}, in a new version; scores that saw them say so."
                self.say(f"{what} Enter again moves them.", "warn")
            case _:
                self.asked_of = None
                self._make_rows(lambda project: f"{move_failures(project, source.run)} u takes it back.")

    async def _choose_tries(self) -> None:
        from genai_tui.stages.finetune.pages.tries import Tries

        found = await asyncio.to_thread(free_tries, self.data.project)
        self.app.push_screen(Tries(found, self._take_tries))

    def _take_tries(self, numbers: list[int]) -> None:
        from genai_tui.stages.finetune.sources import tries_to_train

        self._make_rows(lambda project: tries_to_train(project, numbers).text)

    def _ask_terms(self, source: Source) -> None:
        from genai_tui.stages.finetune.pages.answers import Answers
        from genai_tui.stages.finetune.sources import answers_to_train
        from genai_tui.store.runs import find_run

        def take(terms: str) -> None:
            self._make_rows(lambda project: answers_to_train(project, find_run(project.reader, source.run), terms).text)

        self.app.push_screen(Answers(source, take))

    def action_take_back(self) -> None:
        """The rows of the version before, as the newest one."""
        from genai_tui.stages.finetune.sources import take_back

        self._make_rows(lambda project: take_back(project).text)

    def _make_rows(self, work: "Callable[[Project], str]") -> None:
        """Make another version of the dataset in a thread, and look at its rows."""

        async def act() -> None:
            try:
                said = await asyncio.to_thread(work, self.data.project)
            except GenaiError as error:
                self.say(str(error), "warn")
                return
            self.host.look_again()
            self.plan_again()
            self.say(said, "good")

        self.data.begin(act, "take")
