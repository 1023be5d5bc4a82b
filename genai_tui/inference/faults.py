"""What an error of an endpoint says, and what follows from it: (status, code, sentence, param), asked again or not."""

import html
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.client import responses
from typing import Any, Literal

from genai_tui.inference.redaction import without_addresses
from genai_tui.inference.retrying import duration
from genai_tui.inference.usage import number

LONGEST_SENTENCE = 600

Kind = Literal[
    "again", "loading", "request", "context", "model", "address", "key", "credit", "filter", "large", "other"
]

_TAG = re.compile(r"<[^>]{1,500}>")
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title", re.IGNORECASE | re.DOTALL)
_PAGE = re.compile(r"<!doctype|<html|<head|<body|<script|<p>|<h1|<br", re.IGNORECASE)

_CODES = {  # codes that stand for a status where the status says nothing
    "rate_limit_exceeded": 429, "rate_limit_error": 429, "too_many_requests": 429, "resource_exhausted": 429,
    "insufficient_quota": 429, "server_error": 500, "internal_server_error": 500, "internal_error": 500,
    "api_error": 500, "internal": 500, "internalservererror": 500, "overloaded_error": 529, "overloaded": 503,
    "unavailable": 503, "service_unavailable": 503, "unavailable_error": 503, "bad_gateway": 502,
    "timeout": 408, "timeout_error": 408, "deadline_exceeded": 504, "invalid_request_error": 400,
    "invalid_argument": 400, "bad_request": 400, "context_length_exceeded": 400, "exceed_context_size_error": 400,
    "unsupported_parameter": 400, "unsupported_value": 400, "content_filter": 400, "invalid_api_key": 401,
    "authentication_error": 401, "unauthenticated": 401, "permission_error": 403, "permission_denied": 403,
    "not_found": 404, "not_found_error": 404, "model_not_found": 404, "request_too_large": 413,
}  # fmt: skip
_QUOTA_CODES = {
    "insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance",
    "insufficient_credits", "account_deactivated", "exceeded_current_quota_error", "insufficient_user_quota",
    "usage_limit_reached", "usage_not_included",
}  # fmt: skip
_CONTEXT_CODES = ("context_length_exceeded", "exceed_context_size_error")
_CREDIT = re.compile(
    r"insufficient (balance|credits?|funds)|credit balance|not enough credits?|requires more credits|recharge"
    r"|top[ -]?up|billing (hard )?limit|payment required|can only afford|out of credits",
    re.I,
)
_QUOTA = re.compile(r"quota|billing", re.I)
_DAILY = re.compile(r"per[ -]?(day|month|week)\b|perday|\bdaily\b|\bmonthly\b|\((rpd|tpd)\)|\b(rpd|tpd)\b", re.I)
_TOO_LARGE = re.compile(r"request too large|too large for (the )?model|reduce (the length|your message size)", re.I)
_LIMIT_REQUESTED = re.compile(r"limit:?\s*([\d,]+).{0,80}?requested:?\s*([\d,]+)", re.I | re.S)
_CONTEXT = re.compile(
    r"(maximum|max|available|model'?s?|loaded) context|context (length|size|window)|prompt is too long"
    r"|input is too long|too many (input )?tokens|input token count|exceeds? the (maximum|max) number of tokens"
    r"|prompt (is )?longer than|exceed_context|maximum prompt length",
    re.I,
)
_FILTER = re.compile(
    r"content[ _-]?(filter|management|policy)|responsible ?ai|data_?inspection|moderation|safety (system|setting|polic)"
    r"|prohibited[ _]content|inappropriate content|flagged",
    re.I,
)
_KEY = re.compile(
    r"(api|access|auth\w*)[ _-]?(key|token)s? (is |was )?(not valid|invalid|missing|expired|incorrect|required)"
    r"|(invalid|incorrect|missing|expired|no)( \w+)? (api|auth\w*)[ _-]?(key|token)|api_key_invalid|invalid_api_key"
    r"|unauthori[sz]ed|authentication",
    re.I,
)
_MODEL = re.compile(r"\bmodels?\b|deployment|no endpoints found|engine", re.I)
_LOADING = re.compile(r"\bload(ing|ed)?\b|warming up|starting up|initiali[sz]ing|is starting", re.I)
_UNKNOWN = re.compile(
    r"extra_forbidden|extra inputs|unknown (name|field|parameter|argument)|unrecogni[sz]ed|unsupported_parameter"
    r"|unsupported parameter|not (supported|permitted|allowed)|unexpected (keyword|field|parameter|property)"
    r"|additional propert|cannot find field|is not compatible|does not support|wrong_api_format",
    re.I,
)


@dataclass(frozen=True)
class Fault:
    """What an endpoint said was wrong. `status` None: inside a 200 and without a code of its own.

    `detail` is the error's JSON as it came (for waits that stand in it), `page` a title where it was a web page.
    """

    status: int | None
    code: str = ""
    sentence: str = ""
    param: str = ""
    detail: Any = field(default=None, repr=False)
    page: bool = False


def read_fault(status: int | None, body: bytes | Any) -> Fault:
    """One fault from any of the shapes that servers send: JSON of many kinds, a page, a sentence, nothing."""
    value: Any = body
    if isinstance(body, bytes):
        stripped = body.lstrip(b"\xef\xbb\xbf \t\r\n")
        if stripped.startswith(b"<"):
            return Fault(status, "", _title(stripped), "", None, page=True)
        if stripped.startswith((b"data:", b"event:")):
            stripped = b"\n".join(x[5:] for x in stripped.splitlines() if x.startswith(b"data:")).strip()
        try:
            value = json.loads(stripped) if stripped else None
        except (ValueError, RecursionError):
            value = stripped.decode("utf-8", "replace")
    code, sentence, param = _fields(value)
    inner = _status_in(value)
    if status is None or status < 400:
        return Fault(inner, code, _clean(sentence), param, value)
    return Fault(status, code, _clean(sentence), param, value)


def _title(page: bytes) -> str:
    match = _TITLE.search(page)
    text = html.unescape(match[1].decode("utf-8", "replace")) if match else ""
    return without_addresses(" ".join(_TAG.sub(" ", text).split()))[:200]


def _clean(sentence: str) -> str:
    """`sentence` on one line, without tags or a page in it, not longer than a message can bear."""
    if _PAGE.search(sentence):
        title = _title(sentence.encode("utf-8", "replace"))
        before = _PAGE.split(sentence, maxsplit=1)[0].strip(" :")
        sentence = ": ".join(part for part in (before, title) if part)
    sentence = without_addresses(" ".join(_TAG.sub(" ", sentence).split()))
    return sentence if len(sentence) <= LONGEST_SENTENCE else sentence[: LONGEST_SENTENCE - 1] + "…"


def _fields(value: Any, depth: int = 0) -> tuple[str, str, str]:
    """Code, sentence and parameter of an error in any shape."""
    if depth > 5 or value is None:
        return "", "", ""
    if isinstance(value, str):
        return _text_fields(value, depth)
    if isinstance(value, list):
        found = [_fields(item, depth + 1) for item in value[:5]]
        sentences = [sentence for _, sentence, _ in found if sentence]
        return _first(c for c, _, _ in found), "; ".join(sentences), _first(p for _, _, p in found)
    if not isinstance(value, dict):
        return "", str(value), ""
    if "loc" in value and ("msg" in value or "type" in value):  # a validator's: Mistral, FastAPI
        place = [str(part) for part in value["loc"]] if isinstance(value["loc"], list) else [str(value["loc"])]
        name = next((part for part in reversed(place) if part not in ("body", "query") and not part.isdigit()), "")
        return str(value.get("type") or ""), f"{value.get('msg') or value.get('type')}: {name}", name
    code, sentence, param = "", "", ""
    for name in ("error", "errors", "message", "detail", "msg", "error_message", "reason", "title"):
        if value.get(name):
            code, sentence, param = _fields(value[name], depth + 1)
            if sentence:
                break
    own = value.get("code")
    own_code = str(own) if isinstance(own, (str, int)) and not isinstance(own, bool) else ""
    if own_code and " " in own_code:  # xAI: the sentence stands in `code`, the detail in `error`
        sentence = f"{own_code}: {sentence}" if sentence and own_code not in sentence else own_code
        own_code = ""
    if own_code.isdigit() or not own_code:
        kind = _string(value.get("type"))
        own_code = "" if kind == "error" else kind
    raw = value.get("metadata")
    if isinstance(raw, dict) and raw.get("raw"):  # OpenRouter: what the provider behind it said
        inner = _fields(raw["raw"], depth + 1)[1]
        sentence = f"{sentence} ({inner})" if inner and inner not in sentence else sentence
    counts = value.get("n_prompt_tokens"), value.get("n_ctx")
    if all(isinstance(count, int) for count in counts):
        sentence += f" (the prompt has {counts[0]} tokens, the context {counts[1]})"
    return code or own_code or _string(value.get("status")), sentence, param or _string(value.get("param"))


def _text_fields(value: str, depth: int) -> tuple[str, str, str]:
    """A string that may itself be JSON, as gateways pass it on."""
    text = value.strip()
    if text.startswith(("{", "[")):
        try:
            inner = json.loads(text)
        except (ValueError, RecursionError):
            return "", text, ""
        found = _fields(inner, depth + 1)
        return found if found[1] else ("", text, "")
    return "", text, ""


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _first(values: Iterable[str]) -> str:
    return next((value for value in values if value), "")


def _status_in(value: Any) -> int | None:
    """The HTTP status that an error object states for itself, as a number or in digits."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return None
    anthropic = value.get("type") == "error"
    inner = value.get("error")
    for holder in (inner, value):
        if isinstance(holder, dict):
            for name in ("code", "status", "status_code", "http_status"):
                found = number(holder.get(name))
                if found is not None and 400 <= found <= 599:
                    return int(found)
            for name in ("code", "type") if anthropic else ("code",):
                known = _CODES.get(_string(holder.get(name)).lower())
                if known:
                    return known
    return None


def kind_of(fault: Fault, *, model_id: str = "", should_retry: bool | None = None) -> Kind:
    """What kind of fault it is; `again` and `loading` are worth asking again, the others never."""
    said = f"{fault.code} {fault.sentence}"
    status = fault.status
    if status is None:
        return "context" if fault.code in _CONTEXT_CODES else "other"
    if status in (401, 407) or (status in (400, 403) and _KEY.search(said)):
        return "key"
    if status == 402 or (status in (400, 403, 429) and (fault.code in _QUOTA_CODES or _CREDIT.search(said))):
        return "credit"
    if status in (400, 403, 422, 451) and _FILTER.search(said):
        return "filter"
    if status == 403:
        return "other"
    if _is_context(fault, status):
        return "context"
    if status == 413 or (status == 429 and _larger_than_limit(said)):
        return "large"
    if should_retry is False:
        return _final_kind(fault, status, said, model_id)
    if status == 429:
        return _kind_of_429(fault, said)
    if status == 503 and _LOADING.search(said):
        return "loading"
    if status in (408, 409, 498) or (status >= 500 and status not in (501, 505)):
        return "again"
    return _final_kind(fault, status, said, model_id)


def _final_kind(fault: Fault, status: int, said: str, model_id: str) -> Kind:
    if status in (404, 410):
        named = bool(model_id) and model_id in fault.sentence
        json_said = isinstance(fault.detail, (dict, list))
        return "model" if json_said and (named or _MODEL.search(said)) else "address"
    if status == 405 or status < 400:
        return "address"
    return "request" if status in (400, 422, 501) else "other"


def _kind_of_429(fault: Fault, said: str) -> Kind:
    whole = said + (json.dumps(fault.detail) if isinstance(fault.detail, (dict, list)) else "")
    if _DAILY.search(whole):
        return "credit"
    if _QUOTA.search(fault.sentence) and not _says_when(fault.detail):
        return "credit"
    return "again"


def _says_when(detail: Any) -> bool:
    text = json.dumps(detail) if isinstance(detail, (dict, list)) else str(detail or "")
    match = re.search(r'retry_?delay"?\s*:\s*"?([\d.]+m?s)', text, re.I)
    return bool(match and duration(match[1]) is not None) or bool(re.search(r"(try again|retry) in \d", text, re.I))


def _is_context(fault: Fault, status: int) -> bool:
    if fault.code in _CONTEXT_CODES:
        return True
    return status in (400, 413, 422, 500) and bool(_CONTEXT.search(fault.sentence)) and not _is_rate(fault)


def _is_rate(fault: Fault) -> bool:
    return "rate" in fault.code or bool(re.search(r"per minute|rate limit", fault.sentence, re.I))


def _larger_than_limit(said: str) -> bool:
    if _TOO_LARGE.search(said):
        return True
    match = _LIMIT_REQUESTED.search(said)
    return bool(match) and int(match[2].replace(",", "")) > int(match[1].replace(",", "")) if match else False


def refuses(fault: Fault, name: str) -> bool:
    """Whether the fault refuses the request's field `name` as such (not merely its value)."""
    if fault.status not in (400, 404, 422, 501):
        return False
    said = f"{fault.code} {fault.sentence} {json.dumps(fault.detail) if fault.detail is not None else ''}"
    mentioned = fault.param.split(".")[0] == name or re.search(rf"\b{re.escape(name)}\b", said) is not None
    return mentioned and bool(_UNKNOWN.search(said))


def reason(status: int) -> str:
    """The ordinary words for a status."""
    return responses.get(status, "")
