"""Curves of jobs that grow: what is new is read, and all of it again where something was taken back."""

from genai_tui.store.reader import Reader

Points = list[tuple[int, float | None]]


class CurvePoints:
    """The curves of some jobs as they were read last. One reader at a time: a screen reads in one thread."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int, dict[str, Points]]] = {}

    def of(self, reader: Reader, job: int) -> dict[str, Points]:
        """What a job measured, by name: steps in their order, each with its value. A copy that nobody else changes."""
        last, count, found = self._known.get(job, (-1, 0, {}))
        [(below, whole)] = reader.rows(
            "SELECT count(*) FILTER (WHERE step <= ?), count(*) FROM job_metric WHERE job = ?", (last, job)
        )
        if below != count:  # a job that goes on from a checkpoint takes back what it measured after it
            last, found = -1, {}
        if whole != below or below != count:
            found = {name: list(points) for name, points in found.items()}
            sql = "SELECT name, step, value FROM job_metric WHERE job = ? AND step > ? ORDER BY name, step"
            for name, step, value in reader.rows(sql, (job, last)):
                found.setdefault(name, []).append((step, value))
            last = max((points[-1][0] for points in found.values()), default=-1)
            self._known[job] = (last, sum(map(len, found.values())), found)
        return found
