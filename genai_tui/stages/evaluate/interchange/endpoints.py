"""Where promptfoo's providers lie: address, key, headers and price, as endpoints; keys are named, never read here."""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from genai_tui.datasets.jsons import kind
from genai_tui.datasets.model import file_fault
from genai_tui.datasets.yamls import Node
from genai_tui.records.endpoints import Endpoint, Price
from genai_tui.settings import Settings
from genai_tui.settings.checks import clean_base_url, is_variable
from genai_tui.stages.evaluate.interchange.files import Reading, Unsupported
from genai_tui.stages.evaluate.interchange.values import as_number

_ENV = re.compile(r"\{\{\s*env\.(\w+)\s*\}\}")


class Family(NamedTuple):
    """A family of providers: where it lies, the variable of its key, who bills, whether promptfoo's defaults hold."""

    base_url: str
    key_env: str | None = None
    bills: str | None = None
    defaults: bool = True


FAMILIES = {
    "openai": Family("https://api.openai.com/v1", "OPENAI_API_KEY", "openai"),
    "openrouter": Family("https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "openrouter"),
    "groq": Family("https://api.groq.com/openai/v1", "GROQ_API_KEY", "groq"),
    "mistral": Family("https://api.mistral.ai/v1", "MISTRAL_API_KEY", "mistral"),
    "deepseek": Family("https://api.deepseek.com/v1", "DEEPSEEK_API_KEY", "deepseek"),
    "togetherai": Family("https://api.together.xyz/v1", "TOGETHER_API_KEY", "together"),
    "fireworks": Family("https://api.fireworks.ai/inference/v1", "FIREWORKS_API_KEY", "fireworks"),
    "cerebras": Family("https://api.cerebras.ai/v1", "CEREBRAS_API_KEY", "cerebras"),
    "xai": Family("https://api.x.ai/v1", "XAI_API_KEY", "x-ai"),
    "perplexity": Family("https://api.perplexity.ai", "PERPLEXITY_API_KEY", "perplexity"),
    "localai": Family("http://localhost:8080/v1"),
    "ollama": Family("http://localhost:11434/v1", defaults=False),
}


def endpoint_of(
    reading: Reading,
    config: Node,
    file: Path,
    family: str,
    known: Family,
    settings: Settings,
    env: Mapping[str, str],
) -> Endpoint | None:
    """The endpoint of the settings that lies there, else one of this configuration alone. Raises FileFault."""
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


def _key_env(reading: Reading, config: Node, file: Path, known: Family) -> str | None:
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
    given = object_in(reading, values, "headers", file)
    headers = {name: _ENV.sub(r"${\1}", str(text).replace("$", "$$")) for name, text in given.items()}
    if "organization" in values:
        headers["OpenAI-Organization"] = str(values["organization"].plain())
    return headers


def object_in(reading: Reading, values: Mapping[str, Node], key: str, file: Path) -> dict[str, Any]:
    """The object under a key of a provider's config; empty where there is nothing. Raises FileFault for no object."""
    found = reading.plain(values[key], file) if key in values else None
    if not isinstance(found or {}, dict):
        line = values[key].line
        raise file_fault(f"{file}:{line}: {key} is an object.", f"It is {kind(found)}.", line=line)
    return found or {}


def apart(endpoint: Endpoint, known: dict[str, Endpoint]) -> Endpoint:
    """An endpoint by a name of its own where another one has its name: with other headers, another key or price."""
    for number in count(1):
        named = replace(endpoint, name=endpoint.name if number == 1 else f"{endpoint.name[:60]}-{number}")
        if known.setdefault(named.name, named) == named:
            break
    return named
