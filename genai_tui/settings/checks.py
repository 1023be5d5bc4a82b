"""What may stand in the settings: base URLs, names, and nothing that looks like a key."""

import re
from collections.abc import Mapping
from itertools import pairwise
from urllib.parse import urlsplit, urlunsplit

_TAILS = ("/chat/completions", "/completions", "/embeddings", "/responses", "/models", "/chat")
_NAME = re.compile(r"\w[\w.-]{0,63}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
REFERENCE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\}|(\$))")
_KNOWN_KEY = re.compile(
    r"(?:^|[\s=:])(?:(?:sk|pk|rk)[-_][\w-]{8,}|gsk_\w{8,}|AIza[\w-]{20,}|hf_\w{16,}|xai-[\w-]{8,}|nvapi-[\w-]{8,}"
    r"|gh[pousr]_\w{16,}|github_pat_\w{16,}|r8_\w{16,}|fw_\w{12,}|csk-[\w-]{8,}|tgp_\w{8,}|eyJ[\w-]{8,}\.[\w-]+"
    r"|AKIA[A-Z0-9]{12,})"
)
_SECRET_NAME = re.compile(r"(?:auth|key|token|secret|password|cookie|credential|signature|\bsig\b|\bcode\b)", re.I)
_LONG = re.compile(r"[A-Za-z0-9_+/=-]{20,}")


def clean_base_url(url: str) -> str:
    """`url` as it is stored: without blanks around, doubled or trailing slashes, known tails (/chat/completions …).

    Raises ValueError with what was expected; the message never holds the URL.
    """
    text = url.strip()
    if re.search(r"[\s\x00-\x1f\x7f]", text):
        raise ValueError("a URL without blanks or control characters")
    try:
        parts = urlsplit(text)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise ValueError("a URL such as http://localhost:8000/v1") from None
    if parts.scheme.lower() not in ("http", "https") or not host:
        raise ValueError("a URL that begins with http:// or https://, such as http://localhost:8000/v1")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a URL without name or password in it; keys are never stored (use key_env)")
    if parts.query or parts.fragment:
        raise ValueError("a URL without ? and #; what follows the ? belongs under `query`")
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/")
    tail = next((tail for tail in _TAILS if path.lower().endswith(tail)), None)
    while tail:
        path = path[: -len(tail)].rstrip("/")
        tail = next((tail for tail in _TAILS if path.lower().endswith(tail)), None)
    return urlunsplit((parts.scheme.lower(), parts.netloc, path, "", ""))


def is_endpoint_name(name: str) -> bool:
    """Whether an endpoint can be called so: letters, digits, `_`, `-`, `.`; a `/` splits `endpoint/model-id`."""
    return _NAME.fullmatch(name) is not None


def is_variable(name: str) -> bool:
    """Whether `name` can be the name of an environment variable, and is no key itself."""
    return _VARIABLE.fullmatch(name) is not None and not is_key(name)


def is_key(value: str) -> bool:
    """Whether `value` looks like a key: a known beginning, or a long run of mixed letters and digits."""
    if _KNOWN_KEY.search(value):
        return True
    return any(_mixed(run) for run in _LONG.findall(value))


def _mixed(run: str) -> bool:
    """Whether letters of both cases and digits stand in disorder, or it is a long hexadecimal number."""
    if re.fullmatch(r"[0-9a-f]{32,}", run, re.I) and re.search(r"[0-9]", run):
        return True
    classes = [bool(re.search(part, run)) for part in ("[a-z]", "[A-Z]", "[0-9]")]
    changes = sum(1 for a, b in pairwise(run) if a.isdigit() != b.isdigit())
    return all(classes) and changes >= 4


def is_secret_name(name: str) -> bool:
    """Whether a header or query field of this name usually carries a key."""
    return _SECRET_NAME.search(name) is not None


def has_variable(value: str) -> bool:
    """Whether `value` names an environment variable (`$NAME` or `${NAME}`)."""
    return bool(variables_in(value))


def variables_in(value: str) -> set[str]:
    """The environment variables that `value` names."""
    return {match.group(1) or match.group(2) for match in REFERENCE.finditer(value) if not match.group(3)}


def fill_variables(value: str, environ: Mapping[str, str]) -> str:
    """`value` with `$NAME` and `${NAME}` replaced, `$$` being a dollar. Raises KeyError with a name that is not set."""

    def found(match: re.Match[str]) -> str:
        if match.group(3):
            return "$"
        name = match.group(1) or match.group(2)
        text = environ.get(name, "").strip()
        if not text:
            raise KeyError(name)
        return text

    return REFERENCE.sub(found, value)
