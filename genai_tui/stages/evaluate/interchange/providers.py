"""Who is asked: promptfoo's providers that speak OpenAI's way, as endpoints; keys are named, never read here."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from genai_tui.answering.render import filled
from genai_tui.datasets.jsons import kind
from genai_tui.datasets.model import file_fault
from genai_tui.datasets.yamls import Node
from genai_tui.records.endpoints import Endpoint, Price
from genai_tui.records.javascript import as_json
from genai_tui.settings import Settings
from genai_tui.settings.checks import clean_base_url, is_variable
from genai_tui.stages.evaluate.interchange.files import (
    SCHEME,
    Reading,
    Unsupported,
    check_numbers,
    env_of,
    is_data,
    program_of,
)
from genai_tui.stages.evaluate.interchange.nunjucks import convert, is_template
from genai_tui.stages.evaluate.interchange.prompts import chosen_prompts, env_filled
from genai_tui.stages.evaluate.interchange.values import as_number

ECHO = "echo"
MAX_TOKENS, TEMPERATURE = 1024, 0  # what promptfoo sends where nothing is said


class _Known(NamedTuple):
    """A family of providers: where it lies, the variable of its key, who bills, whether promptfoo's defaults hold."""

    base_url: str
    key_env: str | None = None
    bills: str | None = None
    defaults: bool = True


KNOWN = {
    "openai": _Known("https://api.openai.com/v1", "OPENAI_API_KEY", "openai"),
    "openrouter": _Known("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "openrouter"),
    "groq": _Known("https://api.groq.com/openai/v1", "GROQ_API_KEY", "groq"),
    "mistral": _Known("https://api.mistral.ai/v1", "MISTRAL_API_KEY", "mistral"),
    "deepseek": _Known("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", "deepseek"),
    "togetherai": _Known("https://api.together.xyz/v1", "TOGETHER_API_KEY", "together"),
    "fireworks": _Known("https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY", "fireworks"),
    "cerebras": _Known("https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", "cerebras"),
    "xai": _Known("https://api.x.ai/v1", "XAI_API_KEY", "x-ai"),
    "perplexity": _Known("https://api.perplexity.ai", "PERPLEXITY_API_KEY", "perplexity"),
    "localai": _Known("http://localhost:8080/v1"),
    "ollama": _Known("http://localhost:11434/v1", defaults=False),
}
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
_ENV = re.compile(r"\{\{\s*env\.(\w+)\s*\}\}")
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
    return [replace(p, endpoint=_apart(p.endpoint, known), prompts=by_key[p.label]) for p in found]


def _apart(endpoint: Endpoint, known: dict[str, Endpoint]) -> Endpoint:
    """The endpoint by a name of its own where another one has its name: with other headers, another key or price."""
    for number in count(1):
        named = replace(endpoint, name=endpoint.name if number == 1 else f"{endpoint.name[:60]}-{number}")
        if known.setdefault(named.name, named) == named:
            break
    return named


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
        parameters = _parameters(reading, config, file, _Known("", defaults=False), model, env)
        return [Provider(name, endpoint=settings.endpoints[head], model_id=model, parameters=parameters, **rest)]
    family, _, model = name.partition(":")
    kind, colon, tail = model.partition(":")
    known = KNOWN.get(family)
    if known is None or kind in _OTHER_KINDS or not model:
        reading.lacks(program_of(name) or name, file, item.line)
        return []
    model = tail if colon and kind == "chat" else model
    parameters = _parameters(reading, config, file, known, model, env)
    endpoint = _endpoint(reading, config, file, family, known, settings, env)
    return (
        [] if endpoint is None else [Provider(name, endpoint=endpoint, model_id=model, parameters=parameters, **rest)]
    )


def _parameters(
    reading: Reading, config: Node, file: Path, known: _Known, model: str, env: Mapping[str, str]
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
    sent |= _object(reading, values, "passthrough", file)
    for key, value in sent.items():
        node = values.get(key, values.get("passthrough", config))
        check_numbers(value, f"{key} cannot be sent", file, node.line)
    return {key: value for key, value in sent.items() if value is not None}


def _told(env: Mapping[str, str], name: str, default: int) -> float:
    """A number of the environment as JavaScript sends it, 0 and not 0.0; where there is none, the default."""
    found = as_number(env.get(name) or default)
    return default if not math.isfinite(found) else int(found) if found.is_integer() else found


def _object(reading: Reading, values: Mapping[str, Node], key: str, file: Path) -> dict[str, Any]:
    """The object under a key of a provider's config; empty where there is nothing. Raises FileFault for no object."""
    found = reading.plain(values[key], file) if key in values else None
    if not isinstance(found or {}, dict):
        line = values[key].line
        raise file_fault(f"{file}:{line}: {key} is an object.", f"It is {kind(found)}.", line=line)
    return found or {}


def _endpoint(
    reading: Reading,
    config: Node,
    file: Path,
    family: str,
    known: _Known,
    settings: Settings,
    env: Mapping[str, str],
) -> Endpoint | None:
    """The endpoint of the settings that lies there, else one of this configuration alone."""
    values = config.value
    base = known.base_url
    if "apiHost" in values:
        base = f"https://{values['apiHost'].plain()}/v1"
    if "apiBaseUrl" in values and values["apiBaseUrl"].value:
        base = _env_filled(reading, values["apiBaseUrl"], file, env)
    elif family == "openai":
        base = env.get("OPENAI_BASE_URL") or env.get("OPENAI_API_BASE_URL") or base
    try:
        base = clean_base_url(base)
    except ValueError as fault:
        line = values["apiBaseUrl"].line if "apiBaseUrl" in values else config.line
        raise file_fault(f"{file}:{line}: apiBaseUrl is not {fault}.", line=line) from None
    key_env = _key_env(reading, config, file, known)
    headers = _headers(reading, config, file)
    for endpoint in settings.endpoints.values():
        named = key_env in (None, endpoint.key_env) or ("apiKeyEnvar" not in values and "apiKey" not in values)
        if (
            not endpoint.embedded
            and endpoint.base_url == base
            and named
            and (not headers or headers == endpoint.headers)
        ):
            return endpoint
    taken = {name for name, endpoint in settings.endpoints.items() if endpoint.base_url != base}
    name = family if base == known.base_url and family not in taken else _name_of(base)
    prices = {key: _dollars(values[key], key, file) for key in ("cost", "inputCost", "outputCost") if key in values}
    price = None
    if prices:
        both = prices.get("cost", 0.0)
        price = Price(*(prices.get(key, both) * 1e6 for key in ("inputCost", "outputCost")))
    bills = known.bills if base == known.base_url else None
    return Endpoint(name, base, key_env=key_env, provider=bills, price=price, headers=headers)


def _dollars(node: Node, key: str, file: Path) -> float:
    """US dollars a token, 0 where nothing stands there. Raises FileFault for what is no price."""
    value = node.plain() or 0
    found = math.nan if isinstance(value, list | dict) else as_number(value)
    if not 0 <= found < math.inf:
        said = "It is US dollars for a token: a number from 0."
        raise file_fault(f"{file}:{node.line}: {key} is no price.", said, line=node.line)
    return found


def _name_of(base_url: str) -> str:
    parts = urlsplit(base_url)
    return re.sub(r"[^\w.-]+", "-", parts.netloc).strip("-.")[:64] or "endpoint"


def _env_filled(reading: Reading, node: Node, file: Path, env: Mapping[str, str]) -> str:
    def named(found: re.Match[str]) -> str:
        if found[1] not in env:
            reading.unset.append(Unsupported(found[1], f"{file.name}:{node.line}"))
        return env.get(found[1], "unset")

    return _ENV.sub(named, str(node.plain()))


def _key_env(reading: Reading, config: Node, file: Path, known: _Known) -> str | None:
    """The variable that holds the key: it is named, and its value never read here."""
    values = config.value
    if "apiKeyEnvar" in values:
        name = str(values["apiKeyEnvar"].plain())
        if not is_variable(name):
            reading.lacks("apiKeyEnvar", file, values["apiKeyEnvar"].line, "it is no name of a variable")
        return name
    if "apiKey" in values and values["apiKey"].value:
        found = _ENV.fullmatch(str(values["apiKey"].plain()).strip())
        if found is None:
            why = "keys are never stored: name the variable that holds it, apiKeyEnvar: NAME"
            reading.lacks("apiKey", file, values["apiKey"].line, why)
            return None
        return found[1]
    return known.key_env


def _headers(reading: Reading, config: Node, file: Path) -> dict[str, str]:
    values = config.value
    given = _object(reading, values, "headers", file)
    headers = {name: _ENV.sub(r"${\1}", str(text).replace("$", "$$")) for name, text in given.items()}
    if "organization" in values:
        headers["OpenAI-Organization"] = str(values["organization"].plain())
    return headers
