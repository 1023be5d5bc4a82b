"""What `doctor` asks of the things around the terminal: tmux, and whether logging out kills what we started."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

ASK_WITHIN = 1.0
"""Seconds."""
ESCAPE_TIME_FELT = 100
"""Milliseconds: a longer `escape-time` is felt at every esc, and makes esc and a key into alt and the key."""

_KILLS = re.compile(r"^(?P<default>[#;]\s*)?KillUserProcesses\s*=\s*(?P<value>\w+)", re.MULTILINE | re.IGNORECASE)
_FOLDERS = ("usr/lib/systemd", "usr/local/lib/systemd", "run/systemd", "etc/systemd")
_YES = {"yes", "true", "on", "1"}


@dataclass(frozen=True)
class TmuxFacts:
    """How the tmux server around us is set; None where it does not say."""

    set_clipboard: str | None
    """`on`, `external` (the default) or `off`."""
    escape_time_ms: int | None

    def advice(self) -> tuple[str, ...]:
        """What would make things better here, one sentence each; empty if nothing would."""
        sentences = []
        if self.set_clipboard == "off":
            sentences.append("tmux keeps copied text to itself: `tmux set -s set-clipboard on` lets it out.")
        if self.escape_time_ms is not None and self.escape_time_ms > ESCAPE_TIME_FELT:
            sentences.append(
                f"tmux holds every esc back for {self.escape_time_ms} ms: `tmux set -s escape-time 20` makes it quick."
            )
        return tuple(sentences)


def tmux_facts() -> TmuxFacts | None:
    """Ask the tmux server of $TMUX; None if there is none or it does not answer within a second each."""
    clipboard, escape_time = _tmux_option("set-clipboard"), _tmux_option("escape-time")
    if clipboard is None and escape_time is None:
        return None
    return TmuxFacts(clipboard, int(escape_time) if escape_time is not None and escape_time.isdecimal() else None)


def _tmux_option(name: str) -> str | None:
    try:
        done = subprocess.run(
            ["tmux", "show", "-sv", name], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=ASK_WITHIN, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def logind_kills(root: Path = Path("/")) -> bool | None:
    """Whether logind ends a user's processes at logout (KillUserProcesses); None if it does not say.

    Its files are read as systemd reads them: the main file of /etc hides that of /usr, drop-ins go by name, the last
    word counts; a commented line names the default this systemd was built with. Without systemd nothing is killed.
    """
    if not (root / "run/systemd/system").is_dir():
        return False
    said: str | None = None
    default: str | None = None
    for path in _logind_files(root):
        try:
            text = path.read_text("utf-8", "replace")
        except OSError:
            continue
        for match in _KILLS.finditer(text):
            if match["default"]:
                default = match["value"]
            else:
                said = match["value"]
    word = said or default
    return None if word is None else word.lower() in _YES


def _logind_files(root: Path) -> list[Path]:
    main = [path for folder in reversed(_FOLDERS) if (path := root / folder / "logind.conf").is_file()][:1]
    drop_ins: dict[str, Path] = {}
    for folder in _FOLDERS:
        drop_ins |= {path.name: path for path in (root / folder / "logind.conf.d").glob("*.conf")}
    return main + [drop_ins[name] for name in sorted(drop_ins)]
