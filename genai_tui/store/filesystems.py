"""Which journal is safe where: WAL needs memory shared between processes, which network file systems do not give.

The kind of a file system is read from /proc/self/mountinfo (Linux); where there is none, WAL is tried and
SQLite's own complaint (SQLITE_PROTOCOL, SQLITE_IOERR_SHM…) makes us fall back.
"""

import os
import re
from pathlib import Path
from typing import NamedTuple

MOUNT_TABLE = Path("/proc/self/mountinfo")
# Kinds whose files other machines may change at the same time, or whose shared memory maps are not coherent.
NETWORK_KINDS = frozenset(
    {
        *("nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "coda", "davfs"),
        *("lustre", "gpfs", "ceph", "beegfs", "orangefs", "pvfs2", "panfs", "wekafs", "glusterfs", "daos", "dvs"),
        *("gfs", "gfs2", "ocfs2", "acfs"),  # one disk, several hosts
        *("9p", "virtiofs", "vboxsf", "vmhgfs", "prl_fs", "drvfs"),  # a host's files seen by its guests
    }
)
LOCAL_FUSE = frozenset({"fuse.fuse-overlayfs"})  # the root of a container without root: on a local disk
# On a full Btrfs the mapped index of WAL ends the process with SIGBUS (seen by others); below this, no map.
BTRFS_LEAST_FREE_BYTES = 1 << 30
_OCTAL = re.compile(r"\\([0-7]{3})")


class Mount(NamedTuple):
    """One mounted file system: where, of which kind, and from what."""

    where: str
    kind: str
    source: str

    @property
    def network(self) -> bool:
        """Whether WAL is not safe on it; every FUSE file system counts, but a container's own overlay."""
        return self.kind in NETWORK_KINDS or (self.kind.startswith("fuse.") and self.kind not in LOCAL_FUSE)


def mount_of(path: Path, table: str | None = None) -> Mount | None:
    """The mount that holds `path`, after links; None where the mount table (`table`: its text) is not known.

    Of several mounts on one place the last one is seen, as the kernel does.
    """
    if table is None:
        try:
            table = MOUNT_TABLE.read_text("utf-8", "surrogateescape")
        except OSError:
            return None
    real = os.path.realpath(path)
    best: Mount | None = None
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        fields, described = left.split(" "), right.split(" ")
        if len(fields) < 5 or len(described) < 2:
            continue
        where = _plain(fields[4])
        inside = real == where or real.startswith(where.rstrip("/") + "/")
        if inside and (best is None or len(where) >= len(best.where)):
            best = Mount(where, described[0], _plain(described[1]))
    return best


def journal_rule(path: Path, *, table: str | None = None, free_bytes: int | None = None) -> tuple[str, str | None]:
    """The journal mode for a database at `path`, "wal" or "delete", and why, where it is not "wal".

    `table` (text of a mount table) and `free_bytes` are asked of the system where they are not given.
    """
    mount = mount_of(path, table)
    if mount is None:
        return "wal", None
    place = f"{mount.where} ({mount.kind}, {mount.source})"
    if mount.network:
        return "delete", (
            f"{place} is a network file system: the project is kept with a rollback journal there, because "
            "write-ahead logging is not safe on it. One machine should write at a time."
        )
    if mount.kind == "btrfs":
        free = free_on(path) if free_bytes is None else free_bytes
        if free is not None and free < BTRFS_LEAST_FREE_BYTES:
            return "delete", (
                f"{place} has {free >> 20} MiB free: the project is kept with a rollback journal there until 1 GiB "
                "is free, because write-ahead logging can end the program on a full Btrfs."
            )
    return "wal", None


def free_on(path: Path) -> int | None:
    """Bytes that we may still write where `path` lies; None if that cannot be asked."""
    for place in (path, *path.parents):
        try:
            state = os.statvfs(place)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return state.f_bavail * state.f_frsize
    return None


def _plain(field: str) -> str:
    return _OCTAL.sub(lambda hit: chr(int(hit[1], 8)), field)
