"""Where a job keeps its log and checkpoints: `.genai/jobs/N`."""

from pathlib import Path

LOG = "log"
SLURM = "slurm"  # submitit's files, and what Slurm itself says of the job


def job_folder(database: Path, number: int) -> Path:
    """The folder of a job, beside the project's database."""
    return database.parent / "jobs" / str(number)


def log_file(database: Path, number: int) -> Path:
    """The log of a job."""
    return job_folder(database, number) / LOG


def slurm_folder(database: Path, number: int) -> Path:
    """Where a job that was given to Slurm has its script and what Slurm says."""
    return job_folder(database, number) / SLURM


def logs_of(database: Path, number: int) -> list[Path]:
    """What Slurm said of a job, a file for each time it was given to it, and its own log; those that are there."""
    said = slurm_folder(database, number).glob("*_log.out")
    files = [*sorted(said, key=lambda path: path.stat().st_mtime), log_file(database, number)]
    return [path for path in files if path.exists()]
