"""Prompts: immutable versions, numbered through the project and known by the hash of what decides the answer.

Their note for people is no part of that, and may be changed.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from genai_tui.errors import UsageFault
from genai_tui.records.hashing import TAG
from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt
from genai_tui.store.paging import every, page_of
from genai_tui.store.reader import Reader
from genai_tui.store.statements import holding
from genai_tui.store.values import pack_json, pack_optional, pack_text, unpack_json, unpack_optional, unpack_text, utc
from genai_tui.store.writer import Write

_COLUMNS = "number, parent, created, note, messages, examples, parameters, output"
SHORTEST_HASH = 4  # characters of a hash that may stand for it
SEARCHED = 5_000  # of the latest versions, for a text
MOST_FOUND = 200


def save_prompt(prompt: Prompt) -> Write[Prompt]:
    """Keeps `prompt` as the next version; where its hash exists already, gives that version back, untouched."""
    digest = prompt.hash
    content = (
        pack_text(prompt.note),
        pack_json([[m.role, m.content] for m in prompt.messages]),
        pack_json(asdict(prompt.examples)),
        pack_json(prompt.parameters),
        pack_optional(prompt.output),
    )

    def write(connection: sqlite3.Connection) -> Prompt:
        row = connection.execute(f"SELECT {_COLUMNS} FROM prompt WHERE hash = ?", (digest,)).fetchone()
        if row:
            return _prompt(row)
        created = utc()
        cursor = connection.execute(
            "INSERT INTO prompt (hash, parent, shots, created, note, messages, examples, parameters, output) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (digest, prompt.parent, prompt.examples.count, created, *content),
        )
        return replace(prompt, number=cursor.lastrowid or 0, created=created)

    return write


def note_prompt(number: int, note: str) -> Write[None]:
    """Gives a version another note, which decides no answer; empty takes it away. All else of it stays for ever."""

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE prompt SET note = ? WHERE number = ?", (pack_text(note), number))

    return write


def find_prompt(reader: Reader, ref: str) -> Prompt:
    """The version that `ref` names: a number, a hash, or the beginning of one (at least four characters).

    Raises UsageFault where there is none, or where several begin so.
    """
    if ref.isascii() and ref.isdigit() and len(ref) < 19:
        row = reader.one(f"SELECT {_COLUMNS} FROM prompt WHERE number = ?", (int(ref),))
        if row:
            return _prompt(row)
    rows = by_hash(reader, f"SELECT {_COLUMNS} FROM prompt", ref)
    if len(rows) == 1:
        return _prompt(rows[0])
    if rows:
        numbers = ", ".join(str(row[0]) for row in rows)
        raise UsageFault(f"{ref} stands for several prompts: {numbers}.", "Their hashes begin so.", "Give the number.")
    raise UsageFault(f"There is no prompt {ref}.", _there_are(reader), "genai-tui prompt list shows them.")


def latest_prompt(reader: Reader) -> Prompt | None:
    """The version with the highest number."""
    row = reader.one(f"SELECT {_COLUMNS} FROM prompt ORDER BY number DESC LIMIT 1")
    return _prompt(row) if row else None


def page_prompts(
    reader: Reader, after: int | None = None, limit: int = 200, *, newest_first: bool = False
) -> list[Prompt]:
    """Versions by number; `after` is the last number that was shown."""
    rows = page_of(reader, _COLUMNS, "prompt", "number", after, limit, newest_first=newest_first)
    return [_prompt(row) for row in rows]


def all_prompts(reader: Reader) -> Iterator[Prompt]:
    """Every version by number, page by page."""
    return every(lambda after: page_prompts(reader, after), lambda prompt: prompt.number)


def numbered(reader: Reader, numbers: Sequence[int]) -> dict[int, Prompt]:
    """The versions with these numbers (a few hundred at most), by number; one that is not there is left out."""
    marks = ", ".join("?" * len(numbers))
    rows = reader.rows(f"SELECT {_COLUMNS} FROM prompt WHERE number IN ({marks})", numbers)
    return {row[0]: _prompt(row) for row in rows}


def search_prompts(reader: Reader, text: str) -> list[Prompt]:
    """Of the latest versions those that hold `text` in their note or messages, the newest first.

    A number finds that version, too.
    """
    number = text.removeprefix("v")
    exact = int(number) if number.isascii() and number.isdigit() and len(number) < 19 else 0
    note, sought = holding("note", text)
    messages, escaped = holding("messages", pack_json(text)[1:-1])
    rows = reader.rows(
        f"SELECT {_COLUMNS} FROM prompt WHERE number = ? OR (number > (SELECT max(number) FROM prompt) - ? "
        f"AND ({note} OR {messages})) ORDER BY number DESC LIMIT ?",
        (exact, SEARCHED, sought, escaped, MOST_FOUND),
    )
    return [_prompt(row) for row in rows]


def parents(reader: Reader, limit: int) -> list[tuple[int, int | None]]:
    """Number and parent of the `limit` latest versions, by number."""
    rows = reader.rows("SELECT number, parent FROM prompt ORDER BY number DESC LIMIT ?", (limit,))
    return [(number, parent) for number, parent in reversed(rows)]


def by_hash(reader: Reader, select: str, ref: str) -> list[tuple[Any, ...]]:
    """At most nine rows of `select` whose hash is or begins with `ref` (with or without its tag)."""
    start = ref.removeprefix(TAG).lower()
    if len(start) < SHORTEST_HASH or not all(letter in "0123456789abcdef" for letter in start):
        return []
    return reader.rows(f"{select} WHERE hash >= ? AND hash < ? ORDER BY 1 LIMIT 9", (TAG + start, TAG + start + "g"))


def _there_are(reader: Reader) -> str:
    row = reader.one("SELECT max(number) FROM prompt")
    latest = row[0] if row else None
    return f"Versions 1 to {latest} exist." if latest else "None was saved yet."


def _prompt(row: tuple[Any, ...]) -> Prompt:
    number, parent, created, note, messages, examples, parameters, output = row
    rule = unpack_json(examples)
    rule["fixed"] = tuple(FewShot(**shot) for shot in rule["fixed"])
    return Prompt(
        messages=tuple(Message(role, content) for role, content in unpack_json(messages)),
        examples=ExampleRule(**rule),
        parameters=unpack_json(parameters),
        output=unpack_optional(output),
        number=number,
        parent=parent,
        note=unpack_text(note),
        created=created,
    )
