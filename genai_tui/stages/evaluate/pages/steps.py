"""One step in, and with esc one step back: to the tab, the part or the page that one came from."""

from collections.abc import Callable

from textual.widget import Widget

from genai_tui.screens.tabbed import TabbedScreen


class Steps(TabbedScreen):
    """A tab that is chosen by its own key is no step: esc leaves the screen from there."""

    _back: Callable[[], bool] | None = None

    def action_tab(self, place: int) -> None:
        """Show a tab, from which no way leads back."""
        self._back = None
        super().action_tab(place)

    def step_into(self, place: int, then: Callable[[], None] = lambda: None) -> None:
        """Show a tab; esc goes back to this one, and does `then`."""
        before, part = self.current, self.focused

        def back() -> bool:
            self.action_tab(before)
            if part is not None and part.display:
                self.set_focus(part)
            then()
            return True

        self.action_tab(place)
        self._back = back

    def step_to(self, part: Widget) -> None:
        """Go to another part of the tab; esc goes back to this one, where the keys are there still."""
        before = self.focused

        def back() -> bool:
            here = self.focused is part
            if here:
                self.set_focus(before)
            return here

        self.set_focus(part)
        self._back = back

    def holds_esc(self) -> bool:
        """A step back before esc leaves the screen."""
        held = super().holds_esc()
        if held or self._back is None:
            return held
        back, self._back = self._back, None
        return back()
