"""What other tools wrote of their runs, as rows: OpenAI Evals output items, lm-eval samples, Inspect logs.

An answer of a model is never an expected answer; what stands there for each filter, epoch or run is one row.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from genai_tui.datasets.columns import RowFault
from genai_tui.datasets.jsons import JsonArray
from genai_tui.datasets.layouts import Layout, Notes, laid, opened
from genai_tui.datasets.model import Laid, Record, Warned, file_fault
from genai_tui.datasets.opening import Opened
from genai_tui.records.hashing import content_hash

ATTACHED = "attachment://"


def _item(values: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    index = values.get("data_source_idx", values.get("datasource_item_id"))
    if isinstance(index, bool) or not isinstance(index, (int, float)) or index < 0 or index != index // 1:
        raise RowFault(f"data_source_idx is {str(index)[:40]}, no number from 0")
    item = opened(values.get("item", values.get("datasource_item")), "item")
    if not isinstance(item, dict):
        raise RowFault("it has no item")
    return item, None


def _lay_items(records: Iterable[Record], notes: Notes) -> Iterator[Laid]:
    """One row for each (index, item) over all runs; the keys of the item are the columns."""
    runs: set[str] = set()
    again = 0
    seen = _Seen()
    for record in records:
        row = laid(record, _item)
        if row.fault:
            yield row._replace(values={})
            continue
        runs.add(str(record.values.get("run_id")))
        if seen.before(str(record.values.get("data_source_idx", record.values.get("datasource_item_id"))), row.inputs):
            again += 1
            continue
        yield row._replace(values=row.inputs)
    if len(runs) > 1:
        notes.append(Warned(0, f"The file has items of {len(runs)} runs; {again:,} that came before are the same row."))


def doc_row(values: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Inputs and expected answer of a line of lm-eval's samples. Raises RowFault."""
    _check_id(values, "doc_id")
    doc = opened(values.get("doc"), "doc")
    if not isinstance(doc, dict):
        raise RowFault("it has no doc")
    return {name: value for name, value in doc.items() if value is not None}, values.get("target")


def _check_id(values: dict[str, Any], name: str) -> None:
    """See that what tells records apart is a number or a text. Raises RowFault."""
    given = values.get(name)
    if given is None:
        raise RowFault(f"it has no {name}")
    if isinstance(given, bool) or not isinstance(given, (str, int)):
        raise RowFault(f"its {name} is {str(given)[:40]}, no number or text")


def sample_row(values: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    """Inputs and expected answer of a sample of an Inspect log. Raises RowFault."""
    _check_id(values, "id")
    attached = values.get("attachments")
    put_back = attached if isinstance(attached, dict) else {}
    given = attach(values.get("input"), put_back)
    if given is None:
        raise RowFault("input is missing" if "input" not in values else "input is null")
    choices = attach(values.get("choices"), put_back)
    asked = [_turn(each) for each in given] if isinstance(given, list) else given
    return {"input": asked, **({"choices": choices} if choices else {})}, attach(values.get("target"), put_back)


def _turn(message: Any) -> Any:
    """A message without its id: Inspect draws one anew each time, and no row would be that of another log."""
    return {key: value for key, value in message.items() if key != "id"} if isinstance(message, dict) else message


def attach(value: Any, attached: dict[str, Any]) -> Any:
    """A value with what was kept apart put back where it belongs. Raises RowFault where that is not in the log."""
    if isinstance(value, str) and value.startswith(ATTACHED):
        name = value.removeprefix(ATTACHED)
        if name not in attached:
            raise RowFault(f"the attachment {name[:60]} is not in the log")
        return attached[name]
    if isinstance(value, list):
        return [attach(inner, attached) for inner in value]
    if isinstance(value, dict):
        return {name: attach(inner, attached) for name, inner in value.items()}
    return value


def _once(shape: Any, key: str) -> Any:
    """A `lay` that makes one row of the records with one id and one content."""

    def lay(records: Iterable[Record], notes: Notes) -> Iterator[Laid]:
        seen = _Seen()
        for record in records:
            row = laid(record, shape)
            if row.fault or not seen.before(str(record.values[key]), [row.inputs, row.expected]):
                yield row

    return lay


class _Seen:
    """Which ids came with which content."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, str]] = set()

    def before(self, name: str, content: Any) -> bool:
        """Whether it came before; from now on it did."""
        try:
            pair = (name, content_hash(content)[-32:])
        except (ValueError, RecursionError):  # NaN, too deep: the row is refused where its values are looked at
            return False
        there = pair in self._seen
        self._seen.add(pair)
        return there


class InspectLog:
    """The samples of an Inspect log, `start` being where their list begins in the document."""

    format = "inspect"

    def __init__(self, opened: Opened, text: str, top: dict[str, Any], start: int | None) -> None:
        if start is None or not isinstance(top.get("samples"), list):
            raise file_fault(f"{opened.path} is an Inspect log without samples.", "", "Write it with its samples.")
        self.notes: list[Warned] = []
        self._samples = JsonArray(opened, text, start, inner=True)
        status = top.get("status")
        if status != "success":
            self.notes.append(Warned(1, f"The log's status is {str(status)[:40]}, not success."))
        found = len({str(s.get("id")) for s in top["samples"] if isinstance(s, dict)})
        for wanted, there in ((_wanted(top), found), (_planned(top), len(top["samples"]))):
            if wanted is not None and there < wanted:
                self.notes.append(Warned(1, f"The log has {there} of {wanted} samples."))
                break

    def records(self) -> Iterator[Record]:
        """A record a sample and epoch."""
        return self._samples.records()


def _wanted(top: dict[str, Any]) -> int | None:
    """How many samples the log's dataset has."""
    ran = top.get("eval")
    dataset = ran.get("dataset") if isinstance(ran, dict) else None
    if not isinstance(dataset, dict):
        return None
    ids = dataset.get("sample_ids")
    count = len(ids) if isinstance(ids, list) else dataset.get("samples")
    return count if isinstance(count, int) else None


def _planned(top: dict[str, Any]) -> int | None:
    """How many answers, of all samples and epochs, the log says that there are to be."""
    results = top.get("results")
    count = results.get("total_samples") if isinstance(results, dict) else None
    return count if isinstance(count, int) else None


OPENAI_EVALS = Layout("openai-evals", None, _lay_items)
LM_EVAL = Layout("lm-eval", "target", _once(doc_row, "doc_id"))
INSPECT = Layout("inspect", "target", _once(sample_row, "id"))
