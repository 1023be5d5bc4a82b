"""`endpoint`: the places that answer; they are user settings, not project state."""

import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import click

from genai_tui.commands.frame import Command, Frame, Group, pass_frame, run
from genai_tui.commands.question import answered_yes
from genai_tui.errors import GenaiError, UsageFault
from genai_tui.records.endpoints import Endpoint, EndpointReport, Limits, Price

if TYPE_CHECKING:
    from genai_tui.settings import Settings


@click.group(cls=Group)
def endpoint() -> None:
    """Places that answer: an OpenAI-style server or service, by name."""


@endpoint.command("list", cls=Command)
@pass_frame
def list_(frame: Frame) -> None:
    """List the endpoints with what is known of them; none is contacted."""
    from genai_tui.settings import key_state, report_of

    rows = [_as_json(one, report_of(one.name), key_state(one)) for one in frame.settings().endpoints.values()]
    if frame.say.json:
        frame.say.document({"endpoints": rows})
        return
    cells = (
        (row["endpoint"], row["base_url"] or "(on this machine)", row["key"], row["state"], row["sentence"])
        for row in rows
    )
    frame.say.table(("endpoint", "base URL", "key", "last known", ""), cells)


@endpoint.command(cls=Command)
@click.argument("name", metavar="NAME")
@click.option("--url", metavar="U", help="Its base URL, such as http://localhost:8000/v1.")
@click.option("--preset", metavar="P", help="What it is, such as vllm, ollama or groq; a wrong name lists them all.")
@click.option("--key-env", metavar="VAR", help="The environment variable that holds its key.")
@click.option("--keyring", is_flag=True, help="Its key is in the keyring.")
@click.option("--provider", metavar="P", help="Who bills, for list prices (as genai-prices calls it).")
@click.option("--in-flight", type=click.IntRange(min=1), metavar="N", help="Requests in flight at most.")
@click.option("--requests-a-minute", type=click.IntRange(min=1), metavar="N", help="Requests a minute at most.")
@click.option("--tokens-a-minute", type=click.IntRange(min=1), metavar="N", help="Tokens a minute at most.")
@click.option("--input-usd-per-million", type=click.FloatRange(min=0), metavar="USD", help="Price of input tokens.")
@click.option("--output-usd-per-million", type=click.FloatRange(min=0), metavar="USD", help="Price of output tokens.")
@click.option("--header", "headers", multiple=True, metavar="K=V", help="An extra header; a value names a key as $VAR.")
@click.option("--query", multiple=True, metavar="K=V", help="An extra query field.")
@click.option("--ca-file", metavar="FILE", help="Certificates of its authority, as PEM.")
@pass_frame
def add(frame: Frame, /, name: str, url: str | None, preset: str | None, headers: tuple[str, ...],
        query: tuple[str, ...], ca_file: str | None, **rest: Any) -> None:  # fmt: skip
    """Add the endpoint NAME to the settings, or replace it. Nothing is contacted, and no key is stored."""
    import os

    from genai_tui.settings import find_preset, key_state, report_of, save_endpoint, settings_file

    known = find_preset(preset) if preset is not None else None
    if preset is not None and known is None:
        from genai_tui.settings import PRESETS

        raise UsageFault(f"There is no preset {preset[:40]!r}.", f"Known: {', '.join(PRESETS)}.")
    if url is None and known is None:
        raise UsageFault("An endpoint needs an address.", "", "Give --url URL or --preset NAME.")
    base_url, fields = _parted(url) if url is not None else (known.base_url if known else "", {})
    at_home = known is not None and base_url.rstrip("/") == known.base_url
    input_usd, output_usd = rest["input_usd_per_million"], rest["output_usd_per_million"]
    if (input_usd is None) != (output_usd is None):
        raise UsageFault("A price has two parts.", "", "Give --input-usd-per-million and --output-usd-per-million.")
    replaced = name in frame.settings().endpoints
    saved = save_endpoint(
        Endpoint(
            name,
            base_url,
            key_env=rest["key_env"] or (known.key_env if known and at_home and not rest["keyring"] else None),
            keyring=rest["keyring"],
            preset=known.name if known else None,
            provider=rest["provider"] or (known.provider if known and at_home else None),
            limits=Limits(rest["in_flight"], rest["requests_a_minute"], rest["tokens_a_minute"]),
            price=None if input_usd is None else Price(input_usd, output_usd),
            headers=_pairs(headers, "--header"),
            query={**fields, **_pairs(query, "--query")},
            ca_file=os.path.abspath(ca_file) if ca_file is not None else None,
        )
    )
    if frame.say.json:
        frame.say.document(_as_json(saved, report_of(name), key_state(saved)))
        return
    verb = "replaced" if replaced else "added"
    frame.say.note(f"The endpoint {name} was {verb}: {saved.base_url}, {key_state(saved)} ({settings_file()}).")
    frame.say.note(f"Test it: genai-tui endpoint test {name}")


@endpoint.command(cls=Command)
@click.argument("name", metavar="NAME")
@pass_frame
def remove(frame: Frame, name: str) -> None:
    """Take the endpoint NAME out of the settings, and forget what its test found out."""
    from genai_tui.settings import remove_endpoint

    remove_endpoint(name)
    if frame.say.json:
        frame.say.document({"endpoint": name, "removed": True})
    else:
        frame.say.note(f"The endpoint {name} was removed.")


@endpoint.command(cls=Command)
@click.argument("name", metavar="NAME")
@click.option("--model", metavar="ID", help="The model to ask (default: the first that it lists).")
@pass_frame
def test(frame: Frame, name: str, model: str | None) -> int:
    """Find out what the endpoint NAME can do, by a few small requests, and remember it."""
    settings = frame.settings()
    tested = settings.endpoint(name)
    report = run(lambda: _test(frame, settings, tested, model))
    error = _error_of(report)
    if frame.say.json:
        frame.say.document(
            {
                "endpoint": name,
                "state": report.state,
                "when": report.when,
                "sentences": report.facts.get("sentences", []),
                "facts": {key: value for key, value in report.facts.items() if key != "sentences"},
                "models": report.models,
            }
        )
    if error is not None:
        frame.say.error(error)
        return error.exit_code
    _offer_address(frame, tested, report)
    return 0


async def _test(frame: Frame, settings: "Settings", tested: Endpoint, model: str | None) -> EndpointReport:
    from genai_tui.answering.asking import Asking
    from genai_tui.inference.probe import test_endpoint
    from genai_tui.settings import report_of, save_report

    if tested.embedded and model is None:
        from genai_tui.inference.embedded.weights import served_models

        model = served_models()[0]
    held: list[str] = []  # one sentence is kept back: the last of a test that failed is its error, said elsewhere

    def progress(sentence: str) -> None:
        if held and not frame.say.json:
            frame.say.text(held[0])
        held[:] = [sentence]

    async with Asking(settings, transport="aiohttp", notice=frame.say.note) as asking:
        report = await test_endpoint(
            tested,
            access=lambda: asking.access(tested, model or ""),
            transport=await asking.transport(),
            model_id=model,
            previous=report_of(tested.name),
            progress=progress,
        )
    save_report(report)
    if report.state != "failed":
        progress("")
    return report


def _error_of(report: EndpointReport) -> GenaiError | None:
    """The error that a failed report holds, with its exit code."""
    if report.state != "failed":
        return None
    told = report.facts.get("error", {})
    error = GenaiError(told.get("what", report.sentence), told.get("why", ""), told.get("do", ""))
    error.exit_code = told.get("exit", 3)
    return error


def _offer_address(frame: Frame, tested: Endpoint, report: EndpointReport) -> None:
    """Offer to store the address that works, where it is another than the settings'."""
    from dataclasses import replace

    from genai_tui.settings import save_endpoint, save_report

    works = report.facts.get("base_url")
    if tested.builtin or not isinstance(works, str) or works == tested.base_url:
        return
    if sys.stdin.isatty() and not frame.say.json:
        if answered_yes(f"Store {works} for {tested.name}?", default=True):
            save_endpoint(replace(tested, base_url=works))
            save_report(report)
            frame.say.note("Stored.")
    else:
        frame.say.note(f"Its address that works is {works}: set base_url to it in the settings.")


def _parted(url: str) -> tuple[str, dict[str, str]]:
    """A URL without its query, and the query's fields, which stand apart in the settings."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:  # no address: the settings say so
        return url, {}
    return urlunsplit(parts._replace(query="")), dict(parse_qsl(parts.query, keep_blank_values=True))


def _pairs(pairs: tuple[str, ...], option: str) -> dict[str, str]:
    found = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageFault(f"{option} takes K=V.", "", f"For example: {option} X-Team=triage")
        found[key.strip()] = value
    return found


def _as_json(one: Endpoint, report: EndpointReport, key: str) -> dict[str, Any]:
    return {
        "endpoint": one.name,
        "base_url": one.base_url,
        "preset": one.preset,
        "provider": one.provider,
        "key": key,
        "in_flight": one.limits.in_flight,
        "requests_a_minute": one.limits.requests_a_minute,
        "tokens_a_minute": one.limits.tokens_a_minute,
        "input_usd_per_million": one.price.input_usd_per_million if one.price else None,
        "output_usd_per_million": one.price.output_usd_per_million if one.price else None,
        "builtin": one.builtin,
        "state": report.state,
        "sentence": report.sentence,
        "when": report.when or None,
    }
