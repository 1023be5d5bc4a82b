"""The commands of stage 1: `scope show` and `scope set`."""

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame
from genai_tui.errors import UsageFault


@click.group(cls=Group)
def scope() -> None:
    """What it must do, and when it is good enough."""


@scope.command(cls=Command)
@pass_frame
def show(frame: Frame) -> None:
    """Show the scope of the project."""
    from genai_tui.stages.scope.setting import KEYS, as_json
    from genai_tui.store.scopes import current_scope

    with frame.project() as project:
        record = current_scope(project.reader)
    if frame.say.json:
        frame.say.document(as_json(record))
        return
    for key in KEYS:
        value = getattr(record, key)
        text = ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
        frame.say.text(f"{key:<17} {text or '–'}")


@scope.command("set", cls=Command)
@click.argument("pairs", metavar="KEY=VALUE…", nargs=-1, required=True)
@pass_frame
def set_(frame: Frame, pairs: tuple[str, ...]) -> None:
    """Change the scope; every change is a new version. An empty value clears."""
    from genai_tui.stages.scope.setting import as_json, changed
    from genai_tui.store.scopes import current_scope, save_scope

    values: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageFault(f"{pair} is not KEY=VALUE.", "", "For example: genai-tui scope set target=0.9")
        values[key.strip()] = value
    with frame.project() as project:
        record = changed(current_scope(project.reader), values)
        [saved] = project.writer.put_now(save_scope(record))
    if frame.say.json:
        frame.say.document(as_json(saved))
    else:
        frame.say.note(f"The scope is at version {saved.version}.")
