"""The frame around every command: the options that hold everywhere, the project, and running what waits."""

import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from genai_tui.commands.say import EXIT_HUNG_UP, EXIT_INTERRUPTED, EXIT_TERMINATED, Say
from genai_tui.errors import FileFault, UsageFault
from genai_tui.text_files import read_text

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.settings import Settings
    from genai_tui.terminal.environment import Terminal

T = TypeVar("T")
LARGEST = 2**63 - 1  # what a database of SQLite holds
LONGEST = 200  # characters of a sentence in the list of a group


class Frame:
    """What every command is given as `ctx.obj`: how to speak, and which project is meant."""

    def __init__(self, terminal: "Terminal") -> None:
        self.terminal = terminal
        self.path: str | None = None
        self.plain = terminal.plain
        self.say = Say(utf8=terminal.utf8, moves=terminal.term not in ("", "dumb"))

    def project(self) -> "Project":
        """Open the project that is meant: `--project`, else the nearest `.genai` upwards. Raises NoProject."""
        from genai_tui.project import Project

        return Project.open(self.folder())

    def folder(self) -> Path:
        """The folder of the project that is meant, which is not opened. Raises NoProject."""
        from genai_tui.project import find_project

        return find_project(Path(self.path) if self.path else Path.cwd(), upwards=self.path is None)

    def settings(self) -> "Settings":
        """The user's settings; what could not be looked at is said. Raises SettingsFault."""
        from genai_tui.settings import load_settings

        settings = load_settings()
        for note in settings.notes:
            self.say.note(note)
        return settings

    def text_of(self, file: str) -> str:
        """The text of a file or, with `-`, of standard input, as UTF-8 with or without a BOM. Raises FileFault."""
        try:
            with nullcontext(sys.stdin.buffer) if file == "-" else open(file, "rb") as stream:
                return read_text(stream, "Standard input" if file == "-" else file)
        except OSError as fault:
            raise FileFault(f"{file} cannot be read.", f"{fault.strerror or fault}.") from fault


def _set_json(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.obj.say.json = True


def _set_quiet(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.obj.say.quiet = True


def _set_plain(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.obj.plain = True


def _set_path(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.obj.path = value


def common_options() -> list[click.Parameter]:
    """The options that are taken everywhere, before or after a command's words."""
    return [
        click.Option(["-p", "--project"], metavar="PATH", callback=_set_path, expose_value=False, help="The project."),
        click.Option(["--json"], is_flag=True, callback=_set_json, expose_value=False, help="JSON, a document a line."),
        click.Option(["-q", "--quiet"], is_flag=True, callback=_set_quiet, expose_value=False, help="No messages."),
        click.Option(["--plain"], is_flag=True, callback=_set_plain, expose_value=False, hidden=True),
    ]


def _help(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        context.obj.say.text(context.get_help())
        context.exit()


def help_option() -> click.Option:
    """`--help`, said as everything else on standard output is."""
    return click.Option(
        ["-h", "--help"], is_flag=True, is_eager=True, expose_value=False, callback=_help, help="This page."
    )


class Command(click.Command):
    """A command that takes the common options too."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"add_help_option": False})
        taken = {name for parameter in self.params for name in parameter.opts}
        self.params += [option for option in common_options() if not taken & set(option.opts)]
        self.params.append(help_option())

    def invoke(self, ctx: click.Context) -> Any:
        """Refuse numbers that nothing here can count to."""
        for name, value in ctx.params.items():
            if isinstance(value, int) and abs(value) > LARGEST:
                raise UsageFault(f"{name.replace('_', '-')} is too large a number.", f"The largest is {LARGEST:,}.")
        return super().invoke(ctx)


@click.pass_context
def _needs_a_word(context: click.Context) -> None:
    """Refuse a group that is given none of its commands."""
    if context.invoked_subcommand is None and isinstance(context.command, click.Group):
        path, names = context.command_path, ", ".join(context.command.list_commands(context))
        raise UsageFault(f"`{path}` needs one of its words: {names}.", "", f"`{path} --help` says what each does.")


class Group(click.Group):
    """A group whose commands, and which itself, take the common options."""

    command_class = Command
    group_class = type

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        ours = {"callback": _needs_a_word, "invoke_without_command": True, "add_help_option": False}
        super().__init__(*args, **kwargs | ours)
        self.params += [*common_options(), help_option()]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its commands, each with its whole first sentence, which click would cut."""
        words = [(name, self.commands[name].get_short_help_str(LONGEST)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(words)


pass_frame = click.make_pass_decorator(Frame)

_EXITS = {signal.SIGINT: EXIT_INTERRUPTED, signal.SIGTERM: EXIT_TERMINATED, signal.SIGHUP: EXIT_HUNG_UP}


class Ended(Exception):  # noqa: N818 - it is no error: somebody asked us to end
    """A signal ended the command; what was done is kept. `exit_code` is that of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_code = _EXITS[signal.Signals(number)]


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end work that does not wait on a loop, so that it can tidy up; raises Ended."""

    def end(number: int, _: FrameType | None) -> None:
        raise Ended(number)

    before = {}
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run what waits to its end on a loop of its own; SIGINT, SIGTERM and SIGHUP cancel it and raise Ended."""
    import asyncio  # a tenth of the start of the commands that wait for nothing

    async def with_signals() -> T:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(work())
        came: list[int] = []

        def end(number: int) -> None:
            came.append(number)
            task.cancel()

        for number in _EXITS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, end, number)
        try:
            return await task
        except asyncio.CancelledError:
            if came:
                raise Ended(came[0]) from None
            raise

    return asyncio.run(with_signals(), debug=bool(os.environ.get("PYTHONASYNCIODEBUG")))
