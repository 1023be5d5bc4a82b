"""Every way in which an endpoint fails, as the three sentences of an error: the server's own words, and what to do."""

import re
from dataclasses import dataclass

from genai_tui.errors import GenaiError, NoAnswer, RequestFault
from genai_tui.inference.addresses import others_worth_trying, shown
from genai_tui.inference.faults import Fault, Kind, reason
from genai_tui.inference.redaction import redacted
from genai_tui.inference.requests import Access
from genai_tui.inference.retrying import LOADING_S, spoken
from genai_tui.inference.transports import Moved
from genai_tui.inference.wire import Broken
from genai_tui.records.endpoints import Endpoint

_ADDRESS = re.compile(r"endpoint|route|\bpath\b|\burl\b|not found", re.I)
NEVER: tuple[Kind, ...] = ("request", "context", "model", "large")


@dataclass(frozen=True)
class Asked:
    """Who was asked: the endpoint, how it was reached, the model (empty for lists), the names that the user set."""

    endpoint: Endpoint
    access: Access
    model_id: str = ""
    parameters: tuple[str, ...] = ()

    @property
    def where(self) -> str:
        """The base URL without anything secret."""
        return shown(self.access.base_url)

    @property
    def name(self) -> str:
        """The endpoint's name."""
        return self.endpoint.name


def error_of(
    error: type[GenaiError], asked: Asked, what: str, why: str = "", do: str = "", **extra: object
) -> GenaiError:
    """A GenaiError whose sentences hold no secret of the access."""
    secrets = asked.access.secrets()
    return error(redacted(what, secrets), redacted(why, secrets), redacted(do, secrets), extra=extra)


def said(fault: Fault) -> str:
    """The server's own sentence, as a quotation; or that it said nothing."""
    if fault.page:
        return f"It sent a web page (“{fault.sentence}”)." if fault.sentence else "It sent a web page."
    return f"It says: “{fault.sentence}”" if fault.sentence else ""


def of_fault(asked: Asked, fault: Fault, kind: Kind, *, requests: int = 1) -> GenaiError:
    """The error for a fault that is final, or that stayed after `requests` requests."""
    status = f" ({fault.status})" if fault.status else ""
    name, model = asked.name, asked.model_id
    why = said(fault)
    named = fault.param or next((name for name in asked.parameters if name in fault.sentence), "")
    param = f"`{named}`" if named else "what it names"
    kinds: dict[Kind, tuple[str, str]] = {
        "key": (_key_what(asked, status), _key_do(asked)),
        "credit": (
            f"{name} does not answer for want of credit or quota{status}.",
            "Check the plan, balance and daily allowance there, or ask another model; waiting a minute does not help.",
        ),
        "filter": (
            f"The content filter of {name} refused the request{status}.",
            "Change the prompt or the inputs, or ask another endpoint.",
        ),
        "context": (
            f"The prompt is longer than the context of {model}{status}.",
            "Shorten the prompt, its examples or the inputs, lower the token limit, or take a model with more context.",
        ),
        "large": (
            f"The request is too large for a minute's limit of {name}{status}.",
            "Shorten the prompt or lower its token limit: the same request will always be refused.",
        ),
        "model": (
            f"{name} has no model {model}{status}.",
            f"See what it has: genai-tui model list --endpoint {name}",
        ),
        "request": (
            f"{name} refuses the request as it is written{status}.",
            f"Change or remove {param} in the prompt's parameters or schema; what you set is never dropped in silence.",
        ),
        "address": (f"{asked.where} does not answer like a model's endpoint{status}.", address_do(asked)),
        "loading": (
            f"The model at {name} was still loading after {spoken(LOADING_S)}{status}.",
            "Look at the server's log, or ask again later.",
        ),
    }
    what, do = kinds.get(kind, (_other_what(asked, fault, requests), _other_do(asked, fault)))
    if not why and fault.status and kind not in ("address",):
        why = f"It gave no reason beyond {fault.status} {reason(fault.status)}.".replace(" .", ".")
    return error_of(RequestFault if kind in NEVER else NoAnswer, asked, what, why, do, status=fault.status, kind=kind)


def _other_what(asked: Asked, fault: Fault, requests: int) -> str:
    tried = f" after {requests} requests" if requests > 1 else ""
    if fault.status is None:
        return f"{asked.name} answered with an error instead of text{tried}."
    words = reason(fault.status)
    return f"{asked.name} answered {fault.status}{' ' + words if words else ''}{tried}."


def _other_do(asked: Asked, fault: Fault) -> str:
    if fault.status is None and _ADDRESS.search(fault.sentence):
        return address_do(asked)
    if fault.status is None:
        return f"Check the base URL and the model: genai-tui endpoint test {asked.name}"
    if fault.status == 403:
        return "Ask who runs the endpoint: a firewall, a region or a permission forbids it."
    if fault.status == 429:
        return "Lower the limits of the endpoint in the settings, or ask again later."
    return "Ask again later, or ask another endpoint."


def _key_what(asked: Asked, status: str) -> str:
    if asked.access.key:
        return f"{asked.name} refuses the key{status}."
    return f"{asked.name} asks for a key, and none is set{status}."


def _key_do(asked: Asked) -> str:
    if asked.endpoint.key_env:
        return f"Put a valid key into the environment variable {asked.endpoint.key_env}."
    return f"Name the variable that holds it: genai-tui endpoint add {asked.name} --url {asked.where} --key-env VAR"


def address_do(asked: Asked) -> str:
    """Names the base URL that `endpoint test` would try first."""
    others = others_worth_trying(asked.access.base_url)
    first = f"Perhaps the base URL is {shown(others[0])} — " if others else ""
    return f"{first}genai-tui endpoint test {asked.name} tries it and says which one works."


def of_page(asked: Asked, fault: Fault) -> GenaiError:
    """A 200 that is no answer: a web page, or JSON and text of something else."""
    what = f"{asked.where} answers, but not like a model's endpoint."
    return error_of(NoAnswer, asked, what, said(fault), address_do(asked), kind="address")


def of_moved(asked: Asked, moved: Moved) -> GenaiError:
    """A redirect that would carry the key elsewhere or lose the body."""
    base = moved.target
    for tail in ("/chat/completions", "/models", "/embeddings"):
        base = base.removesuffix(tail)
    return error_of(
        NoAnswer,
        asked,
        f"{asked.name} redirects to {moved.target} ({moved.status}), which is not followed.",
        "Another origin would get the key, and other redirects lose the question.",
        f"If that is right, set the base URL to {base}",
        kind="moved",
    )


def of_long_wait(asked: Asked, fault: Fault | None, wait: float, waited: float) -> GenaiError:
    """The server asks for more waiting than anybody should do in silence."""
    status = f" ({fault.status})" if fault and fault.status else ""
    reached = ": its rate limit is reached" if fault is not None and fault.status == 429 else ""
    already = f" after {spoken(waited)} of waiting" if waited >= 1 else ""
    return error_of(
        NoAnswer,
        asked,
        f"{asked.name} asks to wait {spoken(wait)} more{already}{status}{reached}.",
        said(fault) if fault else "",
        "Ask again then, lower the limits of the endpoint in the settings, or ask another model.",
        wait_s=round(wait, 1),
    )


def of_cut(asked: Asked, why: str, *, began: bool, requests: int = 1) -> GenaiError:
    """An answer that is not whole, or that never began."""
    tried = f" after {requests} requests" if requests > 1 else ""
    what = f"The answer of {asked.name} broke off" if began else f"{asked.name} gave no answer"
    kept = "What came is kept; ask again for a whole answer." if began else "Ask again, or look at the server's log."
    return error_of(NoAnswer, asked, f"{what}{tried}.", why, kept)


def of_broken(asked: Asked, broken: Broken, *, began: bool, requests: int = 1) -> GenaiError:
    """A connection that was never made, or broke."""
    where = asked.where
    test = f"genai-tui endpoint test {asked.name}"
    sentences: dict[str, tuple[str, str, str]] = {
        "refused": (
            f"Nothing listens at {where}.",
            "The connection was refused: the port is closed.",
            f"Start the server there, or correct the endpoint's base URL; then: {test}",
        ),
        "name": (
            f"The host {broken.said!r} of {asked.name} is not known.",
            "Its name could not be resolved.",
            f"Correct the base URL {where}, or check the network.",
        ),
        "no-connection": (
            f"No connection to {where}.",
            f"The host did not answer within {spoken(broken.seconds)}." if broken.seconds else f"{broken.said}.",
            "Check the host, the port, the network and firewall, and HTTPS_PROXY.",
        ),
        "certificate": (
            f"The certificate of {where} is not trusted.",
            f"{broken.said}.",
            f"Name its authority's certificate as `ca_file` of the endpoint {asked.name} in the settings "
            "(or in SSL_CERT_FILE).",
        ),
        "tls": (
            f"No secure connection to {where}.",
            f"{broken.said}.",
            "If the server speaks plain HTTP, the base URL begins with http://",
        ),
        "proxy": (
            f"The proxy on the way to {where} does not let through.",
            f"{broken.said}.",
            "Correct HTTP_PROXY/HTTPS_PROXY, or add the host to NO_PROXY.",
        ),
        "not-http": (f"{where} does not speak HTTP.", f"{broken.said}.", f"Correct the base URL; then: {test}"),
    }
    if broken.how in sentences:
        what, why, do = sentences[broken.how]
        return error_of(NoAnswer, asked, what, why, do, kind=broken.how)
    why = f"Nothing came for {spoken(broken.seconds)}." if broken.how == "silence" else _broke(broken)
    return of_cut(asked, why, began=began, requests=requests)


def _broke(broken: Broken) -> str:
    if broken.how == "cut":
        return "The connection was closed before the end of the answer."
    return f"The connection broke: {broken.said}." if broken.said else "The connection was reset."
