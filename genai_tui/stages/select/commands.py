"""The commands of stage 2: `model list`, `show`, `use`, `add` and `pull`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame, run
from genai_tui.errors import UsageFault
from genai_tui.records.endpoints import Endpoint, ListedModel

if TYPE_CHECKING:
    from genai_tui.settings import Settings
    from genai_tui.stages.select.listing import Listing


@click.group(cls=Group)
def model() -> None:
    """Models, written endpoint/model-id, and the one in use."""


@model.command("list", cls=Command)
@click.option("--endpoint", metavar="E", help="Ask this endpoint alone; if it fails, so does the command.")
@pass_frame
def list_(frame: Frame, endpoint: str | None) -> int:
    """List what the endpoints offer now, with context and price where known."""
    settings = frame.settings()
    asked = [settings.endpoint(endpoint)] if endpoint is not None else list(settings.endpoints.values())
    listing = run(lambda: _list(frame, settings, asked))
    if frame.say.json:
        failed = [
            {"endpoint": one.name, "what": error.what, "why": error.why, "do": error.do}
            for one, error in listing.failed
        ]
        frame.say.document({"models": [_as_json(one) for one in listing.models], "failed": failed})
    else:
        rows = ((one.model, _count(one.context_tokens), *_usd(one)) for one in listing.models)
        if listing.models:
            frame.say.table(("model", "context", "in $/M", "out $/M"), rows)
        silent = {one.name for one in asked} - {one.endpoint for one in listing.models}
        for name in sorted(silent - {one.name for one, _ in listing.failed}):
            frame.say.note(f"{name} lists no models; type the id: {name}/ID")
    for one, error in listing.failed:
        if endpoint is not None:
            frame.say.error(error)
            return error.exit_code
        if not frame.say.json:
            frame.say.note(f"{one.name} failed: {error}")
    return 0


async def _list(frame: Frame, settings: "Settings", asked: list[Endpoint]) -> "Listing":
    from genai_tui.answering.asking import Asking
    from genai_tui.stages.select.listing import list_all

    async with Asking(settings, transport="aiohttp", notice=frame.say.note) as asking:
        return await list_all(asked, asking)


@model.command(cls=Command)
@click.argument("reference", metavar="M")
@pass_frame
def show(frame: Frame, reference: str) -> None:
    """Show what is known of model M without asking anybody."""
    from genai_tui.settings import report_of
    from genai_tui.stages.select.listing import completed, embedded_models

    endpoint, model_id = frame.settings().model(reference)
    report = report_of(endpoint.name)
    tested = report.models.get(model_id)
    known = ListedModel(endpoint.name, model_id, _stated(tested))
    found: dict[str, Any] = {}
    if endpoint.embedded:
        known = next((one for one in embedded_models() if one.model_id == model_id), None) or _no_embedded(model_id)
        found = _weights(model_id)
    known = completed(endpoint, known)
    found = {**_as_json(known), "base_url": endpoint.base_url or None, **found, "tested": tested}
    if frame.say.json:
        frame.say.document(found)
        return
    frame.say.text(f"model     {known.model}")
    frame.say.text(f"endpoint  {endpoint.base_url or 'on this machine'}  {report.sentence}".rstrip())
    frame.say.text(f"context   {_count(known.context_tokens)} tokens")
    into, out = _usd(known)
    frame.say.text(f"price     {into} in, {out} out (US dollars a million tokens)")
    if endpoint.embedded:
        frame.say.text(f"weights   {found['weights'] or 'not here; genai-tui model pull ' + known.model}")
    for key, value in (tested or {}).items():
        if value not in (None, [], "") and not key.startswith(("context", "model_id")):
            frame.say.text(f"{key:<9} {'yes' if value is True else 'no' if value is False else value}")


@model.command(cls=Command)
@click.argument("reference", metavar="M")
@pass_frame
def use(frame: Frame, reference: str) -> None:
    """Make M the model in use in this project; it need not be in its endpoint's list."""
    from genai_tui.store.choices import save_choice

    with frame.project() as project:
        endpoint, model_id = project.settings.model(reference)
        if endpoint.embedded:
            _weights(model_id)
        project.writer.put_now(save_choice("model", f"{endpoint.name}/{model_id}"))
    if frame.say.json:
        frame.say.document({"model": f"{endpoint.name}/{model_id}"})
    else:
        frame.say.note(f"The model in use is {endpoint.name}/{model_id}.")


@model.command(cls=Command)
@click.argument("file", metavar="FILE")
@click.option("--name", metavar="N", help="What it is called: embedded/N (default: from the file's name).")
@pass_frame
def add(frame: Frame, file: str, name: str | None) -> None:
    """Add FILE.gguf to the models that are served here; the file stays where it is."""
    from genai_tui.inference.embedded.weights import add_model

    def progress(so_far: int, size: int) -> None:
        frame.say.progress(f"  reading {so_far / 1e6:,.0f} of {size / 1e6:,.0f} MB")

    try:
        served = add_model(Path(file), name, progress)
    finally:
        frame.say.progress_done()
    if frame.say.json:
        frame.say.document({"model": f"embedded/{served.name}", "weights": served.weights, "context": served.context})
    else:
        frame.say.note(f"It is embedded/{served.name}, with a context of {served.context:,} tokens.")


@model.command(cls=Command)
@click.argument("reference", metavar="M")
@pass_frame
def pull(frame: Frame, reference: str) -> None:
    """Fetch the weights of M where they are ours to fetch: embedded/smollm2-135m."""
    from genai_tui.commands.weights import fetch_with_progress
    from genai_tui.inference.embedded import pins
    from genai_tui.inference.embedded.weights import served_model

    endpoint, model_id = frame.settings().model(reference)
    if not endpoint.embedded:
        raise UsageFault(
            f"The weights of {endpoint.name}/{model_id} are not ours to fetch.",
            f"They belong to the server at {endpoint.base_url}.",
            "Fetch them there (for Ollama: ollama pull).",
        )
    if model_id != pins.NAME:
        weights = _weights(model_id)["weights"]
        raise UsageFault(
            f"embedded/{model_id} is a file that was added; there is nothing to fetch.", f"It is {weights}."
        )
    run(lambda: fetch_with_progress(frame.say))
    served = served_model(model_id)
    if frame.say.json:
        frame.say.document({"model": f"embedded/{model_id}", "weights": served.weights})
    else:
        frame.say.note(f"The weights of embedded/{model_id} are here.")


def _stated(tested: Any) -> int | None:
    """The context that a test of the endpoint found out."""
    found = tested.get("context_tokens") if isinstance(tested, dict) else None
    return found if isinstance(found, int) else None


def _weights(model_id: str) -> dict[str, Any]:
    """Where the weights of an embedded model are (None: not here). Raises UsageFault for a name that nobody gave."""
    from genai_tui.inference.embedded.weights import present, served_model, served_models

    if model_id not in served_models():
        _no_embedded(model_id)
    return {"weights": served_model(model_id).weights if present(model_id) else None}


def _no_embedded(model_id: str) -> ListedModel:
    from genai_tui.inference.embedded.weights import served_models

    raise UsageFault(
        f"There is no embedded model {model_id[:80]}.",
        f"There are: {', '.join(served_models())}.",
        "Add one: genai-tui model add FILE.gguf",
    )


def _as_json(one: ListedModel) -> dict[str, Any]:
    return {
        "model": one.model,
        "context_tokens": one.context_tokens,
        "input_usd_per_million": one.price.input_usd_per_million if one.price else None,
        "output_usd_per_million": one.price.output_usd_per_million if one.price else None,
    }


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"


def _usd(one: ListedModel) -> tuple[str, str]:
    price = one.price
    return ("?", "?") if price is None else (f"{price.input_usd_per_million:g}", f"{price.output_usd_per_million:g}")
