"""Whether a question is asked again, and after how long: as often as is allowed, as long as anybody should wait."""

from genai_tui.inference import sentences
from genai_tui.inference.attempt import Problem
from genai_tui.inference.retrying import Patience, back_off
from genai_tui.inference.sentences import Asked

NOT_CONNECTED_RETRIES = 2  # where somebody watches: a closed port is told within seconds
EACH_LOADING_WAIT_S = 5.0


class Persistence:
    """Counts failures and waiting over all requests of one answer. `watched`: somebody sees the deltas."""

    def __init__(self, retries: int, patience: Patience, *, watched: bool) -> None:
        self._retries = retries
        self._patience = patience
        self._watched = watched
        self._failures = 0
        self._loading_waits = 0
        self._waited = 0.0
        self._loading = 0.0

    def wait(self, asked: Asked, problem: Problem) -> float | None:
        """Seconds until it is asked again; None where it is not.

        Raises NoAnswer where the server asks for more waiting than is done.
        """
        if not problem.again:
            return None
        if problem.loading:
            return self._loading_wait(problem)
        self._failures += 1
        if self._failures > self._most_retries(asked, problem):
            return None
        wait = problem.wait if problem.wait is not None else back_off(self._failures)
        if self._waited + wait > self._patience.waiting:
            if problem.wait is None:
                return None
            raise sentences.of_long_wait(asked, problem.fault, wait, self._waited)
        self._waited += wait
        return wait

    def _loading_wait(self, problem: Problem) -> float | None:
        self._loading_waits += 1
        wait = problem.wait if problem.wait is not None else min(EACH_LOADING_WAIT_S, back_off(self._loading_waits))
        if self._loading + wait > self._patience.loading:
            return None
        self._loading += wait
        return wait

    def _most_retries(self, asked: Asked, problem: Problem) -> int:
        """All of them, but few where nobody is there: a closed port, or silence that has already lasted a minute."""
        broken = problem.broken
        if broken is None:
            return self._retries
        if broken.how == "silence":
            return 0 if asked.access.local else min(1, self._retries)
        if broken.never_sent and self._watched:
            return min(NOT_CONNECTED_RETRIES, self._retries)
        return self._retries
