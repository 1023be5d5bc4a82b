"""A real Slurm of two nodes on this machine, for the tests that need one: its own folder, ports, key and daemons."""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scontrol", "scancel")
SYSTEM = "/usr/sbin:/usr/bin:/sbin:/bin"
STARTS_S = 60.0

CONF = """\
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
JobRequeue=1
KillWait=15
InactiveLimit=0
SchedulerParameters=batch_sched_delay=0,sched_interval=2
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={first} CPUs=1 RealMemory=2000
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={second} CPUs=1 RealMemory=2000
PartitionName=main Nodes=n1,n2 Default=YES GraceTime=20 MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=n1,n2 MaxTime=INFINITE State=UP PriorityTier=10
"""


def missing() -> str:
    """What stands in the way of a Slurm here; empty where nothing does."""
    path = f"{os.environ.get('PATH', '')}:{SYSTEM}"
    absent = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if absent:
        return f"Slurm is not installed here (slurm-wlm, munge): {', '.join(absent)} missing"
    if os.geteuid() != 0:
        return "Slurm's daemons are started as root, and this is another user"
    return ""


class Slurm:
    """A Slurm that runs: `environ` is what its commands need."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environ = {"SLURM_CONF": str(folder / "slurm.conf"), "PATH": f"{os.environ.get('PATH', '')}:{SYSTEM}"}
        self._daemons: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start munged, slurmctld and both slurmd, and wait until both nodes are idle."""
        (self.folder / "state").mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        ctld, first, second = free_ports(3)
        host = socket.gethostname().split(".")[0]
        conf = CONF.format(host=host, folder=self.folder, ctld=ctld, first=first, second=second)
        (self.folder / "slurm.conf").write_text(conf)
        beside = {name: f"{self.folder}/munge.{name}" for name in ("socket", "key", "pid", "log", "seed")}
        self._daemon(
            "munged", "--foreground", "--force", f"--socket={beside['socket']}", f"--key-file={beside['key']}",
            f"--pid-file={beside['pid']}", f"--log-file={beside['log']}", f"--seed-file={beside['seed']}",
        )  # fmt: skip
        self._until(lambda: Path(beside["socket"]).exists(), "munged")
        self._daemon("slurmctld", "-D")
        for node in ("n1", "n2"):
            self._daemon("slurmd", "-D", "-N", node)
        self._until(lambda: self.said("sinfo", "--noheader", "--Node", "-o", "%T").split() == ["idle"] * 4, "nodes")

    def empty(self) -> None:
        """End all jobs, and wait until both nodes are idle."""
        self.said("scancel", "--user", getpass.getuser())
        self._until(lambda: not self.said("squeue", "--noheader"), "the queue")

    def stop(self) -> None:
        """End jobs and daemons."""
        with suppress(AssertionError):
            self.empty()
        for daemon in reversed(self._daemons):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()

    def said(self, *words: str) -> str:
        """What a command of Slurm printed."""
        done = subprocess.run(words, env=os.environ | self.environ, capture_output=True, text=True, timeout=30)
        return done.stdout.strip()

    def state(self, number: str | int) -> str:
        """How Slurm says that a job stands; empty where it knows none of that number."""
        return self.said("squeue", "--noheader", "--states=all", "-o", "%T", "--jobs", str(number))

    def _daemon(self, *words: str) -> None:
        log = (self.folder / f"{words[0]}-{words[-1].strip('-')[:2]}.out").open("wb")
        path = self.environ["PATH"]
        program = shutil.which(words[0], path=path)
        assert program is not None
        daemon = subprocess.Popen(
            [program, *words[1:]], env=os.environ | self.environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
        log.close()
        self._daemons.append(daemon)

    def _until(self, ready: "object", what: str) -> None:
        end = time.monotonic() + STARTS_S
        while not ready():  # type: ignore[operator]
            assert time.monotonic() < end, f"{what}: {self._logs()}"
            time.sleep(0.1)

    def _logs(self) -> str:
        files = (*self.folder.glob("*.log"), *self.folder.glob("*.out"))
        return "\n".join(f"{file.name}: {file.read_text('utf-8', 'replace')[-1500:]}" for file in sorted(files))


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody has now."""
    taken = [socket.socket() for _ in range(count)]
    try:
        for each in taken:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in taken]
    finally:
        for each in taken:
            with closing(each):
                pass


@pytest.fixture(scope="session")
def slurm() -> Iterator[Slurm]:
    """Slurm, running; skips the test, saying why, where it cannot be."""
    if why := missing():
        pytest.skip(why)
    with tempfile.TemporaryDirectory(prefix="slurm-", ignore_cleanup_errors=True) as name:
        running = Slurm(Path(name))
        try:
            running.start()
            yield running
        finally:
            running.stop()
