"""Lists of the store as pages: how many rows there are, and those after a key."""

from typing import TYPE_CHECKING

from genai_tui.records.generations import Generation
from genai_tui.records.jobs import Job
from genai_tui.store.generations import tries_count
from genai_tui.store.jobs import page_jobs
from genai_tui.store.tries import newer_tries, page_tries
from genai_tui.widgets.pages import ListPages, Pages, StorePages

if TYPE_CHECKING:
    from genai_tui.project import Project


def try_pages(project: "Project | None") -> Pages[Generation]:
    """Tries, the newest first, read from either end; what is looked for is found by `store.tries.search_tries`."""
    if project is None:
        return ListPages([])
    reader = project.reader
    return StorePages(
        lambda: tries_count(reader),
        lambda key, limit: page_tries(reader, key, limit),
        lambda each: each.id,
        lambda key, limit: newer_tries(reader, key, limit),
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
