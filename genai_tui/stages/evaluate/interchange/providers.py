"""Who is asked: promptfoo's providers that speak OpenAI's way, and what is sent to them besides the messages."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from genai_tui.answering.render import filled
from genai_tui.datasets.model import file_fault
from genai_tui.datasets.yamls import Node
from genai_tui.records.endpoints import Endpoint, Price
from genai_tui.records.javascript import as_json
from genai_tui.settings import Settings
from genai_tui.stages.evaluate.interchange.endpoints import FAMILIES, Family, apart, endpoint_of, object_in
from genai_tui.stages.evaluate.interchange.files import SCHEME, Reading, check_numbers, env_of, is_data, program_of
from genai_tui.stages.evaluate.interchange.nunjucks import convert, is_template
from genai_tui.stages.evaluate.interchange.prompts import chosen_prompts, env_filled
from genai_tui.stages.evaluate.interchange.values import as_number

ECHO = "echo"
MAX_TOKENS, TEMPERATURE = 1024, 0  # what promptfoo sends where nothing is said
_OTHER_KINDS = frozenset(
    "agents assistant chatkit codex-app-server codex-sdk completion completions embedding embeddings image moderation "
    "realtime responses speech transcription video".split()
)
_SENT = frozenset(
    "temperature max_tokens max_completion_tokens top_p presence_penalty frequency_penalty stop seed response_format "
    "reasoning_effort verbosity service_tier logprobs top_logprobs logit_bias user metadata store".split()
)
_CONFIG = _SENT | frozenset(
    "apiBaseUrl apiHost apiKey apiKeyEnvar apiKeyRequired headers organization passthrough cost inputCost outputCost "
    "omitDefaults".split()
)
_KEYS = frozenset(("id", "label", "config", "prompts", "env"))
_THINKS = re.compile(r"(?:^|/)(?:o[134]|gpt-5)")


@dataclass(frozen=True)
class Provider:
    """One provider; `prompts` are the labels of those it is given (None: all), `parameters` what is sent besides."""

    id: str
    label: str
    endpoint: Endpoint
    model_id: str
    parameters: dict[str, Any] = field(default_factory=dict)
    prompts: tuple[str, ...] | None = None

    @property
    def echoes(self) -> bool:
        """Whether it gives back what it is sent, and asks nobody."""
        return self.id == ECHO


def read_providers(reading: Reading, node: Node | None, file: Path, settings: Settings) -> list[Provider]:
    """The providers in their order; those that cannot be asked are named as not supported. Raises FileFault."""
    if node is None or node.value in (None, []):
        raise file_fault(f"{file}: it names no providers.", "", "providers: [openai:chat:MODEL]")
    items = node.value if isinstance(node.value, list) else [node]
    once = {as_json(item.plain()): item for item in items}
    found = [provider for item in once.values() for provider in _read(reading, item, file, settings)]
    by_key = {}  # as promptfoo looks them up: the last word on an id holds for all that have no label
    for provider in found:
        by_key[provider.id] = provider.prompts
        by_key[provider.label] = provider.prompts
    known = dict(settings.endpoints)
    return [replace(p, endpoint=apart(p.endpoint, known), prompts=by_key[p.label]) for p in found]


def _read(reading: Reading, item: Node, file: Path, settings: Settings) -> list[Provider]:
    if isinstance(item.value, str) and item.value.startswith(SCHEME) and is_data(item.value):
        inner, path = reading.opened(item, file)
        items = inner.value if isinstance(inner.value, list) else [inner]
        return [provider for each in items for provider in _read(reading, each, path, settings)]
    item, file = reading.opened(item, file)
    if isinstance(item.value, str):
        return _made(reading, item.value, item, {}, file, settings)
    if isinstance(item.value, dict) and "id" not in item.value and len(item.value) == 1:
        [(name, inner)] = item.value.items()  # {openai:chat:x: {config: …}}
        inner, file = reading.opened(inner, file)
        options = reading.only(inner, _KEYS | {"transform", "delay"}, file, "a provider")
        given = options.get("id")
        return _made(reading, given.value if given else name, inner, options, file, settings)
    options = reading.only(item, _KEYS | {"transform", "delay"}, file, "a provider")
    name = options["id"].value if "id" in options else None
    if not isinstance(name, str):
        raise file_fault(f"{file}:{item.line}: a provider needs an id.", line=item.line)
    return _made(reading, name, item, options, file, settings)


def _made(
    reading: Reading, name: str, item: Node, options: Mapping[str, Node], file: Path, settings: Settings
) -> list[Provider]:
    if "env." in name:
        found = convert(name, reading.env)
        if found.problems or found.unset:
            reading.template(name, file, item.line)  # names them
            return []
        name = filled(found.text, {})
    for key in ("transform", "delay"):
        if key in options and options[key].value:
            reading.lacks(key, file, options[key].line)
    label = options["label"].plain() if "label" in options else None
    env = {**reading.env, **env_of(options.get("env"))}
    config = reading.opened(options["config"], file)[0] if "config" in options else Node(item.line, {})
    rest: dict[str, Any] = {
        "label": env_filled(reading, str(label or name)),
        "prompts": chosen_prompts(reading, options.get("prompts"), file),
    }
    if name == ECHO:
        return [
            Provider(ECHO, endpoint=Endpoint(ECHO, "http://127.0.0.1/v1", price=Price(0, 0)), model_id=ECHO, **rest)
        ]
    head, slash, model = name.partition("/")
    if slash and ":" not in head and head in settings.endpoints:
        parameters = _parameters(reading, config, file, Family("", defaults=False), model, env)
        return [Provider(name, endpoint=settings.endpoints[head], model_id=model, parameters=parameters, **rest)]
    family, _, model = name.partition(":")
    kind, colon, tail = model.partition(":")
    known = FAMILIES.get(family)
    if known is None or kind in _OTHER_KINDS or not model:
        reading.lacks(program_of(name) or name, file, item.line)
        return []
    model = tail if colon and kind == "chat" else model
    parameters = _parameters(reading, config, file, known, model, env)
    endpoint = endpoint_of(reading, config, file, family, known, settings, env)
    return (
        [] if endpoint is None else [Provider(name, endpoint=endpoint, model_id=model, parameters=parameters, **rest)]
    )


def _parameters(
    reading: Reading, config: Node, file: Path, known: Family, model: str, env: Mapping[str, str]
) -> dict[str, Any]:
    """What is sent besides the messages, promptfoo's defaults included. Raises FileFault for what cannot be sent."""
    values = reading.only(config, _CONFIG, file, "a provider's config")
    sent = {key: reading.plain(node, file) for key, node in values.items() if key in _SENT}
    for key, value in sent.items():
        if isinstance(value, str) and is_template(value):
            reading.lacks(key, file, values[key].line, "it is a template")
    sent = {key: value for key, value in sent.items() if value is not None}
    if known.defaults and not ("omitDefaults" in values and values["omitDefaults"].value):
        thinks = _THINKS.search(model) is not None
        if not thinks and "max_completion_tokens" not in sent:
            sent.setdefault("max_tokens", int(_told(env, "OPENAI_MAX_TOKENS", MAX_TOKENS)))
        if not thinks:
            sent.setdefault("temperature", _told(env, "OPENAI_TEMPERATURE", TEMPERATURE))
    sent |= object_in(reading, values, "passthrough", file)
    for key, value in sent.items():
        node = values.get(key, values.get("passthrough", config))
        check_numbers(value, f"{key} cannot be sent", file, node.line)
    return {key: value for key, value in sent.items() if value is not None}


def _told(env: Mapping[str, str], name: str, default: int) -> float:
    """A number of the environment as JavaScript sends it, 0 and not 0.0; where there is none, the default."""
    found = as_number(env.get(name) or default)
    return default if not math.isfinite(found) else int(found) if found.is_integer() else found
