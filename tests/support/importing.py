"""Options of `data import`, from the words that a case gives."""

from genai_tui.datasets import ImportOptions


def options_of(words: list[str]) -> ImportOptions:
    """`--input q --expected a …` as ImportOptions."""
    found: dict[str, list[str]] = {}
    for option, value in zip(words[::2], words[1::2], strict=True):
        found.setdefault(option, []).append(value)

    def one(name: str) -> str | None:
        return found.get(name, [None])[0]  # type: ignore[list-item]

    return ImportOptions(
        inputs=tuple(found.get("--input", ())),
        expected=one("--expected"),
        tags=tuple(found.get("--tag", ())),
        split=one("--split"),  # type: ignore[arg-type]
        format=one("--format"),
        encoding=one("--encoding"),
    )
