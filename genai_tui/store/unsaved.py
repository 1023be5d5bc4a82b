"""Prompts that were tried and not saved: kept with each try, their texts once for each content."""

import hashlib
import sqlite3
from dataclasses import asdict
from typing import Any

from genai_tui.records.prompts import ExampleRule, FewShot, Message, Prompt
from genai_tui.store.reader import Reader
from genai_tui.store.values import pack_json, small, unpack_json
from genai_tui.store.writer import Write


def with_unsaved_prompt(save: Write[int], prompt: Prompt) -> Write[int]:
    """Saves a generation and, with it, the prompt it was asked with, which is no version."""
    text = pack_json(prompt_as_data(prompt))
    digest = hashlib.sha256(text.encode()).digest()

    def write(connection: sqlite3.Connection) -> int:
        number = save(connection)
        connection.execute("INSERT INTO body (hash, json) VALUES (?, ?) ON CONFLICT DO NOTHING", (digest, text))
        connection.execute(
            "INSERT INTO unsaved_prompt (generation, body) SELECT ?, id FROM body WHERE hash = ?", (number, digest)
        )
        return number

    return write


def find_unsaved_prompt(reader: Reader, generation: int) -> Prompt | None:
    """The prompt that a generation was asked with, where it was no version: number 0, its parent as it was then."""
    row = reader.one(
        "SELECT b.json FROM unsaved_prompt u JOIN body b ON b.id = u.body WHERE u.generation = ?", (small(generation),)
    )
    return None if row is None else prompt_of_data(unpack_json(row[0]))


def prompt_as_data(prompt: Prompt) -> dict[str, Any]:
    """What of an unsaved prompt is kept, as JSON."""
    return {
        "messages": [[m.role, m.content] for m in prompt.messages],
        "examples": asdict(prompt.examples),
        "parameters": prompt.parameters,
        "output": prompt.output,
        "parent": prompt.parent,
    }


def prompt_of_data(data: dict[str, Any]) -> Prompt:
    """The prompt that was kept so."""
    rule = {**data["examples"], "fixed": tuple(FewShot(**shot) for shot in data["examples"]["fixed"])}
    messages = tuple(Message(role, content) for role, content in data["messages"])
    return Prompt(messages, ExampleRule(**rule), data["parameters"], data["output"], parent=data["parent"])
