"""The commands of stage 1: the scope is set, checked, told what follows from it; its versions go out and come back."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame, run
from genai_tui.errors import CheckNotMet, UsageFault

if TYPE_CHECKING:
    from genai_tui.project import Project
    from genai_tui.records.scopes import Scope

NAME = 18  # columns for names


@click.group(cls=Group)
def scope() -> None:
    """What it must do, and when it is good enough."""


@scope.command(cls=Command)
@click.argument("version", metavar="[VERSION]", type=int, required=False)
@pass_frame
def show(frame: Frame, version: int | None) -> None:
    """Show the scope of the project, or an earlier version of it."""
    from genai_tui.inference.data_rules import read_rules
    from genai_tui.stages.scope.fields import typed
    from genai_tui.stages.scope.setting import KEYS, as_json

    with frame.project() as project:
        record = _version(project, version)
    if frame.say.json:
        frame.say.document(as_json(record))
        return
    for key in KEYS:
        first, *more = typed(record, key).splitlines() or ["–"]
        frame.say.text(f"{key:<{NAME}}{first}")
        frame.say.lines(" " * NAME + line for line in more)
        if key == "data_rules" and record.data_rules:
            frame.say.text(f"{'':<{NAME}}({read_rules(record.data_rules).said()})")


@scope.command("set", cls=Command)
@click.argument("pairs", metavar="KEY=VALUE…", nargs=-1, required=True)
@click.option("--note", default="", help="Say something of this version.")
@pass_frame
def set_(frame: Frame, pairs: tuple[str, ...], note: str) -> None:
    """Change the scope; every change is a new version. An empty value clears."""
    from genai_tui.stages.scope.setting import changed
    from genai_tui.store.scopes import current_scope

    values: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageFault(f"{pair} is not KEY=VALUE.", "", "For example: genai-tui scope set target=0.9")
        values[key.strip()] = value
    with frame.project() as project:
        _save(frame, project, replace(changed(current_scope(project.reader), values), note=note))


@scope.command("check", cls=Command)
@click.option("--critique", is_flag=True, help="Ask a capable model what is wide, missing or not measurable.")
@click.option("--model", metavar="M", help="Which model; without it the one in use.")
@pass_frame
def check_(frame: Frame, critique: bool, model: str | None) -> None:
    """Say what is missing, contradicts itself or is wide; exit 1 where a need is missing or contradicted."""
    from genai_tui.stages.scope.around import look_around
    from genai_tui.stages.scope.checking import check, is_met
    from genai_tui.stages.scope.narrowness import narrowness
    from genai_tui.store.scopes import current_scope

    with frame.project() as project:
        record = current_scope(project.reader)
        findings, narrow = check(record, look_around(project)), narrowness(record)
        told = _critique(frame, project, record, model) if critique or model else None
    met = is_met(findings)
    if frame.say.json:
        frame.say.document(
            {
                "version": record.version,
                "met": met,
                "findings": [finding.as_json() for finding in findings],
                "narrow": narrow.as_json(),
                **({} if told is None else {"critique": told}),
            }
        )
    else:
        frame.say.text(f"How narrow: {narrow.verdict}")
        for reason in narrow.reasons:
            frame.say.text(f"  {'!' if reason.weight else '·'} {reason.text} {reason.do}".rstrip())
        for finding in findings:
            frame.say.text(f"{finding.kind}: {finding.text} {finding.do}".rstrip())
        if told is not None:
            frame.say.lines(("", f"{told['model']} says:", told["text"]))
    if not met:
        wrong = [finding for finding in findings if finding.kind != "doubt"]
        raise CheckNotMet(
            f"The scope is not complete: {len(wrong)} of {len(findings)} findings must be dealt with.",
            " ".join(finding.text for finding in wrong),
            wrong[0].do,
        )


def _critique(frame: Frame, project: "Project", record: "Scope", model: str | None) -> dict[str, Any]:
    from genai_tui.stages.scope.critique import critique_of, subject_of

    subject = subject_of(project, record, model)

    async def work() -> dict[str, Any]:
        async with project.asking(notice=frame.say.note) as asking:
            return (await critique_of(subject, record, asking)).as_json()

    return run(work)


@scope.command(cls=Command)
@pass_frame
def follows(frame: Frame) -> None:
    """Tell what follows from the scope, each thing with its reason: metric, test examples, model, money, stages."""
    from genai_tui.stages.scope.around import count_examples, look_around
    from genai_tui.stages.scope.following import what_follows
    from genai_tui.store.scopes import current_scope

    with frame.project() as project:
        record = current_scope(project.reader)
        found = what_follows(record, look_around(project), count_examples(record.examples))
    if frame.say.json:
        frame.say.document({"version": record.version, "follows": [one.as_json() for one in found]})
        return
    for one in found:
        frame.say.text(f"{one.name:<{NAME + 2}}{one.value or '–'}")
        frame.say.text(f"{'':<{NAME + 2}}{one.reason}")
        if one.source:
            frame.say.text(f"{'':<{NAME + 2}}({one.source})")


@scope.command("list", cls=Command)
@pass_frame
def list_(frame: Frame) -> None:
    """List the versions, the newest first, with what changed in each."""
    from genai_tui.stages.scope.versions import rows
    from genai_tui.store.scopes import page_scopes

    with frame.project() as project:
        scopes = page_scopes(project.reader, limit=1_000_000)
    found = rows(scopes, None)
    if frame.say.json:
        versions = [
            {"version": one.version, "created": one.created, "changed": told, "note": one.note} for one, told in found
        ]
        frame.say.document({"versions": versions})
    else:
        frame.say.table(
            ("version", "created", "changed", "note"), ((s.version, s.created[:16], told, s.note) for s, told in found)
        )


@scope.command(cls=Command)
@click.argument("before", metavar="A", type=int)
@click.argument("after", metavar="[B]", type=int, required=False)
@pass_frame
def diff(frame: Frame, before: int, after: int | None) -> None:
    """Show what differs from version A to version B, else to the latest."""
    from genai_tui.stages.scope.versions import changes

    with frame.project() as project:
        one, other = _version(project, before), _version(project, after)
    found = changes(one, other)
    if frame.say.json:
        frame.say.document({"from": one.version, "to": other.version, "changes": [each.as_json() for each in found]})
        return
    for each in found:
        frame.say.text(each.name)
        frame.say.lines(f"{sign} {text}" for sign, text in each.lines())
    if not found:
        frame.say.note("They say the same.")


@scope.command(cls=Command)
@click.argument("version", type=int)
@pass_frame
def back(frame: Frame, version: int) -> None:
    """Go back to a version: it is saved again as the latest, and nothing is lost."""
    with frame.project() as project:
        _save(frame, project, replace(_version(project, version), note=f"as version {version}"))


@scope.command(cls=Command)
@click.argument("version", type=int)
@click.argument("text")
@pass_frame
def note(frame: Frame, version: int, text: str) -> None:
    """Give a version a note for people; an empty TEXT takes it away."""
    from genai_tui.store.scopes import note_scope

    with frame.project() as project:
        project.writer.put_now(note_scope(_version(project, version).version, text))
    if frame.say.json:
        frame.say.document({"version": version, "note": text})
    else:
        frame.say.note(f"Version {version} has {'that' if text else 'no'} note{'' if text else ' any more'}.")


@scope.command(cls=Command)
@click.argument("version", metavar="[VERSION]", type=int, required=False)
@click.option("--output", metavar="FILE", type=click.Path(dir_okay=False), help="A file in place of standard output.")
@pass_frame
def export(frame: Frame, version: int | None, output: str | None) -> None:
    """Write the scope as Markdown, to be reviewed in git."""
    from genai_tui.commands.output import check_over
    from genai_tui.stages.scope.kept_files import write_scope
    from genai_tui.stages.scope.markdown import export as as_markdown

    with frame.project() as project:
        record = _version(project, version)
    if output is not None:
        check_over(frame, output)
    path = None if output is None else write_scope(record, Path.cwd(), output)
    if frame.say.json:
        told = {"text": as_markdown(record)} if path is None else {"file": str(path)}
        frame.say.document({"version": record.version, **told})
    elif path is None:
        frame.say.text(as_markdown(record), end="")
    else:
        frame.say.note(f"Written to {path}.")


@scope.command("import", cls=Command)
@click.argument("file", metavar="FILE")
@click.option("--note", default="", help="Say something of this version.")
@pass_frame
def import_(frame: Frame, file: str, note: str) -> None:
    """Read a scope back from Markdown (`-`: standard input). Fields that are not in it stay as they are."""
    from genai_tui.stages.scope.markdown import read
    from genai_tui.stages.scope.setting import changed, same
    from genai_tui.store.scopes import current_scope

    values = read(frame.text_of(file))
    with frame.project() as project:
        before = current_scope(project.reader)
        after = changed(before, values)
        if same(before, after):
            frame.say.note(f"It says what version {before.version} says.")
            _print(frame, before)
            return
        _save(frame, project, replace(after, note=note))


def _version(project: "Project", number: int | None) -> "Scope":
    """A version by its number, else the latest. Raises UsageFault."""
    from genai_tui.store.scopes import current_scope, find_scope

    return current_scope(project.reader) if number is None else find_scope(project.reader, number)


def _save(frame: Frame, project: "Project", record: "Scope") -> None:
    """Keep it as the next version; how data rules were read is said where they changed."""
    from genai_tui.inference.data_rules import read_rules
    from genai_tui.store.scopes import current_scope, save_scope

    before = current_scope(project.reader)
    [saved] = project.writer.put_now(save_scope(record))
    frame.say.note(f"The scope is at version {saved.version}.")
    if saved.data_rules != before.data_rules:
        frame.say.note(read_rules(saved.data_rules).said())
    _print(frame, saved)


def _print(frame: Frame, record: "Scope") -> None:
    from genai_tui.stages.scope.setting import as_json

    if frame.say.json:
        frame.say.document(as_json(record))
