"""What a project has spent, in words: how much for what, of which budget, and where the prices come from."""

from genai_tui.project import Project
from genai_tui.store.scopes import current_scope
from genai_tui.store.spend import Spent, spent_for

PURPOSES = {"try": "tries", "run": "evaluations", "judge": "judging", "train": "training data", "served": "serving"}
SOURCES = (
    "Each answer is priced once, when it comes, and its price is kept with it: what the endpoint itself says, else the "
    "price in your settings, else the list price of whoever bills. The embedded model costs nothing. What a failed "
    "answer has cost is counted too."
)


def explain_money(project: Project) -> tuple[tuple[str, str], ...]:
    """Names and sentences, for people."""
    rows = spent_for(project.reader)
    budget = current_scope(project.reader).budget_usd
    known, unknown = sum(row.known_usd for row in rows), sum(row.unknown for row in rows)
    total = f"${known:,.6g}" + (
        f", and {unknown:,} answer{'s' if unknown > 1 else ''} whose price nobody says" if unknown else ""
    )
    said = [("spent", total if rows else "$0: nothing has been asked yet")]
    said += [(PURPOSES.get(row.purpose, row.purpose), _row(row)) for row in rows]
    said.append(
        ("budget", f"${budget:,.2f}; nothing is asked that could pass it" if budget is not None else "none is set")
    )
    said.append(("how it is known", SOURCES))
    said.append(("one answer", "In stage 3 choose a try and press i: tokens, prices and times of that one."))
    return tuple(said)


def _row(row: Spent) -> str:
    unknown = f", {row.unknown:,} of unknown price" if row.unknown else ""
    failed = f", {row.failed:,} failed" if row.failed else ""
    return (
        f"${row.known_usd:,.6g} for {row.generations:,} answer{'s' if row.generations > 1 else ''}{failed}{unknown}; "
        f"{row.input_tokens:,} tokens in, {row.output_tokens:,} out"
    )
