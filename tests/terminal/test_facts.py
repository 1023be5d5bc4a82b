"""What doctor asks of tmux and logind."""

import os

import pytest

from genai_tui.terminal.facts import TmuxFacts, logind_kills, tmux_facts

USR, ETC = "usr/lib/systemd/logind", "etc/systemd/logind"


@pytest.fixture
def fake_tmux(tmp_path, monkeypatch):
    """Puts a tmux in front of the path that answers as told."""

    def make(body):
        (tmp_path / "tmux").write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / "tmux").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return make


def test_tmux_says_how_it_is_set(fake_tmux):
    fake_tmux('case "$*" in "show -sv set-clipboard") echo off;; "show -sv escape-time") echo 500;; *) exit 1;; esac')
    facts = tmux_facts()
    assert facts == TmuxFacts("off", 500)
    assert [word in " ".join(facts.advice()) for word in ("set-clipboard on", "escape-time 20")] == [True, True]


def test_a_well_set_tmux_needs_no_advice(fake_tmux):
    fake_tmux('case "$*" in *clipboard) echo external;; *) echo 10;; esac')
    assert tmux_facts().advice() == ()


@pytest.mark.parametrize("body", ["exit 1", "exec sleep 20", "printf '\\377\\n' >&2; exit 1"])
def test_a_tmux_that_does_not_answer_is_none(fake_tmux, body):
    fake_tmux(body)
    assert tmux_facts() is None


@pytest.mark.parametrize(
    ("files", "kills"),
    [
        ({}, None),
        ({f"{ETC}.conf": "[Login]\n#KillUserProcesses=no\n"}, False),
        ({f"{ETC}.conf": "[Login]\n#KillUserProcesses=yes\n"}, True),
        ({f"{ETC}.conf": "#KillUserProcesses=no\nKillUserProcesses = yes\n"}, True),
        ({f"{USR}.conf": "KillUserProcesses=yes", f"{ETC}.conf": "#KillUserProcesses=no"}, False),
        ({f"{ETC}.conf": "KillUserProcesses=yes", f"{ETC}.conf.d/a.conf": "KillUserProcesses=no"}, False),
        ({f"{USR}.conf.d/z.conf": "KillUserProcesses=1", f"{ETC}.conf.d/a.conf": "KillUserProcesses=no"}, True),
        ({f"{USR}.conf.d/z.conf": "KillUserProcesses=1", f"{ETC}.conf.d/z.conf": "KillUserProcesses=no"}, False),
    ],
)
def test_logind_is_read_as_systemd_reads_it(tmp_path, files, kills):
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert logind_kills(tmp_path) is kills


def test_without_systemd_nothing_is_killed(tmp_path):
    assert logind_kills(tmp_path) is False
