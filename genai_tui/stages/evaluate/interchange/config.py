"""A promptfoo configuration, read to its end before anything is asked: what it needs that is not there is named."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from genai_tui.answering.render import filled
from genai_tui.datasets.model import file_fault
from genai_tui.datasets.yamls import Node
from genai_tui.errors import UsageFault
from genai_tui.records.prompts import Prompt
from genai_tui.settings import Settings
from genai_tui.stages.evaluate.interchange.cases import Test
from genai_tui.stages.evaluate.interchange.chats import prompt_of
from genai_tui.stages.evaluate.interchange.files import Reading, data_of, env_of, program_of
from genai_tui.stages.evaluate.interchange.nunjucks import is_template
from genai_tui.stages.evaluate.interchange.prompts import PREFIX, SUFFIX, Written, matches, read_prompts
from genai_tui.stages.evaluate.interchange.providers import Provider, read_providers
from genai_tui.stages.evaluate.interchange.tests import read_tests

_KNOWN = frozenset(
    "description prompts providers targets tests scenarios defaultTest env evaluateOptions commandLineOptions "
    "assertionTemplates outputPath sharing tags metadata $schema writeLatestResults".split()
)
_RUN = {"maxConcurrency": "in_flight", "repeat": "repeats"}
_WITHOUT_EFFECT = frozenset("showProgressBar cache generateSuggestions interactiveProviders write table share".split())


@dataclass(frozen=True)
class Entry:
    """What is measured: one prompt at one provider, over the tests (by their places) that are meant for it."""

    provider: Provider
    prompt: Prompt
    tests: tuple[int, ...]


@dataclass(frozen=True)
class Suite:
    """A configuration: entries in promptfoo's order, all tests, how it wants to be run, what a reader should know."""

    path: Path
    entries: tuple[Entry, ...]
    tests: tuple[Test, ...]
    options: dict[str, int]
    notes: tuple[str, ...]


def read_config(path: Path, settings: Settings, environ: Mapping[str, str] = os.environ) -> Suite:
    """The configuration in `path`. Nothing is asked, fetched or run.

    Raises FileFault with the line for what cannot be read, UsageFault for what is not supported: all of it, by name,
    under `unsupported`.
    """
    if not path.is_file():
        there = f"{path} is a folder." if path.is_dir() else f"There is no file {path}."
        raise file_fault(there, "", "Name a promptfoo configuration.")
    if program_of(path.name):
        raise UsageFault(
            f"{path} is a program, and nothing of it is run.",
            "",
            "Write the configuration as YAML or JSON.",
            extra={"unsupported": [{"name": path.name, "where": path.name}]},
        )
    root = data_of(path)
    if not isinstance(root.value, dict):
        raise file_fault(f"{path}:1: it is no promptfoo configuration.", "It holds no object.", line=1)
    values: dict[str, Node] = dict(root.value)
    reading = Reading(path, {**environ, **env_of(values.get("env"))}, root)
    for key, node in values.items():
        if key not in _KNOWN:
            reading.lacks(key, path, node.line, "nobody knows it here, or it needs what is not there")
    if "outputPath" in values:
        reading.note("outputPath is not written: genai-tui eval export R… --format promptfoo --output FILE writes it.")
    providers = read_providers(reading, values.get("providers", values.get("targets")), path, settings)
    prompts = read_prompts(reading, values.get("prompts"), path)
    default = values.get("defaultTest")
    tests = read_tests(reading, values.get("tests"), values.get("scenarios"), default, path)
    options = _options(reading, values, path)
    entries, tests = _entries(reading, providers, prompts, tests)
    _refuse(reading, entries)
    return Suite(path, tuple(entries), tuple(tests), options, tuple(reading.notes))


def _options(reading: Reading, values: Mapping[str, Node], file: Path) -> dict[str, int]:
    """How many at once, and how often, as the configuration says."""
    found: dict[str, int] = {}
    for section in ("evaluateOptions", "commandLineOptions"):  # the last word counts
        node = values.get(section)
        if node is None or not isinstance(node.value, dict):
            continue
        for key, each in node.value.items():
            value = each.plain()
            if key in _RUN and isinstance(value, int) and value > 0:
                found[_RUN[key]] = value
            elif key == "cache" and value is False:
                found[key] = 0
            elif key not in _RUN and key not in _WITHOUT_EFFECT and value:
                reading.lacks(key, file, each.line)
    return found


def _entries(
    reading: Reading, providers: list[Provider], prompts: list[Written], tests: list[Test]
) -> tuple[list[Entry], list[Test]]:
    found = {(test.prefix, test.suffix) for test in tests}
    affixes = found.pop() if len(found) == 1 else None
    if affixes is None:
        tests = [_with_affixes(test) for test in tests]
    entries = []
    for provider in providers:
        for written in prompts:
            if not written.allowed(provider.prompts):
                continue
            parameters = provider.parameters | {k: v for k, v in written.config.items() if v is not None}
            if is_template(str(written.config)):
                reading.lacks("config", written.file, written.line, "a prompt's config is a template")
            meant = tuple(n for n, test in enumerate(tests) if _meant(test, provider, written))
            inputs = (tests[n].inputs for n in meant)
            prompt = prompt_of(reading, written, parameters, inputs, echoes=provider.echoes, affixes=affixes)
            if prompt is not None:
                entries.append(Entry(provider, prompt, meant))
    return entries, tests


def _with_affixes(test: Test) -> Test:
    around = {PREFIX: filled(test.prefix, test.inputs), SUFFIX: filled(test.suffix, test.inputs)}
    return replace(test, inputs=test.inputs | around)


def _meant(test: Test, provider: Provider, written: Written) -> bool:
    return matches(test.providers, (provider.label, provider.id)) and written.allowed(test.prompts)


def _refuse(reading: Reading, entries: list[Entry]) -> None:
    path = reading.path
    if reading.unset:
        names = ", ".join(dict.fromkeys(item.name for item in reading.unset))
        places = ", ".join(dict.fromkeys(item.where for item in reading.unset))
        if not reading.unsupported:
            raise UsageFault(
                f"{path} needs from the environment: {names}.",
                f"It is not set; used in {places}.",
                f"export {reading.unset[0].name}=…, or give it under env: in the configuration.",
                extra={"unsupported": []},
            )
    if reading.unsupported:
        listed = "; ".join(f"{item.name} ({item.where})" for item in reading.unsupported)
        raise UsageFault(
            f"{path} needs what is not supported: {', '.join(dict.fromkeys(i.name for i in reading.unsupported))}.",
            f"Nothing was asked. {listed}.",
            "Take it out, or write it otherwise.",
            extra={"unsupported": [item._asdict() for item in reading.unsupported]},
        )
    if not any(entry.tests for entry in entries):
        raise file_fault(f"{path} measures nothing.", "No test is meant for any of its prompts and providers.")


def expected_of(test: Test) -> dict[str, Any]:
    """A test's checks as the expected answer of its row: what the scorer `promptfoo` judges by."""
    found: dict[str, Any] = {"assert": test.assertions}
    if test.threshold is not None:
        found["threshold"] = test.threshold
    written = {name: value for name, value in test.variables.items() if test.inputs.get(name) != value}
    if written:
        found["vars"] = written
    if test.description:
        found["description"] = test.description
    if test.metadata:
        found["metadata"] = test.metadata
    return found
