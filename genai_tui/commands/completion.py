"""Shell completion: prints the script that a shell evaluates."""

import click

from genai_tui.commands.frame import Command, Frame, pass_frame


@click.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@pass_frame
def completion(frame: Frame, shell: str) -> None:
    """Print the completion script of a shell, to be evaluated in its start file."""
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    assert kind is not None
    main = click.get_current_context().find_root().command
    frame.say.text(kind(main, {}, "genai-tui", "_GENAI_TUI_COMPLETE").source())
