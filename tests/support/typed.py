"""What was typed and not saved, as a project keeps it; and the end of the program that it was typed in."""

import sqlite3

from genai_tui.project import Project
from genai_tui.store.values import unpack_json


def its_program_ends(project: Project) -> None:
    """What is typed is of a program that is no more."""
    change_drafts(project, "pid = 2147483647, started = 1")


def change_drafts(project: Project, how: str) -> None:
    """Sets columns of all drafts, past the program."""
    connection = sqlite3.connect(project.folder / ".genai" / "project.db")
    with connection:
        assert connection.execute(f"UPDATE draft SET {how}").rowcount
    connection.close()


def kept(project: Project) -> str:
    """All drafts, as they are stored."""
    return str([unpack_json(row[0]) for row in project.reader.rows("SELECT json FROM draft")])
