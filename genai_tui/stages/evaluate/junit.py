"""JUnit XML, as CI servers read it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from genai_tui.untrusted import harmless


class Case(NamedTuple):
    """One test case; `failure` is empty where it passed, `said` what is to be known of it all the same."""

    name: str
    failure: str
    seconds: float
    said: str = ""


class Suite(NamedTuple):
    """Test cases that belong together; `properties` are what is to be known of all of them."""

    name: str
    cases: Sequence[Case]
    properties: Sequence[tuple[str, str]] = ()

    @property
    def counts(self) -> tuple[int, int]:
        """How many cases, and how many of them failed."""
        return len(self.cases), sum(bool(case.failure) for case in self.cases)


def document(name: str, suites: Sequence[Suite]) -> str:
    """Suites as a document."""
    tests, failures = (sum(each) for each in zip(*(suite.counts for suite in suites), strict=True))
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name={_attribute(name)} tests="{tests}" failures="{failures}">',
        *(line for suite in suites for line in _suite(suite)),
    ]
    return "\n".join([*lines, "</testsuites>", ""])


def _suite(suite: Suite) -> Iterator[str]:
    tests, failures = suite.counts
    name = _attribute(suite.name)
    yield f'  <testsuite name={name} tests="{tests}" failures="{failures}">'
    if suite.properties:
        yield "    <properties>"
        for key, text in suite.properties:
            yield f"      <property name={_attribute(key)} value={_attribute(text)}/>"
        yield "    </properties>"
    for case in suite.cases:
        head = f'    <testcase name={_attribute(case.name)} classname={name} time="{case.seconds:.6f}"'
        if case.failure:
            yield f"{head}><failure message={_attribute(case.failure[:200])}>{_text(case.failure)}</failure>"
            yield "    </testcase>"
        elif case.said:
            yield f"{head}><system-out>{_text(case.said)}</system-out></testcase>"
        else:
            yield f"{head}/>"
    yield "  </testsuite>"


def _attribute(text: str) -> str:
    return quoteattr(_allowed(text))


def _text(text: str) -> str:
    return escape(_allowed(text))


def _allowed(text: str) -> str:
    """Without what XML has no way to write: control characters and halves of characters."""
    return harmless(text).encode("utf-8", "replace").decode().replace("\ufffe", "").replace("\uffff", "")
