"""What is left of a job that ended before it was done, and what goes on with it, in words."""

from genai_tui.records.jobs import GOES_ON, Job


def kept_of(job: Job) -> str:
    """What was kept of a job that can be gone on with; empty of any other."""
    if job.state not in GOES_ON:
        return ""
    if job.checkpoint:
        return f"jobs/{job.id}/{job.checkpoint} in the project's .genai"
    return "the answers that were recorded" if job.kind == "eval" else "no checkpoint yet"


def next_of(job: Job) -> str:
    """What goes on with it; empty where nothing does."""
    if job.state not in GOES_ON:
        return ""
    if job.unfinished:
        return "Slurm still has it, and may start it again."
    begins = "begins anew" if job.kind != "eval" and not job.checkpoint else "goes on from there"
    return f"genai-tui job resume {job.id} {begins}."
