"""Which curves lie over each other: the chosen training's, the pinned one's, those that stay; of one quantity."""

from collections.abc import Mapping, Sequence

from genai_tui.records.jobs import Job
from genai_tui.screens.quantities import by_quantity, short
from genai_tui.widgets.curve_view import ROLES, SIGNS, CurveView, as_curves
from genai_tui.widgets.curves import Curve, Series

MOST = len(SIGNS) - 1  # curves beside the chosen one
Measured = Mapping[int, Mapping[str, Series]]  # of each job, by the names that it gave


class Overlay:
    """What is drawn, by the numbers of jobs. One job alone shows all parts of a quantity, several one part of it."""

    def __init__(self) -> None:
        self.stays: list[int] = []
        self.pinned: int | None = None
        self._at = 0  # of the quantities, or of their parts

    def drawn(self, chosen: int) -> list[int]:
        """The jobs that are drawn, the chosen one first."""
        pinned = () if self.pinned is None else (self.pinned,)
        return list(dict.fromkeys((chosen, *pinned, *self.stays)))[: MOST + 1]

    def turn_stay(self, number: int) -> str:
        """Draw a job over the others from now on, or no longer; says so."""
        if number in self.stays:
            self.stays.remove(number)
            return f"Job {number} is drawn only where it is chosen."
        self.stays = [*self.stays, number][-MOST:]
        return f"Job {number} stays drawn; choose another to see both."

    def turn_pin(self, number: int) -> str:
        """Hold the others against a job, or against none; says so."""
        self.pinned = None if self.pinned == number else number
        if self.pinned is None:
            return "Nothing is pinned."
        return f"Job {number} is pinned: others say how far they are from it."

    def turn_quantity(self) -> None:
        """The next quantity."""
        self._at += 1

    def draw(self, view: CurveView, chosen: Job | None, measured: Measured, names: Mapping[int, str]) -> None:
        """Show the curves; `names` says what each job is called."""
        numbers = [] if chosen is None else [one for one in self.drawn(chosen.id) if measured.get(one)]
        if chosen is None or not numbers:
            view.show("", ())
        elif numbers == [chosen.id]:
            self._draw_one(view, measured[chosen.id])
        else:
            self._draw_several(view, chosen.id, {one: measured[one] for one in numbers}, names)

    def _draw_one(self, view: CurveView, measured: Mapping[str, Series]) -> None:
        found = by_quantity(measured)
        quantities = list(found)
        at = quantities[self._at % len(quantities)]
        view.show(short(at), as_curves(found[at]), [short(each) for each in quantities])

    def _draw_several(self, view: CurveView, chosen: int, measured: Measured, names: Mapping[int, str]) -> None:
        parts = _parts(measured)
        at = parts[self._at % len(parts)]
        curves = [
            Curve(names[one], measured[one][at], "" if one == chosen else SIGNS[place], ROLES[place])
            for place, one in enumerate(measured)
            if at in measured[one]
        ]
        pinned = "" if self.pinned is None else names.get(self.pinned, "")
        view.show(_said(at), curves, [_said(each) for each in parts], pinned)


def _parts(measured: Measured) -> Sequence[str]:
    """Every name under which one of them measured something, as quantities are ordered."""
    every = {name: points for each in measured.values() for name, points in each.items()}
    found = by_quantity(every)
    order = list(found)
    return sorted(every, key=lambda name: (order.index(name.partition("/")[0]), name != "loss/train", name))


def _said(name: str) -> str:
    """`train loss` of `loss/train`."""
    quantity, _, part = name.partition("/")
    return f"{part} {short(quantity)}".lstrip()
