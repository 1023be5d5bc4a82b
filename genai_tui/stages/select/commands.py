"""The commands of stage 2: `model list`, `show`, `compare`, `use`, `add` and `pull`."""

import textwrap
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
@click.option("--where", metavar="WORDS", default="", help="Only those: 'context>=8k price<=1 size<10b fits allowed'.")
@click.option("--sort", metavar="KEY", default="", help="By context, price, month, size, memory, score or published.")
@pass_frame
def list_(frame: Frame, endpoint: str | None, where: str, sort: str) -> int:
    """List what the endpoints offer now, with context and price where known; in a project what it fine-tuned too."""
    from genai_tui.stages.select.estimate_options import project_perhaps

    with project_perhaps(frame) as project:  # what it fine-tuned is listed too
        settings = project.settings if project else frame.settings()
        asked = [settings.endpoint(endpoint)] if endpoint is not None else list(settings.endpoints.values())
        listing = run(lambda: _list(frame, settings, asked))
    if where or sort:
        listing = listing._replace(models=_sifted(frame, settings, listing.models, where, sort))
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


def _sifted(frame: Frame, settings: "Settings", models: list[ListedModel], where: str, sort: str) -> list[ListedModel]:
    """The models that meet a wish, in another order."""
    from genai_tui.stages.select.cards import known_of_listed
    from genai_tui.stages.select.comparing import column, surroundings_of
    from genai_tui.stages.select.estimate_options import project_perhaps
    from genai_tui.stages.select.sifting import read_wish, sifted

    wish = read_wish(where)
    with project_perhaps(frame) as project:
        around = surroundings_of(project)
    columns = [column(known_of_listed(settings.endpoints[one.endpoint], one), around) for one in models]
    by_name = {one.model: one for one in models}
    return [by_name[found.known.name] for found in sifted(columns, wish, sort)]


async def _list(frame: Frame, settings: "Settings", asked: list[Endpoint]) -> "Listing":
    from genai_tui.answering.asking import Asking
    from genai_tui.stages.select.listing import list_all

    async with Asking(settings, transport="aiohttp", notice=frame.say.note) as asking:
        return await list_all(asked, asking)


@model.command(cls=Command)
@click.argument("reference", metavar="M")
@pass_frame
def show(frame: Frame, reference: str) -> None:
    """Show the card of model M without asking anybody.

    M is endpoint/model-id, the name of a card that comes with the program, or a file or folder: config.json, GGUF,
    safetensors.
    """
    from genai_tui.stages.select.card_text import card_json, card_rows, chosen_rows, lineage_rows, source_rows
    from genai_tui.stages.select.cards import known_of
    from genai_tui.stages.select.estimate_options import project_perhaps
    from genai_tui.store.artifacts import lineage_of
    from genai_tui.store.selections import latest_selection

    with project_perhaps(frame) as project:
        known = known_of(project.settings if project else frame.settings(), reference, project)
        chosen = latest_selection(project.reader, known.name) if project else None
        lineage = lineage_of(project.reader, known.name) if project else None
    found: dict[str, Any] = card_json(known)
    endpoint, rows = known.endpoint, card_rows(known)
    if endpoint is not None:
        found |= {"base_url": endpoint.base_url or None, "tested": known.tested or None}
        if endpoint.embedded:
            found |= _weights(known.name.partition("/")[2])
            rows.append(("weights", found["weights"] or f"not here; genai-tui model pull {known.name}"))
    if frame.say.json:
        found["lineage"] = lineage
        found["chosen"] = chosen and {"over": chosen.rivals, "why": chosen.why, "evidence": chosen.evidence}
        frame.say.document(found)
        return
    where = [] if endpoint is None else [("endpoint", endpoint.base_url or "on this machine")]
    said = [*where, *rows, *_tested(known.tested), *lineage_rows(lineage), *chosen_rows(chosen), *source_rows(known)]
    frame.say.text(known.name)
    for name, value in said:
        frame.say.lines(_beside(f"{name:<15} ", value))


def _beside(mark: str, value: str) -> list[str]:
    """A value beside its name, in 80 columns."""
    return textwrap.wrap(value, 80, initial_indent=mark, subsequent_indent=" " * len(mark), break_on_hyphens=False)


def _tested(tested: dict[str, Any]) -> list[tuple[str, str]]:
    """What a test of the endpoint found out of it."""
    return [
        (key, "yes" if value is True else "no" if value is False else str(value))
        for key, value in tested.items()
        if value not in (None, [], "") and not key.startswith(("context", "model_id"))
    ]


@model.command(cls=Command)
@click.argument("references", metavar="M…", nargs=-1, required=True)
@pass_frame
def compare(frame: Frame, references: tuple[str, ...]) -> None:
    """Compare up to four models: cards, a month's price of this scope, fit on this machine, scores there are."""
    from genai_tui.stages.select.compare_text import compare_lines
    from genai_tui.stages.select.comparing import column_of, compared, surroundings_of
    from genai_tui.stages.select.estimate_options import project_perhaps

    with project_perhaps(frame) as project:
        settings = project.settings if project else frame.settings()
        around = surroundings_of(project)
        columns = [column_of(settings, reference, around, project) for reference in compared(references)]
    if frame.say.json:
        frame.say.document({"models": [column.as_json() for column in columns]})
        return
    frame.say.lines(compare_lines(columns))


@model.command(cls=Command)
@click.argument("reference", metavar="M")
@click.option("--why", metavar="TEXT", default="", help="Why this one: kept, and shown by model show.")
@click.option("--over", metavar="M", multiple=True, help="What it was chosen over (repeatable).")
@pass_frame
def use(frame: Frame, reference: str, why: str, over: tuple[str, ...]) -> None:
    """Make M the model in use in this project; it need not be in its endpoint's list."""
    from genai_tui.stages.select.choosing import choose_now

    with frame.project() as project:
        endpoint, model_id = project.settings.model(reference)
        if endpoint.embedded:
            _weights(model_id)
        chosen = choose_now(project, reference, over, why)
    if frame.say.json:
        frame.say.document({"model": chosen.model, "why": chosen.why, "over": list(chosen.rivals)})
    else:
        frame.say.note(f"The model in use is {chosen.model}.")


@model.command(cls=Command)
@click.argument("file", metavar="FILE")
@click.option("--name", metavar="N", help="What it is called: embedded/N (default: from the file's name).")
@pass_frame
def add(frame: Frame, file: str, name: str | None) -> None:
    """Add FILE.gguf to the models that are served here; the file stays where it is.

    A folder, a config.json or a safetensors file is added as a card of this project: it can be estimated and compared,
    not served.
    """
    from genai_tui.inference.embedded.weights import add_model

    if Path(file).is_dir() or Path(file).suffix in (".json", ".safetensors"):
        _add_card(frame, Path(file), name)
        return

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


def _add_card(frame: Frame, path: Path, name: str | None) -> None:
    from genai_tui.stages.select.cards import add_card

    with frame.project() as project:
        card = add_card(project, path, name)
    if frame.say.json:
        frame.say.document({"card": card.name, "path": str(path.resolve()), "parameters": card.parameters})
    else:
        frame.say.note(f"The card of {card.name} is kept: see  genai-tui model show {card.name}")


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


def _weights(model_id: str) -> dict[str, Any]:
    """Where the weights of an embedded model are (None: not here). Raises UsageFault for a name that nobody gave."""
    from genai_tui.inference.embedded.weights import present, served_model, served_models

    if model_id not in served_models():
        _no_embedded(model_id)
    return {"weights": served_model(model_id).weights if present(model_id) else None}


def _no_embedded(model_id: str) -> None:
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
