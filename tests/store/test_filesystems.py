"""Which journal is safe where, told from a mount table."""

from pathlib import Path

import pytest

from genai_tui.store.connections import leave_wal, open_for_writing
from genai_tui.store.filesystems import BTRFS_LEAST_FREE_BYTES, free_on, journal_rule, mount_of
from tests.store.conftest import Store

TABLE = """\
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:50 / /home rw,relatime shared:5 master:1 - autofs systemd-1 rw
41 40 0:51 / /home rw,relatime shared:6 - nfs4 server:/export/home rw,vers=4.2
42 27 0:52 / /scratch rw - lustre 10.0.0.1@o2ib:/scratch rw
43 27 0:53 / /gpfs rw - gpfs gpfs0 rw
44 27 0:54 / /mnt/share\\040name rw - cifs //host/share\\040name rw
45 27 0:55 / /mnt/c rw - 9p C:\\134 rw
46 27 0:56 / /mnt/ssh rw - fuse.sshfs me@host:/ rw
47 27 0:57 / /ceph rw - ceph mon:/ rw
48 27 0:58 / /data rw - btrfs /dev/vdb rw
49 27 0:59 / /local rw - xfs /dev/vdc rw
50 49 0:60 / /local/home rw - fuse.fuse-overlayfs overlay rw
51 27 0:61 / /tmp rw - tmpfs tmpfs rw
a line that is none
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/me/project", "nfs4"),
        ("/scratch/x", "lustre"),
        ("/gpfs", "gpfs"),
        ("/mnt/share name/p", "cifs"),
        ("/mnt/c/Users", "9p"),
        ("/mnt/ssh/p", "fuse.sshfs"),
        ("/ceph/p", "ceph"),
    ],
)
def test_network_file_systems_get_a_rollback_journal_and_a_sentence(path: str, kind: str) -> None:
    mode, sentence = journal_rule(Path(path), table=TABLE)
    assert mode == "delete"
    assert f"({kind}, " in sentence
    assert "network file system" in sentence


@pytest.mark.parametrize("path", ["/", "/homes/me", "/srv/home", "/local/p", "/local/home/p", "/tmp/p", "/mnt/other"])
def test_local_ones_get_wal_and_nothing_is_said(path: str) -> None:
    assert journal_rule(Path(path), table=TABLE) == ("wal", None)


def test_btrfs_gets_wal_while_there_is_room() -> None:
    path = Path("/data/p")
    assert journal_rule(path, table=TABLE, free_bytes=BTRFS_LEAST_FREE_BYTES) == ("wal", None)
    mode, sentence = journal_rule(path, table=TABLE, free_bytes=300 << 20)
    assert mode == "delete"
    assert "/data (btrfs, /dev/vdb) has 300 MiB free" in sentence


def test_the_nearest_and_the_last_mount_counts() -> None:
    assert mount_of(Path("/home/me"), TABLE).kind == "nfs4"
    assert mount_of(Path("/local/home"), TABLE).where == "/local/home"
    assert mount_of(Path("/homeless"), TABLE).where == "/"


def test_links_are_followed(tmp_path: Path) -> None:
    table = f"1 0 0:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / {tmp_path}/far rw - nfs host:/ rw\n"
    (tmp_path / "far").mkdir()
    (tmp_path / "near").symlink_to(tmp_path / "far")
    assert journal_rule(tmp_path / "near" / "project", table=table)[0] == "delete"


def test_without_a_mount_table_wal_is_tried() -> None:
    assert journal_rule(Path("/x"), table="") == ("wal", None)


def test_free_space_is_that_of_the_nearest_folder_there_is(tmp_path: Path) -> None:
    assert free_on(tmp_path / "not" / "yet" / "there") > 0


def test_a_project_leaves_wal_without_shared_memory(store: Store) -> None:
    store.put(lambda connection: connection.execute("INSERT INTO choice VALUES ('a', 'b', '')"))
    assert leave_wal(store.path) is False, "others have it open"
    store.reader.close()
    store.writer.close()
    assert leave_wal(store.path) is True
    connection = open_for_writing(store.path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert connection.execute("SELECT value FROM choice WHERE key = 'a'").fetchone() == ("b",)
    connection.close()
