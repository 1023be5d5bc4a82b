"""The commands of stage 3: prompt versions, shown, compared, saved and brought from and to files."""

from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame
from genai_tui.stages.prompt.history_commands import history, wire
from genai_tui.stages.prompt.running_commands import run_prompt

if TYPE_CHECKING:
    from genai_tui.records.prompts import Prompt
    from genai_tui.stages.prompt.diff import Line, Section


@click.group(cls=Group)
def prompt() -> None:
    """Prompt versions, and running one."""


prompt.add_command(history)
prompt.add_command(wire)
prompt.add_command(run_prompt)


@prompt.command("list", cls=Command)
@click.option("--tree", is_flag=True, help="Draw which version comes from which.")
@pass_frame
def list_(frame: Frame, tree: bool) -> None:
    """List the prompt versions, the latest last."""
    from genai_tui.store.prompts import all_prompts

    with frame.project() as project:
        rows = list(all_prompts(project.reader))
    if frame.say.json:
        frame.say.document({"prompts": [_as_json(p) for p in rows]})
    elif rows and tree:
        from genai_tui.stages.prompt.versions import tree_lines

        frame.say.lines(tree_lines(rows))
    elif rows:
        cells = ((p.number, p.shots, p.parent or "–", p.created, p.note, p.messages[-1].content) for p in rows)
        frame.say.table(("prompt", "examples", "parent", "saved", "note", "text"), cells)
    else:
        frame.say.note("No prompt version yet. Save one: genai-tui prompt save FILE")


@prompt.command(cls=Command)
@click.argument("version", metavar="V")
@pass_frame
def show(frame: Frame, version: str) -> None:
    """Show prompt version V (a number, or a hash)."""
    from genai_tui.stages.prompt.files import write_prompt
    from genai_tui.store.prompts import find_prompt

    with frame.project() as project:
        found = find_prompt(project.reader, version)
    if frame.say.json:
        frame.say.document(_as_json(found) | {"text": write_prompt(found)})
        return
    parent = f", from prompt {found.parent}" if found.parent else ""
    frame.say.note(
        f"prompt {found.number}, {found.shots}{parent}, saved {found.created}, {found.hash[:15]}  {found.note}"
    )
    frame.say.text(write_prompt(found), end="")


@prompt.command(cls=Command)
@click.argument("version", metavar="V")
@pass_frame
def export(frame: Frame, version: str) -> None:
    """Write prompt version V as a file that `prompt save` reads."""
    from genai_tui.stages.prompt.files import write_prompt
    from genai_tui.store.prompts import find_prompt

    with frame.project() as project:
        text = write_prompt(find_prompt(project.reader, version))
    if frame.say.json:
        frame.say.document({"prompt": version, "text": text})
    else:
        frame.say.text(text, end="")


@prompt.command(cls=Command)
@click.argument("version", metavar="V")
@click.argument("text", metavar="TEXT")
@pass_frame
def note(frame: Frame, version: str, text: str) -> None:
    """Give prompt version V a note for people; an empty TEXT takes it away. All else of a version never changes."""
    from genai_tui.store.prompts import find_prompt, note_prompt

    with frame.project() as project:
        found = find_prompt(project.reader, version)
        project.writer.put_now(note_prompt(found.number, text))
    if frame.say.json:
        frame.say.document({"prompt": found.number, "note": text})
    else:
        frame.say.note(f"Prompt {found.number} has {'that' if text else 'no'} note{'' if text else ' any more'}.")


@prompt.command(cls=Command)
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@pass_frame
def diff(frame: Frame, a: str, b: str) -> None:
    """Show what differs from version A to version B, words within lines marked."""
    from genai_tui.stages.prompt.diff import difference
    from genai_tui.store.prompts import find_prompt

    with frame.project() as project:
        sections = difference(find_prompt(project.reader, a), find_prompt(project.reader, b))
    if frame.say.json:
        frame.say.document({"a": a, "b": b, "sections": [_section(part) for part in sections]})
        return
    signs: dict[str, str] = {"same": "  ", "removed": "- ", "added": "+ "}
    for part in sections:
        if part.changed:
            frame.say.text(f"{part.title}:")
            frame.say.lines(f"{signs[line.kind]}{_marked(line)}" for line in part.lines)
    if not any(part.changed for part in sections):
        frame.say.note("They send the same.")


def _marked(line: "Line") -> str:
    """A line with its changed words in brackets, where only a part of it was changed."""
    if len(line.pieces) == 1:
        return line.text
    brackets = {"same": "", "removed": "[-", "added": "{+"}
    ends = {"same": "", "removed": "-]", "added": "+}"}
    return "".join(f"{brackets[piece.kind]}{piece.text}{ends[piece.kind]}" for piece in line.pieces)


def _section(part: "Section") -> dict[str, Any]:
    lines = [{"kind": line.kind, "text": line.text} for line in part.lines]
    return {"part": part.title, "changed": part.changed, "lines": lines}


@prompt.command(cls=Command)
@click.argument("file", metavar="FILE")
@click.option("--from", "parent", metavar="V", help="The version it comes from; nothing else is taken over.")
@click.option("--few-shot", type=int, metavar="N", help="Show N rows of train, spread over what is expected.")
@click.option("--pick", type=click.Choice(["fixed", "similar", "diverse"]), default="fixed", show_default=True)
@click.option("--seed", type=int, default=0, show_default=True, help="Decides which rows are shown.")
@click.option("--dataset", metavar="D", help="Where the rows come from (default: the dataset in use).")
@click.option("--note", default="", metavar="TEXT", help="A note for people.")
@pass_frame
def save(
    frame: Frame,
    file: str,
    parent: str | None,
    few_shot: int | None,
    pick: Any,
    seed: int,
    dataset: str | None,
    note: str,
) -> None:
    """Save FILE (`-`: standard input) as a new prompt version; the same content returns the version there is."""
    from dataclasses import replace

    from genai_tui.stages.prompt.files import read_prompt
    from genai_tui.stages.prompt.saving import doubts, with_few_shot
    from genai_tui.store.prompts import find_prompt, save_prompt

    record = read_prompt(frame.text_of(file), "standard input" if file == "-" else file)
    with frame.project() as project:
        number = find_prompt(project.reader, parent).number if parent is not None else None
        if few_shot is not None:
            record = with_few_shot(project, record, few_shot, pick=pick, dataset=dataset, seed=seed)
        [saved] = project.writer.put_now(save_prompt(replace(record, parent=number, note=note)))
    found = doubts(saved)
    for doubt in found:
        frame.say.note(doubt)
    if frame.say.json:
        notes = {"notes": list(found)} if found else {}
        frame.say.document({"prompt": saved.number, "hash": saved.hash, "parent": saved.parent, **notes})
    else:
        frame.say.note(f"It is prompt {saved.number}, {saved.shots}, {saved.hash[:15]}.")


@prompt.command("import", cls=Command)
@click.argument("file", metavar="FILE")
@click.option("--note", default="", metavar="TEXT", help="A note for people.")
@pass_frame
def import_(frame: Frame, file: str, note: str) -> None:
    """Import the prompts of another program's FILE: OpenAI messages JSON, or a promptfoo prompt file."""
    from dataclasses import replace

    from genai_tui.stages.prompt.importing import import_prompts
    from genai_tui.stages.prompt.saving import doubts
    from genai_tui.store.prompts import save_prompt

    found = import_prompts(frame.text_of(file), "standard input" if file == "-" else file)
    found = [item._replace(notes=(*item.notes, *doubts(item.prompt))) for item in found]
    with frame.project() as project:
        saved = project.writer.put_now(*(save_prompt(replace(item.prompt, note=note)) for item in found))
    for record, item in zip(saved, found, strict=True):
        for sentence in item.notes:
            frame.say.note(sentence)
        frame.say.note(f"It is prompt {record.number}, {record.hash[:15]}.")
    if frame.say.json:
        rows = [{"prompt": r.number, "hash": r.hash, "notes": list(i.notes)} for r, i in zip(saved, found, strict=True)]
        frame.say.document({"prompts": rows})


def _as_json(p: "Prompt") -> dict[str, Any]:
    return {
        "prompt": p.number,
        "hash": p.hash,
        "parent": p.parent,
        "note": p.note,
        "created": p.created,
        "examples": p.examples.count,
        "messages": [{"role": m.role, "content": m.content} for m in p.messages],
        "parameters": p.parameters,
        "output": p.output,
    }
