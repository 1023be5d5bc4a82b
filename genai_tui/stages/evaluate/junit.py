"""JUnit XML, as CI servers read it."""

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from genai_tui.untrusted import harmless


class Case(NamedTuple):
    """One test case; `failure` is empty where it passed, `said` what is to be known of it all the same."""

    name: str
    failure: str
    seconds: float
    said: str = ""


def document(suites: str, suite: str, cases: Sequence[Case], properties: Sequence[tuple[str, str]] = ()) -> str:
    """One suite of cases as a document; `properties` are what is to be known of all of it."""
    failed = sum(bool(case.failure) for case in cases)
    counts = f'tests="{len(cases)}" failures="{failed}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites name={_attribute(suites)} {counts}>",
        f"  <testsuite name={_attribute(suite)} {counts}>",
    ]
    if properties:
        known = (f"      <property name={_attribute(name)} value={_attribute(text)}/>" for name, text in properties)
        lines += ["    <properties>", *known, "    </properties>"]
    for case in cases:
        head = f'    <testcase name={_attribute(case.name)} classname={_attribute(suite)} time="{case.seconds:.6f}"'
        if case.failure:
            lines.append(f"{head}><failure message={_attribute(case.failure[:200])}>{_text(case.failure)}</failure>")
            lines.append("    </testcase>")
        elif case.said:
            lines.append(f"{head}><system-out>{_text(case.said)}</system-out></testcase>")
        else:
            lines.append(f"{head}/>")
    return "\n".join([*lines, "  </testsuite>", "</testsuites>", ""])


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text))


def _text(text: str) -> str:
    return escape(_allowed(text))


def _allowed(text: str) -> str:
    """Without what XML has no way to write: control characters and halves of characters."""
    return harmless(text).encode("utf-8", "replace").decode().replace("\ufffe", "").replace("\uffff", "")
