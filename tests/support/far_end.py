"""The far end of a line: a program in a real pseudo-terminal, and everything it wrote. Waits on bytes, never sleeps."""

import contextlib
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pyte

from genai_tui.project import Project

ROOT = Path(__file__).parents[2]
SILENCE = 0.3  # seconds without a byte: the screen has settled
LONGEST = 20.0  # seconds; a shared machine is slow, a hang is longer


class FarEnd:
    """A program in a pseudo-terminal of its own. What it reports on descriptor 3 (JSON lines) is read as well."""

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str], size: tuple[int, int] = (80, 24)) -> None:
        self.output = bytearray()
        self.reports: list[dict[str, object]] = []
        self.size = size
        self.deaf = False  # takes nothing of what the program writes, as a line that hangs
        self._pending = b""
        self._exit: int | None = None
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.dup2(writing, 3)
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
                for number in (signal.SIGHUP, signal.SIGPIPE):
                    ignored = environ.get("IGNORED") == "HUP" and number == signal.SIGHUP
                    signal.signal(number, signal.SIG_IGN if ignored else signal.SIG_DFL)
                os.execvpe(argv[0], list(argv), dict(environ))
            finally:
                os._exit(127)
        os.close(writing)
        self.report_fd = reading
        self.line_settings = termios.tcgetattr(self.fd)[:4]

    # Talking

    def send(self, data: bytes | str) -> None:
        """Type; takes what the program writes meanwhile, so that neither waits for the other."""
        data = data.encode() if isinstance(data, str) else data
        until = time.monotonic() + LONGEST
        while data:
            assert time.monotonic() < until, "the program does not read"
            readable, writable, _ = select.select([self.fd], [self.fd], [], 1)
            if readable:
                self._read()
            if writable:
                data = data[os.write(self.fd, data[:1024]) :]

    def resize(self, columns: int, rows: int) -> None:
        """Change the window; the kernel sends SIGWINCH."""
        self.size = (columns, rows)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def kill(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Drop the line."""
        os.close(self.fd)
        self.fd = -1

    # Waiting

    def wait_for(self, pattern: bytes, *, since: int = 0, seconds: float = LONGEST) -> int:
        """Wait for bytes (a regular expression) in the output from `since` on; returns where they end."""
        until = time.monotonic() + seconds
        while not (match := re.compile(pattern, re.DOTALL).search(self.output, since)):
            left = until - time.monotonic()
            came = left > 0 and self._step(left)
            assert came, f"{pattern!r} never came; the end: {bytes(self.output[-300:])!r}"
        return match.end()

    def wait_report(self, key: str, seconds: float = LONGEST) -> object:
        """Wait for the next report that has `key`, and take it with all before it."""
        until = time.monotonic() + seconds
        while True:
            for index, report in enumerate(self.reports):
                if key in report:
                    del self.reports[: index + 1]
                    return report[key]
            left = until - time.monotonic()
            came = left > 0 and self._step(left)
            assert came, f"no report {key!r}: {self.reports}; {bytes(self.output[-300:])!r}"

    def keys(self, typed: bytes | str, end: str = "f9") -> list[str]:
        """Type, then F9; the names of the keys the app got in between, pastes as `paste:…`."""
        self.send(typed)
        self.send(b"\x1b[20~")
        return self.keys_until(end)

    def keys_until(self, end: str = "f9", seconds: float = LONGEST) -> list[str]:
        """The keys that were reported until `end`."""
        found = []
        while (key := str(self.wait_report("key", seconds))) != end:
            found.append(key)
        return found

    def quiet(self, seconds: float) -> bool:
        """Whether nothing is written for so long; what comes is taken."""
        before, until = len(self.output), time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and len(self.output) == before:
            self._step(left)
        return len(self.output) == before

    def stopped(self, seconds: float = LONGEST) -> bool:
        """Wait until the process is stopped."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(self.pid, os.WUNTRACED | os.WNOHANG)
                if pid:
                    if os.WIFSTOPPED(status):
                        return True
                    self._exit = os.waitstatus_to_exitcode(status)
                    return False
            self._step(0.02)
        return False

    def end(self, seconds: float = LONGEST) -> int:
        """Wait for the end; returns the exit code, negative for a signal."""
        until = time.monotonic() + seconds
        while self._exit is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self._exit = os.waitstatus_to_exitcode(status)
                break
            assert time.monotonic() < until, f"still running; the end: {bytes(self.output[-500:])!r}"
            self._step(0.02)
        while self.fd >= 0 and select.select([self.fd], [], [], 0)[0] and self._read():
            pass
        return self._exit

    def close(self) -> None:
        """Leave nothing behind."""
        if self._exit is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
                os.kill(self.pid, signal.SIGCONT)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self.pid, 0)
        for descriptor in (self.fd, self.report_fd):
            if descriptor >= 0:
                os.close(descriptor)

    # Looking

    def screen(self, since: int = 0) -> list[str]:
        """The lines of the screen as a terminal shows them that got the output from `since` on."""
        screen = pyte.Screen(*self.size)
        stream = pyte.ByteStream(screen)
        # pyte takes CSI > and CSI < for what they are without the sign
        stream.feed(re.sub(rb"\x1b\[[<>=][0-9;]*[a-z]", b"", bytes(self.output[since:])))
        return list(screen.display)

    def left_on(self) -> list[str]:
        """Modes that are still switched on, and line settings that are not as they were."""
        on: set[bytes] = set()
        for modes, how in re.findall(rb"\x1b\[\?([0-9;]+)([hl])", self.output):
            for mode in modes.split(b";"):
                (on.add if (how == b"h") != (mode in (b"25", b"7")) else on.discard)(mode)
        left = sorted(mode.decode() for mode in on)
        if self.output.count(b"\x1b[>1u") != self.output.count(b"\x1b[<u"):
            left.append("kitty")
        if self.fd >= 0 and termios.tcgetattr(self.fd)[:4] != self.line_settings:
            left.append("line settings")
        return left

    def _step(self, seconds: float) -> bool:
        """Take what comes within so long; False if nothing can come any more."""
        watched = [fd for fd in (-1 if self.deaf else self.fd, self.report_fd) if fd >= 0]
        if not watched:
            time.sleep(min(seconds, 0.01))  # nothing to wait on but the end of the process
            return True
        ready = select.select(watched, [], [], seconds)[0]
        alive = True
        if self.report_fd in ready:
            data = os.read(self.report_fd, 65536)
            if not data:
                os.close(self.report_fd)
                self.report_fd = -1
            *lines, self._pending = (self._pending + data).split(b"\n")
            self.reports += [json.loads(line) for line in lines]
        if self.fd in ready:
            alive = self._read()
        return alive or self.report_fd >= 0

    def _read(self) -> bool:
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # EIO: nobody holds the terminal open any more
            data = b""
        self.output += data
        if not data:
            select.select([], [], [], 0.01)
        return bool(data)


def plain_environment(home: Path, **more: str) -> dict[str, str]:
    """What a login over ssh brings along, and nothing of the machine the tests run on."""
    base = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color"}
    return base | {"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"} | more


@contextlib.contextmanager
def far_end(
    script: Path, *words: str, home: Path, size: tuple[int, int] = (80, 24), **environ: str
) -> Iterator[FarEnd]:
    """Run a Python script at the far end."""
    program = FarEnd([sys.executable, str(script), *words], plain_environment(home, **environ), size)
    try:
        yield program
    finally:
        program.close()


@contextlib.contextmanager
def far(project: Project, size: tuple[int, int] = (80, 24), **environ: str) -> Iterator[FarEnd]:
    """The app on a project at the far end, settled."""
    words = [sys.executable, "-m", "genai_tui", str(project.folder)]
    end = FarEnd(words, plain_environment(Path(os.environ["HOME"]), **environ), size)
    try:
        end.wait_for(b"NEXT")
        settle(end)
        yield end
    finally:
        end.close()


def settle(end: FarEnd) -> None:
    """Wait until nothing comes any more."""
    while not end.quiet(SILENCE):
        pass


def press(end: FarEnd, key: bytes) -> int:
    """Press a key; returns how many bytes came of it."""
    before = len(end.output)
    end.send(key)
    settle(end)
    return len(end.output) - before


def until(condition: Callable[[], object]) -> None:
    """Wait for another process, never for a clock."""
    for _ in range(500):
        if condition():
            return
        select.select([], [], [], 0.02)
    raise AssertionError("it never came to it")


def shows(end: FarEnd, words: str) -> None:
    """Wait until a line of the screen has these words."""

    def there() -> bool:
        settle(end)
        return any(words in line for line in end.screen())

    until(there)
