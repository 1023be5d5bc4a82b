"""The files that a configuration names: relative to it, read as what they are, with their lines. Nothing is run."""

import glob
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from genai_tui.datasets.delimited import Delimited
from genai_tui.datasets.jsons import Broken, Decoder, kind
from genai_tui.datasets.model import file_fault
from genai_tui.datasets.opening import count_lines, open_file
from genai_tui.datasets.yamls import Node, read_yaml
from genai_tui.errors import FileFault, UsageFault
from genai_tui.records.javascript import as_text
from genai_tui.stages.evaluate.interchange.nunjucks import convert

PROGRAMS = (".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx", ".py", ".rb", ".sh", ".bash", ".ps1", ".bat")
TEXTS = (".txt", ".md")
SCHEME = "file://"
DEEPEST_REFERENCE = 20


class Unsupported(NamedTuple):
    """Something that a configuration needs and that is not there: its name, and where it stands."""

    name: str
    where: str


@dataclass
class Reading:
    """One configuration being read: its folder, its environment, and what it needs that is not there."""

    path: Path
    env: Mapping[str, str]
    root: Node
    unsupported: list[Unsupported] = field(default_factory=list)
    unset: list[Unsupported] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def lacks(self, name: str, file: Path, line: int, why: str = "") -> None:
        """Name something that is not there."""
        found = Unsupported(name, f"{file.name}:{line}" + (f": {why}" if why else ""))
        if found not in self.unsupported:
            self.unsupported.append(found)

    def note(self, text: str) -> None:
        """Say something once."""
        if text not in self.notes:
            self.notes.append(text)

    def file(self, name: str, beside: Path | None = None) -> Path:
        """The file that `name` means, with or without `file://`. Raises FileFault where there is none."""
        places = [each.parent / bare(name) for each in (self.path, beside) if each is not None]
        for path in places:
            if os.path.isfile(path):  # a name too long is none; Path.is_file raises
                return path
        who = (beside or self.path).name
        raise file_fault(f"There is no file {bare(name)}.", f"{who} names it; looked for at {places[0]}.")

    def files(self, pattern: str, beside: Path | None = None) -> list[Path]:
        """The files that a name or a pattern means, sorted. Raises FileFault where there is none."""
        if not is_pattern(pattern):
            return [self.file(pattern, beside)]
        for folder in [each.parent for each in (self.path, beside) if each is not None]:
            found = sorted(glob.glob(os.path.join(glob.escape(str(folder)), bare(pattern)), recursive=True))
            if paths := [Path(each) for each in found if os.path.isfile(each)]:
                return paths
        raise file_fault(f"No file matches {bare(pattern)}.", f"{(beside or self.path).name} names it.")

    def opened(self, node: Node, file: Path, *, keep: bool = False) -> tuple[Node, Path]:
        """What a node stands for: `$ref`s are followed, and (unless `keep`) a text `file://….yaml` is its content.

        Keys beside a `$ref` count over those that it leads to. Raises FileFault, UsageFault (what is not fetched).
        """
        for _ in range(DEEPEST_REFERENCE):
            value = node.value
            if isinstance(value, dict) and isinstance(getattr(value.get("$ref"), "value", None), str):
                beside = Node(node.line, {key: each for key, each in value.items() if key != "$ref"})
                node, file = self._referred(value["$ref"], file)
                node = _merged(node, beside) if isinstance(node.value, dict) else node
            elif not keep and isinstance(value, str) and value.startswith(SCHEME) and is_data(value):
                file = self.file(value, file)
                node = data_of(file)
            else:
                return node, file
        raise file_fault(f"{file}:{node.line}: a $ref leads to itself.", "It was followed 20 times.", line=node.line)

    def plain(self, node: Node, file: Path) -> Any:
        """A value without lines, the files of data that stand in it read."""
        node, file = self.opened(node, file)
        if isinstance(node.value, dict):
            return {key: self.plain(item, file) for key, item in node.value.items()}
        if isinstance(node.value, list):
            return [self.plain(item, file) for item in node.value]
        return node.value

    def with_texts(self, node: Node, file: Path) -> Node:
        """The content of a file of tests, where texts that it names (but for variables) stand as they are."""
        value = node.value
        if isinstance(value, dict):
            inner = {key: each if key == "vars" else self.with_texts(each, file) for key, each in value.items()}
            return Node(node.line, inner)
        if isinstance(value, list):
            return Node(node.line, [self.with_texts(each, file) for each in value])
        named = isinstance(value, str) and value.startswith(SCHEME) and value.lower().endswith(TEXTS)
        return Node(node.line, text_of(self.file(value, file))) if named else node

    def template(self, text: str, file: Path, line: int) -> str:
        """A template of theirs as one of ours; what cannot be said, and what the environment lacks, is named."""
        found = convert(text, self.env)
        for problem in found.problems:
            self.lacks(problem, file, line)
        for name in found.unset:
            missing = Unsupported(name, f"{file.name}:{line}")
            if missing not in self.unset:
                self.unset.append(missing)
        return found.text

    def only(self, node: Node, known: frozenset[str], file: Path, what: str) -> dict[str, Node]:
        """The object, with its keys that nobody knows named. Raises FileFault where it is none."""
        if not isinstance(node.value, dict):
            raise file_fault(
                f"{file}:{node.line}: {what} is an object.", f"It is {kind(node.plain())}.", line=node.line
            )
        for key, item in node.value.items():
            if key not in known:
                self.lacks(key, file, item.line, f"nobody knows it in {what}")
        return dict(node.value)

    def _referred(self, reference: Node, file: Path) -> tuple[Node, Path]:
        name, _, pointer = reference.value.partition("#")
        if "://" in name and not name.startswith(SCHEME):
            raise UsageFault(f"{file}:{reference.line}: {name} is not fetched.", "Nothing that a file names is.")
        if name:
            file = self.file(name, file)
            node = data_of(file)
        else:
            node = self.root if file == self.path else data_of(file)
        for key in [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]:
            inner = node.value
            if isinstance(inner, dict) and key in inner:
                node = inner[key]
            elif isinstance(inner, list) and key.isdigit() and int(key) < len(inner):
                node = inner[int(key)]
            else:
                what = f"{file}:{reference.line}: {reference.value} leads nowhere."
                raise file_fault(what, f"There is no {key!r}.", line=reference.line)
        return node, file


def _merged(node: Node, over: Node) -> Node:
    """An object with another one's keys over its own, in the objects within it too; anything else is the other."""
    if not isinstance(node.value, dict) or not isinstance(over.value, dict):
        return over
    keys = {key: _merged(node.value[key], each) if key in node.value else each for key, each in over.value.items()}
    return Node(node.line, node.value | keys)


def bare(name: str) -> str:
    """A file's name without its scheme."""
    return name.removeprefix(SCHEME)


def env_of(node: Node | None) -> dict[str, str]:
    """What stands under `env`, as JavaScript makes texts of it; a name with null is as if it were not there."""
    values = None if node is None else node.plain()
    named = values.items() if isinstance(values, dict) else ()
    return {str(key): as_text(value) for key, value in named if value is not None}


def is_pattern(name: str) -> bool:
    """Whether a name may mean several files."""
    return any(sign in name for sign in "*?[")


def is_data(name: str) -> bool:
    """Whether a name is that of a file of data."""
    return bare(name).lower().endswith((".yaml", ".yml", ".json"))


def program_of(name: str) -> str:
    """The name, without scheme and function, of a program; empty where it is none."""
    plain = bare(name)
    head, colon, tail = plain.rpartition(":")
    candidates = [plain, head] if colon and "/" not in tail else [plain]
    return next((each for each in candidates if each.lower().endswith(PROGRAMS)), "")


def text_of(path: Path) -> str:
    """The text of a file; an empty one is empty. Raises FileFault with the line that is no UTF-8."""
    try:
        if path.stat().st_size == 0:
            return ""
    except OSError as fault:
        raise FileFault(f"{path} cannot be read.", f"{fault.strerror or fault}.") from fault
    return open_file(path, nameable=False).whole()


def data_of(path: Path) -> Node:
    """The content of a YAML or JSON file. Raises FileFault with the line."""
    text = text_of(path)
    return node_of(json_of(text, path), 1) if path.suffix.lower() == ".json" else read_yaml(text, path)


def json_of(text: str, path: Path, line: int = 1) -> Any:
    """A text as JSON. Raises FileFault with the line."""
    decoder = Decoder()
    try:
        value = decoder.alone(text)
    except Broken as fault:
        at = line + count_lines(text, 0, fault.position)
        raise file_fault(f"{path}:{at}: the file is no json.", str(fault), line=at) from None
    if decoder.twice is not None:
        raise file_fault(f"{path}: the key {decoder.twice[:60]!r} stands twice in an object.", line=line)
    return value


def json_lines_of(path: Path) -> Iterator[Node]:
    """The values of a JSONL file, each with its line. Raises FileFault with the line."""
    for number, line in enumerate(text_of(path).split("\n"), 1):
        if line.strip():
            yield node_of(json_of(line, path, number), number)


def check_numbers(value: Any, said: str, file: Path, line: int) -> None:
    """Hold a value to the numbers that JSON has: NaN and infinities cannot be stored. Raises FileFault."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        why = "It holds NaN or an infinity, which JSON does not have."
        raise file_fault(f"{file}:{line}: {said}.", why, line=line) from None


def rows_of(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a CSV file with their lines. Raises FileFault for the first that cannot be read."""
    source = Delimited(open_file(path, nameable=False), "csv")
    if source.twice:
        doubled = ", ".join(sorted(source.twice))
        raise file_fault(f"{path}:{source.header_line}: {doubled} stands twice in the header.", line=source.header_line)
    for record in source.records():
        if record.fault:
            raise file_fault(f"{path}:{record.line}: a row cannot be read.", record.fault, line=record.line)
        yield record.line, record.values


def node_of(value: Any, line: int) -> Node:
    """A value as a node; everything in it stands at the same line."""
    if isinstance(value, dict):
        return Node(line, {key: node_of(item, line) for key, item in value.items()})
    return Node(line, [node_of(item, line) for item in value] if isinstance(value, list) else value)
