"""Numbers with what they count, as they are said."""


def count(number: int, one: str, several: str = "") -> str:
    """A number and what it counts, in the right number: `1 row`, `2,000 rows`."""
    return f"1 {one}" if number == 1 else f"{number:,} {several or one + 's'}"
