"""The `genai-tui` command: gathers the commands lazily and turns every end into its exit code."""

import os
from collections.abc import Sequence
from importlib import import_module

import click

from genai_tui import __version__
from genai_tui.commands.frame import Ended, Frame, common_options, help_option
from genai_tui.commands.say import EXIT_DEFECT, EXIT_INTERRUPTED, EXIT_READER_LEFT, ReaderLeft
from genai_tui.commands.table import BY_NAME, COMMANDS, overview
from genai_tui.errors import GenaiError, UsageFault
from genai_tui.terminal.environment import Terminal, this_terminal

HIDDEN = {
    "open": "genai_tui.commands.board:open_app",
    "completion": "genai_tui.commands.completion:completion",
}


class Main(click.Group):
    """The top: a first word that is a command is the command, an existing folder is opened, else it is an error."""

    def __init__(self) -> None:
        super().__init__(
            "genai-tui",
            params=[*common_options(), help_option()],
            invoke_without_command=True,
            callback=_without_command,
            add_help_option=False,
        )
        self.params.append(
            click.Option(["-V", "--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version)
        )

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names only; no module is imported for them."""
        return [entry.name for entry in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one command that is used."""
        where = BY_NAME[cmd_name].where if cmd_name in BY_NAME else HIDDEN.get(cmd_name)
        if where is None:
            return None
        module, _, attribute = where.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take a folder for the app; name what is near a word that is neither."""
        word = args[0]
        command = self.get_command(ctx, word)
        if command is not None and not (word == "open" and os.path.isdir(word)):
            return word, command, args[1:]
        if os.path.isdir(word):
            return "open", self.get_command(ctx, "open"), args
        raise UsageFault(
            f"There is no command and no folder called {word}.",
            _near(word, [*BY_NAME, "completion"]),
            "`genai-tui --help` lists the commands; a new project is made by `genai-tui init PATH`.",
        )

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print the table, as `--help` alone does without importing click."""
        formatter.write(overview())


def _near(word: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, names, 1)
    return f"Did you mean `genai-tui {near[0]}`?" if near else ""


def _version(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        context.obj.say.text(f"genai-tui {__version__}")
        context.exit()


@click.pass_context
def _without_command(context: click.Context) -> object:
    if context.invoked_subcommand is not None:
        return None
    command = context.command.get_command(context, "open")  # type: ignore[attr-defined]
    return context.invoke(command, path=None)


def run(words: Sequence[str], terminal: Terminal | None = None) -> int:
    """Run one command line and return its exit code; errors are said, never raised."""
    frame = Frame(terminal or this_terminal())
    frame.say.json = "--json" in words  # so that an error while parsing is said in the right form
    try:
        result = Main().main(list(words), "genai-tui", standalone_mode=False, obj=frame)
        return result if isinstance(result, int) else 0
    except GenaiError as error:
        frame.say.error(error)
        return error.exit_code
    except click.ClickException as error:
        frame.say.error(UsageFault(error.format_message(), "", _usage(error)))
        return 2
    except Ended as end:
        return end.exit_code
    except (KeyboardInterrupt, click.Abort):
        return EXIT_INTERRUPTED
    except ReaderLeft:
        return EXIT_READER_LEFT
    except Exception as error:  # noqa: BLE001 - the last door: a defect of ours is logged, and its log is named
        return _defect(frame, error)


def _usage(error: click.ClickException) -> str:
    context = getattr(error, "ctx", None)
    return f"`{context.command_path} --help` says how it is used." if context else "`genai-tui --help` says more."


def _defect(frame: Frame, error: Exception) -> int:
    from genai_tui.terminal.log import log_defect

    where = log_defect(error)
    said = GenaiError(
        "Something went wrong inside genai-tui.", f"{type(error).__name__}: {error}", f"The log is {where}."
    )
    frame.say.error(said)
    return EXIT_DEFECT
