"""How long keys wait after the first run of a fresh program: letters typed into a box while the answer begins.

`python -m tests.bench.first_run`; `--at-once` presses run before the playground has stood for a moment.
"""

import argparse
import asyncio
import os
import tempfile
import threading
import time
from pathlib import Path

from genai_tui.settings.folders import config_folder
from tests.support.fake_endpoint import FakeEndpoint
from tests.support.far_end import FarEnd
from tests.support.playground import project_with, use_model

LETTERS = "ΩΨΦΞ"
KEYS = 120


async def _serve(fake: FakeEndpoint, up: threading.Event) -> None:
    async with fake:
        up.set()
        await asyncio.Event().wait()


def _answered(far: FarEnd, key: str, shows: bytes) -> float:
    since, began = len(far.output), time.perf_counter()
    far.send(key)
    far.wait_for(shows, since=since)
    return (time.perf_counter() - began) * 1e3


def main() -> None:
    """Start the program, run, type, and print how long each waited."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--at-once", action="store_true")
    at_once = parser.parse_args().at_once
    with tempfile.TemporaryDirectory() as folder:
        for name in ("CONFIG", "DATA", "STATE", "RUNTIME"):
            os.environ[f"XDG_{name}_{'DIR' if name == 'RUNTIME' else 'HOME'}"] = f"{folder}/{name}"
            Path(f"{folder}/{name}").mkdir(mode=0o700)
        assert str(config_folder()).startswith(folder)
        fake, up = FakeEndpoint(), threading.Event()
        threading.Thread(target=lambda: asyncio.run(_serve(fake, up)), daemon=True).start()
        up.wait()
        project = project_with(Path(folder) / "project", fake)
        asyncio.run(use_model(project, "fake/slow-50"))
        project.close()
        environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "HOME": folder}
        far = FarEnd(["genai-tui", str(project.folder)], environ, (120, 36))
        far.wait_for(b"SCOPE")
        far.send("3")
        far.wait_for(b"System")
        if not at_once:
            time.sleep(3)
        _answered(far, "\r", b".")
        _answered(far, "Z", b"Z")
        far.send("\x12")
        waits = [_answered(far, LETTERS[n % 4], LETTERS[n % 4].encode()) for n in range(KEYS)]
        far.send("\x11")
        far.end()
        ordered = sorted(waits)
        first, middle, most = waits[0], ordered[KEYS // 2], ordered[-1]
        print(f"first {first:.0f}, median {middle:.0f}, most {most:.0f} ms of {KEYS}; load {os.getloadavg()[0]:.1f}")
        assert fake.requests, "nothing was asked"


if __name__ == "__main__":
    main()
