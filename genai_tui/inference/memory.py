"""What an endpoint and model were seen to refuse of what we add ourselves: asked once, remembered for the process."""

import re
from typing import Any

from genai_tui.inference.addresses import tidy
from genai_tui.inference.faults import Fault, refuses
from genai_tui.inference.requests import Access, Request
from genai_tui.records.endpoints import EndpointReport

OPTIONS = "stream_options"
OLD_LIMIT = "max_tokens"
NEW_LIMIT = "max_completion_tokens"

_USE_THE_NEW = re.compile(r"use\W{1,3}max_?completion_?tokens", re.IGNORECASE)

_refused: dict[tuple[str, str], set[str]] = {}


def refused_by(access: Access, model_id: str, report: EndpointReport | None = None) -> set[str]:
    """The fields that are not sent there; what an endpoint's test found out counts too."""
    known = _refused.setdefault((tidy(access.base_url), model_id), set())
    facts = report.models.get(model_id, {}) if report is not None else {}
    if facts.get("token_limit") == NEW_LIMIT:
        known.add(OLD_LIMIT)
    if facts.get(OPTIONS) == "refused":
        known.add(OPTIONS)
    return known


def fitted(body: dict[str, Any], request: Request, refused: set[str]) -> dict[str, Any]:
    """`body` without what is refused and ours, and with the limit under the name that is accepted."""
    if OPTIONS in refused and not request.sets(OPTIONS):
        body.pop(OPTIONS, None)
    if OLD_LIMIT in refused and OLD_LIMIT in body and NEW_LIMIT not in body:
        body[NEW_LIMIT] = body.pop(OLD_LIMIT)
    return body


def taken_back(fault: Fault, body: dict[str, Any], request: Request, refused: set[str]) -> bool:
    """Whether the fault refuses something that we may take back or rename; it is remembered then, each once."""
    if OPTIONS in body and not request.sets(OPTIONS) and OPTIONS not in refused and refuses(fault, OPTIONS):
        refused.add(OPTIONS)
        return True
    if OLD_LIMIT in body and NEW_LIMIT not in body and OLD_LIMIT not in refused and _renamed(fault):
        refused.add(OLD_LIMIT)
        return True
    return False


def _renamed(fault: Fault) -> bool:
    """Whether `max_tokens` itself is refused, not its value."""
    if fault.status in (400, 422) and _USE_THE_NEW.search(fault.sentence):
        return True
    return refuses(fault, OLD_LIMIT) and fault.param in ("", OLD_LIMIT)
