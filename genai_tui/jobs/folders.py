"""Where a job keeps its log and checkpoints: `.genai/jobs/N`."""

from pathlib import Path

LOG = "log"


def job_folder(database: Path, number: int) -> Path:
    """The folder of a job, beside the project's database."""
    return database.parent / "jobs" / str(number)


def log_file(database: Path, number: int) -> Path:
    """The log of a job."""
    return job_folder(database, number) / LOG
