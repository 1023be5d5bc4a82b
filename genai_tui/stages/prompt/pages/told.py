"""What is told of an answer: where it breaks its schema, how its numbers came, each token; and tries of before."""

import asyncio
from typing import TYPE_CHECKING

from genai_tui.records.generations import Generation
from genai_tui.stages.prompt.pages.kept import Kept
from genai_tui.stages.prompt.pages.slots import Slot
from genai_tui.stages.prompt.sheet import Column, subject_of

if TYPE_CHECKING:
    from genai_tui.inference.templates import Templated
    from genai_tui.stages.prompt.wire import Sent


class Told(Kept):
    """The keys of an answer."""

    def slot_told_of(self) -> Slot | None:
        """The column that a key is about; else says why there is none."""
        slot = self.slot
        if slot is None:
            self.say("Several columns answer: tab goes to the one you mean.")
        elif slot.generation is None:
            self.say("An answer is still coming." if slot.running else "There is no answer yet; r asks.")
        else:
            return slot
        return None

    def show_generation(self, slot: Slot, generation: Generation) -> None:
        """Besides, look for the place where it breaks its schema."""
        super().show_generation(slot, generation)
        if generation.error is None and slot.asked is not None and slot.asked.output is not None:
            self.app.run_worker(
                self._check(slot, generation), group=f"check-{id(slot)}", exclusive=True, exit_on_error=False
            )

    async def _check(self, slot: Slot, generation: Generation) -> None:
        from genai_tui.answering.breaks import break_of

        assert slot.asked is not None
        assert slot.asked.output is not None
        found = await asyncio.to_thread(break_of, generation.text, dict(slot.asked.output))
        if slot.generation is not generation:
            return
        if found is not None:
            slot.view.point_at(found.offset, f"line {found.line}: {found.sentence}")
        if found is None or found.kind != "unchecked":
            slot.holds = found is None
            self.show_state(slot)
            self.show_states()

    def action_enter(self) -> None:
        """On an answer, how it came; else into a box."""
        if any(slot.view is self.focused for slot in self.asked):
            self.action_how()
        else:
            super().action_enter()

    def column_meant(self) -> Column:
        """The chosen column, else the first."""
        return self.slot.column if self.slot is not None else self.slots[0].column

    def action_how(self) -> None:
        """How the numbers of an answer came about."""
        from genai_tui.screens.how import How
        from genai_tui.stages.prompt.explaining import explain

        slot, project = self.slot_told_of(), self.host.project
        if slot is not None and slot.generation is not None and project is not None:
            each = slot.generation
            said = tuple(explain(each, project.settings.endpoints.get(each.endpoint)))
            self.app.push_screen(
                How(f"How try {each.id} came about", said, stage=self.STAGE, command="genai-tui status")
            )

    def action_markdown(self) -> None:
        """Show it as it came, or rendered."""
        for slot in [self.slot] if self.slot is not None else self.asked:
            slot.view.toggle_markdown()

    def action_reasoning(self) -> None:
        """Shown, or folded away."""
        slots = [slot for slot in ([self.slot] if self.slot is not None else self.asked) if slot.view.reasoning]
        for slot in slots:
            slot.view.toggle_reasoning()
        if not slots:
            self.say("No reasoning came with it.")

    def action_logprobs(self) -> None:
        """Each token's probability; asked for from now on where the answer has none."""
        generation = self.slot.generation if self.slot is not None else None
        if generation is not None and generation.logprobs:
            from genai_tui.stages.prompt.pages.probabilities import Probabilities

            self.app.push_screen(Probabilities(generation))
            return
        from genai_tui.stages.prompt.trying import LOGPROBS

        self.extra = None if self.extra else LOGPROBS
        if self.extra:
            self.say("Each token's probability is asked for from the next run on; r runs, then l shows them.", "good")
        else:
            self.say("Probabilities are no longer asked for: the endpoint gave none.")

    def action_wire(self) -> None:
        """Exactly what goes over the wire for the chosen column."""
        project, sheet, inputs, column = self.host.project, self.sheet, self.rows.inputs(), self.column_meant()
        if project is None:
            return
        from genai_tui.stages.prompt.pages.wire import Wire
        from genai_tui.stages.prompt.wire import sent_of

        command, extra = self.command(), self.extra

        def read() -> "Sent":
            return sent_of(project, subject_of(project, sheet, column), inputs, command=command, extra=extra)

        self.app.push_screen(Wire(read, text_of=self._text_of, title=self.version_said()))

    async def _text_of(self, sent: "Sent") -> "Templated | None":
        """The text after the chat template, where the server tells it; the embedded one is woken for it."""
        from genai_tui.stages.prompt.templating import after_template

        asking, model = await self.host.asking(), str(sent.body["model"])
        return await after_template(asking, sent.endpoint, model, sent.body, wake=True)

    def action_samples(self) -> None:
        """Ask the chosen column several times."""
        project, column = self.host.project, self.column_meant()
        if project is None or self.lacks_weights(self.action_samples):
            return
        from genai_tui.stages.prompt.pages.samples import Samples

        inputs, expected = self.rows.inputs(), self.rows.expected
        self.app.push_screen(
            Samples(
                project, self.sheet, column, inputs, on_open=self.reopen, expected=expected, extra=self.extra,
                command=self.command(),
            )
        )  # fmt: skip

    def action_history(self) -> None:
        """Every try there was."""
        from genai_tui.stages.prompt.pages.history import History

        if self.host.project is not None:
            self.app.push_screen(History(self.host.project, on_open=self.reopen))
