"""Writes the tables of the README from the program itself: `python -m tests.readme`, or checks them with `--check`."""

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table."""
    head = tuple(head)
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def stages() -> str:
    """The eight stages."""
    from genai_tui.lifecycle import STAGES

    rows = ((str(s.number), s.title, s.phase, s.question) for s in STAGES)
    return table(("", "stage", "phase", "its question"), rows)


def commands() -> str:
    """Every command with its subcommands and one-line helps."""
    from importlib import import_module

    import click

    from genai_tui.commands.table import COMMANDS

    rows = []
    for entry in COMMANDS:
        module, _, attribute = entry.where.partition(":")
        command = getattr(import_module(module), attribute)
        if isinstance(command, click.Group):
            rows += [
                (f"`genai-tui {entry.name} {name}{_arguments(sub)}`", sub.get_short_help_str(300))
                for name, sub in command.commands.items()
            ]
        else:
            rows.append((f"`genai-tui {entry.name}{_arguments(command)}`", command.get_short_help_str(300)))
    rows.append(("`genai-tui completion SHELL`", "Print the completion script of bash, zsh or fish."))
    return table(("command", "does"), rows)


def _arguments(command: object) -> str:
    import click

    assert isinstance(command, click.Command)
    words = [p.metavar or p.human_readable_name for p in command.params if isinstance(p, click.Argument)]
    return "".join(f" {word}" for word in words)


def exits() -> str:
    """What each exit code means."""
    from genai_tui.commands.table import EXIT_CODES

    return table(("code", "means"), ((str(code), text) for code, text in EXIT_CODES))


def keys() -> str:
    """The keys that work everywhere."""
    from genai_tui.screens.acts import APP_ACTS, written

    rows = [(f"`{written(act)}`", act.name, f"`{act.id}`") for act in APP_ACTS if act.keys]
    return table(("key", "does", "name, for remapping"), rows)


def presets() -> str:
    """The endpoints that are known by name."""
    from genai_tui.settings import PRESETS

    rows = [
        (f"`{p.name}`", p.title, f"`{p.base_url}`", f"`{p.key_env}`" if p.key_env else "–") for p in PRESETS.values()
    ]
    return table(("preset", "", "base URL", "key from"), rows)


PARTS: dict[str, Callable[[], str]] = {
    "stages": stages, "commands": commands, "exits": exits, "keys": keys, "presets": presets,
}  # fmt: skip


def written_readme(text: str) -> str:
    """The README with every part between its markers written anew."""
    for name, part in PARTS.items():
        marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.S)
        assert marked.search(text), f"the README has no part {name}"
        new = part()
        text = marked.sub(lambda match, new=new: f"{match[1]}{new}\n{match[2]}", text)
    return text


def main() -> int:
    """Write, or with `--check` say whether anything would change."""
    text = README.read_text("utf-8")
    new = written_readme(text)
    if "--check" in sys.argv[1:]:
        if new != text:
            sys.stderr.write("README.md is not true any more; write it: python -m tests.readme\n")
            return 1
        return 0
    README.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
