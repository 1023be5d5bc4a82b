"""SQL on the project's database stands in `store` alone: a statement elsewhere has no name and is found by nobody."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import genai_tui

ROOT = Path(genai_tui.__file__).parent
STATEMENT = re.compile(
    r"\s*(SELECT\s.+\sFROM\b|SELECT \d|INSERT\s+(OR \w+ )?INTO\b|UPDATE\s\w+\sSET\b|DELETE\s+FROM\b|WITH\s\w+\sAS\b"
    r"|(CREATE|DROP|ALTER)\s+(TEMP\s+)?(TABLE|INDEX|VIEW)\b|PRAGMA\s)",
    re.S,
)
ELSEWHERE = {
    "datasets/parquet.py": "DuckDB's, on a file that is imported",
    "screens/pictured.py": "stops the clock for pictures",
    "screens/pictures.py": "stops the clock for pictures",
}


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The text constants of a module, those of an f-string together."""
    within = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part for part in node.values if isinstance(part, ast.Constant)]
            within |= {id(part) for part in parts}
            yield node.lineno, "…".join(str(part.value) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in within:
            yield node.lineno, node.value


def statements(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    return [f"{path.relative_to(ROOT)}:{line}" for line, text in texts(tree) if STATEMENT.match(text)]


def test_no_statement_stands_outside_of_the_store() -> None:
    files = [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] != "store"]
    assert len(files) > 400
    found = [each for path in files if str(path.relative_to(ROOT)) not in ELSEWHERE for each in statements(path)]
    assert found == []


def test_what_is_looked_for_is_found() -> None:
    assert all(statements(ROOT / name) for name in ELSEWHERE)
    assert len(statements(ROOT / "store" / "runs.py")) > 5
