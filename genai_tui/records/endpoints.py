"""Endpoints and models: who can be asked, and what is known of them."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal
from urllib.parse import urlsplit

_LOOPBACK = re.compile(r"localhost|.*\.localhost|127(\.\d{1,3}){3}|::1|0\.0\.0\.0|::")

EMBEDDED_MODEL = "embedded/smollm2-135m"  # the one that comes with the program, and answers where nothing is chosen

State = Literal["unknown", "asleep", "ready", "failed"]


@lru_cache(maxsize=256)
def is_loopback(url: str) -> bool:
    """Whether `url` names this machine itself."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:  # no address at all
        return False
    return bool(_LOOPBACK.fullmatch(host.lower()))


@dataclass(frozen=True)
class Limits:
    """What an endpoint allows: requests in flight, requests and tokens a minute; None is no limit of ours."""

    in_flight: int | None = None
    requests_a_minute: int | None = None
    tokens_a_minute: int | None = None


@dataclass(frozen=True)
class Price:
    """US dollars a million tokens, in and out."""

    input_usd_per_million: float
    output_usd_per_million: float


@dataclass(frozen=True)
class Endpoint:
    """A place that answers OpenAI-style requests: a user-level setting, never project state.

    The key is not here: `key_env` names the environment variable that holds it (or `keyring` says that the
    keyring does), and it is read at the moment of asking. `provider` is genai-prices' name for who bills.
    """

    name: str
    base_url: str
    key_env: str | None = None
    keyring: bool = False
    preset: str | None = None
    provider: str | None = None
    limits: Limits = Limits()
    price: Price | None = None
    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    ca_file: str | None = None
    builtin: bool = False

    @property
    def embedded(self) -> bool:
        """Whether this is the model that we serve ourselves."""
        return self.name == "embedded"

    @property
    def local(self) -> bool:
        """Whether it answers on this very machine: it may have to load a model first."""
        return is_loopback(self.base_url)


@dataclass(frozen=True)
class ListedModel:
    """A model as an endpoint lists it; None where it does not say."""

    endpoint: str
    model_id: str
    context_tokens: int | None = None
    price: Price | None = None

    @property
    def model(self) -> str:
        """As it is written everywhere: `endpoint/model-id`."""
        return f"{self.endpoint}/{self.model_id}"


@dataclass(frozen=True)
class EndpointReport:
    """The last known answer of an endpoint, and what its test found out (`facts`, per model under `models`).

    Kept in the user's state folder as endpoints/NAME.json; no keys. `when` is UTC, ISO 8601.
    """

    name: str
    state: State = "unknown"
    sentence: str = ""
    when: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class ServedModel:
    """What one embedded server runs; its `hash` names the server. Paths are absolute, sizes in tokens."""

    name: str
    weights: str
    weights_sha256: str
    adapters: tuple[tuple[str, str], ...] = ()
    chat_template: str | None = None
    context: int = 8192
    slots: int = 4
    kv_type: str = "f32"
    embeddings: bool = False

    @property
    def content(self) -> str:
        """Hash of what decides the answer: weights, adapters and chat template."""
        from genai_tui.records.hashing import content_hash

        return content_hash([self.weights_sha256, [sha for _, sha in self.adapters], self.chat_template])

    @property
    def hash(self) -> str:
        """Hash of weights, adapters and options: one server each."""
        from genai_tui.records.hashing import content_hash

        options = [self.context, self.slots, self.kv_type, self.embeddings]
        return content_hash([self.name, self.content, options])
