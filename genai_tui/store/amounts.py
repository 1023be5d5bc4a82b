"""How much there is of what stages say of themselves: each by one short read."""

from genai_tui.store.reader import Reader


def preferences_count(reader: Reader) -> int:
    """How many preferences there are."""
    return _count(reader, "SELECT count(*) FROM preference")


def runs_count(reader: Reader) -> int:
    """How many runs there are."""
    return _count(reader, "SELECT count(*) FROM run")


def corpora_count(reader: Reader) -> int:
    """How many corpora there are."""
    return _count(reader, "SELECT count(*) FROM corpus")


def served_and_loaded(reader: Reader) -> tuple[int, int]:
    """How many deployments there are, and how many steps of load tests."""
    [[served, steps]] = reader.rows("SELECT (SELECT count(*) FROM deployment), (SELECT count(*) FROM load_step)")
    return served, steps


def trainings_count(reader: Reader) -> int:
    """How many jobs have trained, or were to."""
    return _count(reader, "SELECT count(*) FROM job WHERE kind = 'finetune'")


def last_training(reader: Reader) -> int | None:
    """The number of the last job that trained, or was to."""
    row = reader.one("SELECT max(id) FROM job WHERE kind = 'finetune'")
    return None if row is None else row[0]


def runs_of_job(reader: Reader, job: int) -> list[int]:
    """The numbers of the runs of a job, in the order in which they were begun."""
    return [number for (number,) in reader.rows("SELECT id FROM run WHERE job = ? ORDER BY id", (job,))]


def slurm_has_some(reader: Reader) -> bool:
    """Whether Slurm has jobs of the project, or had them when they were last heard of."""
    there = "SELECT 1 FROM job WHERE state IN ('queued', 'running', 'interrupted') AND device = 'slurm'"
    return reader.one(there) is not None


def _count(reader: Reader, sql: str) -> int:
    [[count]] = reader.rows(sql)
    return int(count)
