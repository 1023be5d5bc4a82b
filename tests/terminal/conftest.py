"""The little app at the far end of a line."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.far_end import FarEnd, far_end

LITTLE = Path(__file__).parent / "apps" / "little.py"


@pytest.fixture
def little(home: Path) -> Iterator[Callable[..., FarEnd]]:
    """Starts the little app and waits until it stands: `little("box", TERM="screen")`."""
    with ExitStack() as stack:

        def start(*words: str, size: tuple[int, int] = (80, 24), ready: bool = True, **environ: str) -> FarEnd:
            program = stack.enter_context(far_end(LITTLE, *words, home=home, size=size, **environ))
            if ready:
                assert program.wait_report("ready") == list(size)
                program.wait_for(b"ready")
            return program

        yield start
