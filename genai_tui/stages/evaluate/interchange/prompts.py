"""promptfoo's prompts: inline, of files, chats in JSON or YAML; each as a prompt of ours for who is asked."""

import csv
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from os.path import isfile
from pathlib import Path
from typing import Any

from genai_tui.answering.render import filled
from genai_tui.datasets.jsons import Broken, Decoder
from genai_tui.datasets.model import file_fault
from genai_tui.datasets.yamls import Node
from genai_tui.records.javascript import as_json
from genai_tui.stages.evaluate.interchange.files import (
    SCHEME,
    Reading,
    bare,
    data_of,
    is_pattern,
    json_lines_of,
    program_of,
    text_of,
)
from genai_tui.stages.evaluate.interchange.nunjucks import convert, is_template

ENDINGS = (".txt", ".md", ".json", ".jsonl", ".yaml", ".yml", ".csv", ".j2")
_OTHERS = ("portkey://", "langfuse://", "helicone://", "exec:", "http://", "https://", "python:")
_KEYS = frozenset(("id", "label", "raw", "config", "file", "display"))
PREFIX, SUFFIX = "_prefix", "_suffix"
_ENV = re.compile(r"\{\{[^{}]*\benv[.\[][^{}]*\}\}")


@dataclass(frozen=True)
class Written:
    """One prompt as it is written: `data` is its content where it is JSON (or a YAML file), else None."""

    raw: str
    label: str
    file: Path
    line: int
    data: Any = None
    id: str = ""
    config: dict[str, Any] = field(default_factory=dict)

    def allowed(self, chosen: Iterable[str] | None) -> bool:
        """Whether a list of labels, ids or patterns names it; None names all."""
        return matches(chosen, (self.label, self.id))


def matches(chosen: Iterable[str] | None, names: Iterable[str]) -> bool:
    """Whether a list names one of `names`: `x` is x and all that begin with `x:`, `x*` what begins so; None is all."""
    if chosen is None:
        return True
    there = [name for name in names if name]
    return any(
        name in there or any(each.startswith(name[:-1] if name.endswith("*") else f"{name}:") for each in there)
        for name in chosen
    )


def chosen_prompts(reading: Reading, node: Node | None, file: Path) -> tuple[str, ...] | None:
    """The prompts that a test or a provider is meant for; None is all. What is no list counts for nothing there."""
    value = None if node is None else reading.plain(node, file)
    if node is not None and value is not None and not isinstance(value, list):
        reading.note(f"{file.name}:{node.line}: prompts is no list, and to promptfoo that means all of them.")
    return tuple(map(str, value)) if isinstance(value, list) else None


def read_prompts(reading: Reading, node: Node | None, file: Path) -> list[Written]:
    """The prompts in their order; programs and prompts kept elsewhere are named as not supported. Raises FileFault."""
    if node is None or node.value in (None, [], ""):
        raise file_fault(f"{file}: it names no prompts.", "", "prompts: ['Answer: {{question}}']")
    node, file = reading.opened(node, file, keep=True)
    if isinstance(node.value, dict):  # {file: label}
        return [each for name, label in node.value.items() for each in _named(reading, name, node, file, label.plain())]
    items = node.value if isinstance(node.value, list) else [node]
    once = {item.value if isinstance(item.value, str) else id(item): item for item in items}  # as promptfoo has texts
    found = [written for item in once.values() for written in _read(reading, item, file)]
    if not found and not reading.unsupported:
        raise file_fault(f"{file}:{node.line}: its prompts are empty.", line=node.line)
    return found


def _read(reading: Reading, item: Node, file: Path) -> list[Written]:
    item, file = reading.opened(item, file, keep=True)
    if isinstance(item.value, str):
        return _named(reading, item.value, item, file)
    options = reading.only(item, _KEYS, file, "a prompt")
    raw = options.get("raw", options.get("file", options.get("id")))
    if raw is None or not isinstance(raw.value, str):
        if raw is None or raw.value is None:
            raise file_fault(f"{file}:{item.line}: a prompt needs its text: raw.", line=item.line)
        raw = Node(raw.line, json.dumps(raw.plain(), ensure_ascii=False))
    label = options["label"].plain() if "label" in options else None
    config = reading.plain(options["config"], file) if "config" in options else {}
    name = str(options["id"].plain()) if "id" in options else ""
    found = _named(reading, raw.value, raw, file, label)
    return [Written(w.raw, w.label, w.file, w.line, w.data, name or w.id, dict(config or {}) | w.config) for w in found]


def _named(reading: Reading, text: str, node: Node, file: Path, label: Any = None) -> list[Written]:
    """The prompts that a text is, or the files that it names."""
    label = label if label is None or isinstance(label, str) else json.dumps(label, ensure_ascii=False)
    label = label and env_filled(reading, label)
    if text.startswith(_OTHERS):
        reading.lacks(text.split("\n")[0], file, node.line)
        return []
    one_line = "\n" not in text and len(text) < 1000
    program = program_of(text) if one_line and (text.startswith(SCHEME) or " " not in text) else ""
    if program:
        reading.lacks(program, file, node.line, "it is a program, and nothing of it is run")
        return []
    if not one_line or not _is_file(reading, text, file):
        return [_made(text, label or env_filled(reading, text), file, node.line)]
    found = []
    for path in reading.files(text, file):
        if program_of(path.name):
            reading.lacks(path.name, file, node.line, "it is a program, and nothing of it is run")
            continue
        found += _of_file(reading, path, _shown(reading, path) if is_pattern(text) else bare(text), label)
    return found


def env_filled(reading: Reading, text: str) -> str:
    """A label with what is known of the environment filled in; other templates stand in it as they are."""
    return _ENV.sub(lambda tag: _known(reading, tag[0]), text)


def _known(reading: Reading, tag: str) -> str:
    """A tag that asks for a name of the environment, filled in; any other as it stands."""
    found = convert(tag, reading.env)
    return tag if found.problems or found.unset else filled(found.text, {})


def _shown(reading: Reading, path: Path) -> str:
    base = reading.path.parent
    return (path.relative_to(base) if path.is_relative_to(base) else path).as_posix()


def _is_file(reading: Reading, text: str, file: Path) -> bool:
    if text.startswith(SCHEME):
        return True
    if is_template(text):
        return False
    named = text.lower().endswith(ENDINGS) and not any(sign.isspace() for sign in text)
    there = any(isfile(each.parent / text) for each in (reading.path, file)) if text.strip() else False
    return named or there


def _of_file(reading: Reading, path: Path, name: str, label: str | None) -> list[Written]:
    ending = path.suffix.lower()
    if ending == ".txt":
        return [
            _made(part, f"{label}: {name}: {part}" if label else f"{name}: {part}", path, line)
            for line, part in _parted(text_of(path))
        ]
    if ending == ".jsonl":
        lines = [(each.line, each.plain()) for each in json_lines_of(path)]
        raws = [as_json(value) for _, value in lines]
        names = [f"{label or name}: {raw}" for raw in raws] if len(raws) > 1 else [label or name]
        return [
            Written(*each, path, line, value)
            for each, (line, value) in zip(zip(raws, names, strict=False), lines, strict=False)
        ]
    if ending == ".json" and is_template(text := text_of(path)) and json_in(text, scalars=True) is None:
        return [_made(text, label or f"{name}: {text}", path, 1)]
    if ending in (".yaml", ".yml", ".json"):
        value = reading.plain(data_of(path), path)
        raw = as_json(value)
        shown = raw if ending == ".json" else raw[:80]
        return [Written(raw, label or f"{name}: {shown}", path, 1, value if isinstance(value, dict | list) else None)]
    if ending == ".csv":
        return _of_rows(path, label)
    if ending not in ENDINGS:
        reading.lacks(path.name, path, 1, f"prompts are {', '.join(ENDINGS)} files")
        return []
    text = text_of(path)
    return [_made(text, label or f"{name}: {text[:50]}...", path, 1)]


def _parted(text: str) -> list[tuple[int, str]]:
    """A text file's prompts, each with the line it begins in: they part at lines that are ---; JSON never does."""
    text = text.replace("\r\n", "\n")
    if json_in(text) is not None:
        return [(1, text.strip())]
    parts: list[list[str]] = [[]]
    begins = [1]
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() == "---":
            parts.append([])
            begins.append(number + 1)
        elif line.strip() or parts[-1]:
            parts[-1].append(line)
        else:
            begins[-1] = number + 1
    texts = ("\n".join(part).strip() for part in parts)
    return [(begin, text) for begin, text in zip(begins, texts, strict=True) if text]


def _of_rows(path: Path, label: str | None) -> list[Written]:
    text = text_of(path).replace("\r\n", "\n")
    if "," not in text:
        lines = [line for line in text.split("\n") if line.strip()]
        lines = lines[1:] if lines and lines[0].strip().lower() == "prompt" else lines
        return [_made(line, label or f"Prompt {n} - {line}", path, n) for n, line in enumerate(lines, 1)]
    rows = [row for row in csv.DictReader(io.StringIO(text), strict=True) if row.get("prompt")]
    found = []
    for number, row in enumerate(rows, 1):
        raw = str(row["prompt"]).strip()
        found.append(_made(raw, row.get("label") or label or f"Prompt {number} - {raw}", path, number + 1))
    return found


def _made(raw: str, label: str, file: Path, line: int) -> Written:
    return Written(raw, label, file, line, json_in(raw))


def json_in(text: str, *, scalars: bool = False) -> Any:
    """The object or list (or with `scalars` the text or number) that a text is in JSON; None where it is none."""
    if not scalars and not text.lstrip().startswith(("{", "[")):
        return None
    try:
        value = Decoder().alone(text)
    except Broken:
        return None
    return value if scalars or isinstance(value, dict | list) else None
