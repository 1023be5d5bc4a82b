"""Lists of the store as pages: how many rows there are, and those after a key."""

from typing import TYPE_CHECKING

from genai_tui.records.generations import Generation
from genai_tui.records.jobs import Job
from genai_tui.records.prompts import Prompt
from genai_tui.store.generations import page_generations, tries_count
from genai_tui.store.jobs import page_jobs
from genai_tui.store.prompts import latest_prompt, page_prompts
from genai_tui.widgets.pages import ListPages, Pages, StorePages

if TYPE_CHECKING:
    from genai_tui.project import Project

MOST_FOUND = 500  # tries that a filter shows, the newest


def prompt_pages(project: "Project | None") -> Pages[Prompt]:
    """Prompt versions by number."""
    if project is None:
        return ListPages([])
    reader, last = project.reader, latest_prompt(project.reader)
    return StorePages(
        lambda: last.number if last else 0,
        lambda key, limit: page_prompts(reader, key, limit),
        lambda prompt: prompt.number,
    )


def try_pages(project: "Project | None", text: str = "") -> Pages[Generation]:
    """Tries, the newest first; with `text` those whose answers hold it."""
    if project is None:
        return ListPages([])
    reader = project.reader
    if text:
        return ListPages(page_generations(reader, None, MOST_FOUND, purpose="try", text=text))
    return StorePages(
        lambda: tries_count(reader),
        lambda key, limit: page_generations(reader, key, limit, purpose="try"),
        lambda each: each.id,
    )


def job_pages(project: "Project | None") -> Pages[Job]:
    """Jobs, the newest first; their numbers count without gaps."""
    if project is None:
        return ListPages([])
    reader = project.reader
    first = page_jobs(reader, None, 1)
    return StorePages(
        lambda: first[0].id if first else 0, lambda key, limit: page_jobs(reader, key, limit), lambda job: job.id
    )
