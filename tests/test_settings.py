"""Settings: what is read, what is refused with which sentence, what survives writing, and what is remembered."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genai_tui import settings as door
from genai_tui.errors import GenaiError, MissingPiece, NoAnswer, SettingsFault, StorageFault, UsageFault
from genai_tui.records.endpoints import Endpoint, EndpointReport, Limits, Price
from genai_tui.settings import (
    PRESETS,
    clean_base_url,
    data_folder,
    find_preset,
    headers_of,
    is_key,
    key_of,
    load_settings,
    query_of,
    recent_projects,
    remember_project,
    remove_endpoint,
    report_of,
    save_endpoint,
    save_report,
    save_setting,
    settings_fault,
    settings_file,
    state_folder,
)

KEY = "sk-proj-4f9QmZ7Ww2LxR8tB1nVc"


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of our own, without keys in the environment and without a remembered state."""
    home = tmp_path / "user"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return home


def write(text: str | bytes) -> Path:
    path = settings_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def fault(text: str | bytes, environ: dict[str, str] | None = None) -> SettingsFault:
    write(text)
    with pytest.raises(SettingsFault) as caught:
        load_settings(environ or {})
    assert caught.value.exit_code == 2
    return caught.value


# what is read ---------------------------------------------------------------------------------------------------------


def test_no_file_means_defaults_and_only_the_embedded_endpoint(user: Path) -> None:
    settings = load_settings({})
    assert list(settings.endpoints) == ["embedded"]
    assert settings.endpoint("embedded").builtin
    assert settings.endpoint("embedded").price == Price(0.0, 0.0)
    assert (settings.theme, settings.keyboard, settings.drawing, settings.bell, settings.mouse) == (
        None, "full", "auto", True, None,
    )  # fmt: skip
    assert list(user.iterdir()) == []  # reading writes nothing


@pytest.mark.parametrize("form", ["lf", "crlf", "bom"])
def test_everything_that_can_be_set_is_read(form: str) -> None:
    text = """
theme = "light"
keyboard = "plain"
drawing = "ascii"
bell = false
mouse = true

[keys]
next_step = ["ö", "N"]
home = "g"

[paths]
data = "/scratch/me"

[endpoints.box]
base_url = " https://gpu.example/v1/chat/completions/ "
key_env = "BOX_KEY"
provider = "openai"
in_flight = 4
requests_a_minute = 60
tokens_a_minute = 90000
input_usd_per_million = 1
output_usd_per_million = 2.5
ca_file = "own.pem"
headers = {"X-Team" = "triage", Authorization = "Bearer $BOX_TOKEN"}

[endpoints.box.query]
api-version = "2026-01-01"

[endpoints."qwen3.local"]
preset = "LM Studio"
"""
    raw = text.encode()
    path = write({"lf": raw, "crlf": raw.replace(b"\n", b"\r\n"), "bom": b"\xef\xbb\xbf" + raw}[form])
    settings = load_settings({})
    assert settings.theme == "light"
    assert settings.keyboard == "plain"
    assert settings.drawing == "ascii"
    assert settings.bell is False
    assert settings.mouse is True
    assert settings.keys == {"next_step": ("ö", "N"), "home": ("g",)}
    assert settings.endpoint("box") == Endpoint(
        "box",
        "https://gpu.example/v1",
        key_env="BOX_KEY",
        provider="openai",
        limits=Limits(4, 60, 90000),
        price=Price(1.0, 2.5),
        headers={"X-Team": "triage", "Authorization": "Bearer $BOX_TOKEN"},
        query={"api-version": "2026-01-01"},
        ca_file=str(path.parent / "own.pem"),
    )
    local = settings.endpoint("qwen3.local")
    assert (local.base_url, local.key_env, local.preset) == ("http://localhost:1234/v1", None, "lm-studio")
    assert data_folder() == Path("/scratch/me")


@pytest.mark.parametrize(
    ("environ", "url", "provider"),
    [
        ({"OPENAI_API_KEY": KEY}, "https://api.openai.com/v1", "openai"),
        ({"OPENAI_BASE_URL": "http://h:1//v1/"}, "http://h:1/v1", None),
        ({"OPENAI_API_KEY": f" {KEY}\n", "OPENAI_BASE_URL": " "}, "https://api.openai.com/v1", "openai"),
    ],
)
def test_the_environment_alone_gives_openai(environ: dict[str, str], url: str, provider: str | None) -> None:
    endpoint = load_settings(environ).endpoint("openai")
    assert (endpoint.base_url, endpoint.provider, endpoint.builtin) == (url, provider, True)
    assert key_of(endpoint, environ) == (KEY if "OPENAI_API_KEY" in environ else None)


def test_blank_variables_are_none() -> None:
    assert "openai" not in load_settings({"OPENAI_API_KEY": " \n", "OPENAI_BASE_URL": ""}).endpoints


def test_limits_and_prices_of_the_openai_that_is_always_there_may_stand_in_the_file() -> None:
    write("[endpoints.openai]\nin_flight = 3\n")
    endpoint = load_settings({"OPENAI_API_KEY": "k"}).endpoint("openai")
    assert (endpoint.limits.in_flight, endpoint.base_url) == (3, "https://api.openai.com/v1")
    write('[endpoints.openai]\nbase_url = "http://other/v1"\n')
    assert load_settings({}).endpoint("openai").base_url == "http://other/v1"
    with pytest.raises(SettingsFault, match=r"settings\.toml:1: endpoints\.openai: expected another name"):
        load_settings({"OPENAI_API_KEY": "k"})


def test_every_preset_has_an_address_that_is_stored_as_it_stands() -> None:
    wanted = "openai vllm ollama llama.cpp lm-studio openrouter mistral gemini deepseek groq"
    assert list(PRESETS) == wanted.split()
    for preset in PRESETS.values():
        assert clean_base_url(preset.base_url) == preset.base_url
        assert (preset.key_env is None) == preset.local
        assert find_preset(preset.title) is preset
        write(f'[endpoints.it]\npreset = "{preset.name}"\n')
        endpoint = load_settings({}).endpoint("it")
        assert (endpoint.base_url, endpoint.key_env, endpoint.provider) == (
            preset.base_url, preset.key_env, preset.provider,
        )  # fmt: skip


def test_a_presets_key_goes_to_no_other_host() -> None:
    write('[endpoints.it]\npreset = "groq"\nbase_url = "http://proxy.example/v1"\n')
    endpoint = load_settings({}).endpoint("it")
    assert endpoint.key_env is None
    assert endpoint.provider is None


# what is refused ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('theme = "light', 1, "toml"),
        ("bell = true\nbell = true\n", 2, "toml"),
        ("\n\nbel = true\n", 3, "did you mean `bell`"),
        ('bell = "yes"\n', 1, "bell: expected true or false, found text"),
        ('theme = "pink"\n', 1, '"high-contrast"'),
        ("# a\ntheme = 3\n", 2, "found a whole number"),
        ("keys = 1\n", 1, "keys: expected a table"),
        ("[keys]\n# x\nhome = []\n", 3, "keys.home"),
        ("[keys]\nhome = [1]\n", 2, "keys.home"),
        ("endpoints = []\n", 1, "endpoints: expected a table, found a list"),
        ("[endpoints]\nbox = 1\n", 2, "endpoints.box: expected a table"),
        ("[endpoints.box]\n", 1, "base_url"),
        ('[endpoints.box]\nbase_url = ""\n', 2, "not empty"),
        ('[endpoints.box]\nbase_url = "localhost:8000/v1"\n', 2, "http://"),
        ('[endpoints.box]\nbase_url = "http://h/v1?key=1"\n', 2, "query"),
        ('[endpoints.box]\nbase_url = "http://u:p@h/v1"\n', 2, "name or password"),
        ('[endpoints.box]\nbase_url = "http://h:port/v1"\n', 2, "url"),
        ('[endpoints.box]\nbase_url = "http://h/v1"\nin_flight = 0\n', 3, "whole number from 1"),
        ('[endpoints.box]\nbase_url = "http://h/v1"\nin_flight = true\n', 3, "found true or false"),
        ('[endpoints.box]\nbase_url = "http://h/v1"\nin_flght = 1\n', 3, "did you mean `in_flight`"),
        ('[endpoints.box]\nbase_url = "http://h/v1"\ninput_usd_per_million = 1\n', 1, "output_usd_per_million too"),
        (
            '[endpoints.box]\nbase_url = "http://h/v1"\ninput_usd_per_million = nan\noutput_usd_per_million = 1\n',
            3,
            "finite",
        ),
        ('[endpoints.box]\npreset = "nope"\n', 2, "ollama"),
        ('[endpoints.embedded]\nbase_url = "http://h/v1"\n', 1, "another name"),
        ('[endpoints."a/b"]\nbase_url = "http://h/v1"\n', 1, "letters"),
        ('a = """\n\n"""\n[endpoints.b]\n', 1, "known"),
        ('[endpoints.b]\nbase_url = """\nhttp://h/v1\n"""\nheaders = {a = 1}\n', 5, "headers.a: expected text"),
        ("bell = 2026-01-01\n", 1, "found a date"),
    ],
)
def test_a_wrong_setting_is_named_with_its_line(text: str, line: int, words: str) -> None:
    error = fault(text)
    assert error.what.startswith(f"{settings_file()}:{line}: "), error.what
    assert words in str(error).lower()
    assert error.do


@pytest.mark.parametrize(
    "entry",
    [
        f'key_env = "{KEY}"',
        'key_env = "gsk_0a1b2c3d4e5f6g7h8i9j"',
        f'headers = {{Authorization = "Bearer {KEY}"}}',
        'headers = {api-key = "0123"}',
        f'headers = {{X-Team = "{KEY}"}}',
        f'query = {{v = "{KEY}"}}',
        'query = {key = "abc"}',
    ],
)
def test_a_key_in_the_file_is_refused_and_never_repeated(entry: str) -> None:
    error = fault(f'[endpoints.box]\nbase_url = "http://h/v1"\n{entry}\n')
    assert error.what.startswith(f"{settings_file()}:3: ")
    assert "keys are never stored" in error.what
    said = json.dumps(error.as_json())
    assert KEY not in said
    assert "0a1b2c3d" not in said


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (KEY, True),
        ("hf_" + "aB3" * 8, True),
        ("0123456789abcdef0123456789abcdef", True),
        ("OPENAI_API_KEY", False),
        ("Mozilla/5.0 (X11; Linux x86_64)", False),
        ("application/json", False),
        ("2026-01-01-preview", False),
        ("team-of-customer-support-in-europe", False),
    ],
)
def test_what_looks_like_a_key(value: str, key: bool) -> None:
    assert is_key(value) is key


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"# gr\xfc\xdfe\n", ":1: expected UTF-8"),
        (b"bell = true\n# x\n# \xe9\n", ":3: expected UTF-8"),
        (b"\xff\xfeb\x00", ":1: expected UTF-8"),
        (b"bell = true\n\x00", ":2: expected TOML"),
        (b"a = " + b"[" * 5000, ":1: expected TOML"),
        (b"#" * 1_000_001, ":1: expected settings"),
    ],
    ids=["latin1", "late", "utf-16", "nul", "deep", "huge"],
)
def test_bytes_that_are_no_settings(raw: bytes, words: str) -> None:
    assert words in fault(raw).what


def test_a_folder_a_dangling_link_and_a_pipe_are_no_settings_file() -> None:
    path = settings_file()
    path.mkdir(parents=True)
    with pytest.raises(SettingsFault, match="found a folder"):
        load_settings({})
    path.rmdir()
    path.symlink_to("/nonexistent/there")
    with pytest.raises(SettingsFault, match="found a link"):
        load_settings({})
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(SettingsFault, match="found something else"):
        load_settings({})


def test_a_home_that_is_missing_or_a_file_means_defaults(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    for home in ("/nonexistent", str(file)):
        monkeypatch.setenv("HOME", home)
        assert list(load_settings({}).endpoints) == ["embedded"]


def test_a_fault_can_be_found_by_who_knows_what_may_stand_there() -> None:
    path = write('bell = true\n[keys]\nhome = "g"\nflyy = "x"\n')
    error = settings_fault(path, "keys.flyy", "the id of an action")
    assert error.what == f"{path}:4: keys.flyy: expected the id of an action."


def test_a_wrong_base_url_in_the_environment_names_the_variable() -> None:
    with pytest.raises(SettingsFault, match="OPENAI_BASE_URL"):
        load_settings({"OPENAI_BASE_URL": "localhost"})


def test_unknown_endpoints_and_models_are_named() -> None:
    settings = load_settings({"OPENAI_API_KEY": "k"})
    assert settings.model("openai/org/model:free")[1] == "org/model:free"
    for reference, words in (("x/y", "embedded, openai"), ("y", "endpoint/model-id"), ("openai/", "endpoint/model-id")):
        with pytest.raises(UsageFault) as caught:
            settings.model(reference)
        assert words in str(caught.value)


# base URLs ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("http://h:8000", "http://h:8000"),
        ("HTTP://h:8000/", "http://h:8000"),
        ("http://h/v1/", "http://h/v1"),
        ("http://h//v1//", "http://h/v1"),
        ("http://h/v1/chat/completions", "http://h/v1"),
        ("http://h/v1/models/", "http://h/v1"),
        ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
        ("https://h/openai/v1/responses", "https://h/openai/v1"),
    ],
)
def test_base_urls_are_stored_bare(url: str, stored: str) -> None:
    assert clean_base_url(url) == stored


@given(st.text(max_size=40))
def test_cleaning_a_base_url_twice_is_cleaning_it_once(path: str) -> None:
    try:
        once = clean_base_url("http://host/" + path)
    except ValueError:
        return
    assert clean_base_url(once) == once
    assert not once.endswith("/")


# keys -----------------------------------------------------------------------------------------------------------------


def test_keys_are_read_at_the_moment_of_asking() -> None:
    endpoint = Endpoint("box", "http://h/v1", key_env="BOX_KEY")
    assert key_of(endpoint, {}) is None
    assert key_of(endpoint, {"BOX_KEY": "  "}) is None
    assert key_of(endpoint, {"BOX_KEY": " abc\n"}) == "abc"
    assert key_of(Endpoint("bare", "http://h/v1"), {"OPENAI_API_KEY": "k"}) is None


@pytest.mark.parametrize("key", ["ab cd", "ab\ncd", "schlüssel", "a\x00b"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(UsageFault) as caught:
        key_of(Endpoint("box", "http://h/v1", key_env="BOX_KEY"), {"BOX_KEY": key})
    assert "BOX_KEY" in caught.value.what
    assert key not in str(caught.value)


def test_headers_and_query_are_filled_in_from_the_environment() -> None:
    endpoint = Endpoint("box", "http://h/v1", headers={"A": "Bearer $T", "B": "${T}x", "C": "5 $$"}, query={"q": "$T"})
    assert headers_of(endpoint, {"T": " t\n"}) == {"A": "Bearer t", "B": "tx", "C": "5 $"}
    assert query_of(endpoint, {"T": "t"}) == {"q": "t"}
    with pytest.raises(UsageFault, match="environment variable T"):
        headers_of(endpoint, {})


def test_a_server_without_a_keyring_gets_a_sentence() -> None:
    with pytest.raises(GenaiError) as caught:
        key_of(Endpoint("box", "http://h/v1", keyring=True), {})
    assert isinstance(caught.value, MissingPiece) or caught.value.exit_code == 3
    assert "environment variable BOX_API_KEY" in caught.value.do
    assert key_of(Endpoint("box", "http://h/v1", keyring=True, key_env="K"), {"K": "k"}) == "k"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise RuntimeError('locked')", "no keyring that can be asked (RuntimeError)"),
        ("return None", "no entry genai-tui/box"),
        ("import threading; threading.Event().wait(30)", "did not answer within"),
    ],
)
def test_a_keyring_that_gives_nothing_is_a_sentence(
    body: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keyring.py").write_text(f"def get_password(service, name):\n    {body}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "keyring", raising=False)
    monkeypatch.setattr("genai_tui.settings.keys.KEYRING_WAIT_S", 0.2)
    with pytest.raises(NoAnswer) as caught:
        key_of(Endpoint("box", "http://h/v1", keyring=True, key_env="BOX_KEY"), {})
    assert words in caught.value.why
    assert "BOX_KEY" in caught.value.do
    sys.modules.pop("keyring", None)


def test_a_key_comes_from_the_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keyring.py").write_text("def get_password(service, name):\n    return f' {service}-{name}\\n'\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "keyring", raising=False)
    assert key_of(Endpoint("box", "http://h/v1", keyring=True), {}) == "genai-tui-box"
    sys.modules.pop("keyring", None)


# writing --------------------------------------------------------------------------------------------------------------


def test_writing_keeps_comments_order_and_line_ends() -> None:
    text = '# mine\r\ntheme = "light"  # by day\r\n\r\n[endpoints.a]  # first\r\nbase_url = "http://a/v1"\r\n'
    path = write(b"\xef\xbb\xbf" + text.encode())
    save_endpoint(Endpoint("b", "http://b/v1/models", limits=Limits(2)), {})
    save_endpoint(Endpoint("a", "http://a2/v1"), {})
    save_setting("theme", "dark", {})
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf# mine\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    for comment in (b"# mine", b"# by day", b"# first"):
        assert comment in raw
    settings = load_settings({})
    assert settings.theme == "dark"
    assert settings.endpoint("a").base_url == "http://a2/v1"
    assert settings.endpoint("b").limits == Limits(2)
    remove_endpoint("a", {})
    assert list(load_settings({}).endpoints) == ["embedded", "b"]
    assert path.read_bytes().startswith(b"\xef\xbb\xbf# mine\r\n")


def test_what_is_saved_is_what_is_read() -> None:
    endpoint = Endpoint(
        "box",
        "https://h/v1",
        key_env="BOX_KEY",
        provider="openai",
        limits=Limits(1, 2, 3),
        price=Price(0.5, 1.5),
        headers={"X a": 'quote " and \\', "Authorization": "Bearer $T"},
        query={"v": "1"},
        ca_file="/etc/own.pem",
    )
    assert save_endpoint(endpoint, {}) == endpoint
    assert save_endpoint(Endpoint("box", "https://h/v1"), {}) == Endpoint("box", "https://h/v1")
    assert settings_file().stat().st_mode & 0o777 == 0o600


def test_a_linked_settings_file_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles.toml"
    target.write_text("bell = false\n")
    path = settings_file()
    path.parent.mkdir(parents=True)
    path.symlink_to(target)
    save_setting("theme", "light", {})
    assert path.is_symlink()
    assert "light" in target.read_text()


@pytest.mark.parametrize(
    ("endpoint", "environ"),
    [
        (Endpoint("embedded", "http://h/v1"), {}),
        (Endpoint("openai", "http://h/v1"), {"OPENAI_API_KEY": "k"}),
        (Endpoint("a/b", "http://h/v1"), {}),
        (Endpoint("", "http://h/v1"), {}),
        (Endpoint("x", "h/v1"), {}),
        (Endpoint("x", "http://h/v1", key_env=KEY), {}),
    ],
)
def test_what_cannot_be_stored_leaves_the_file_as_it_was(endpoint: Endpoint, environ: dict[str, str]) -> None:
    path = write("bell = false\n")
    with pytest.raises(UsageFault):
        save_endpoint(endpoint, environ)
    assert path.read_text() == "bell = false\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.toml"]


def test_removing_what_is_not_there_or_always_there_is_refused() -> None:
    for name, environ in (("nope", {}), ("embedded", {}), ("openai", {"OPENAI_API_KEY": "k"})):
        with pytest.raises(UsageFault):
            remove_endpoint(name, environ)


def test_a_folder_that_cannot_be_made_is_a_sentence(user: Path) -> None:
    (user / ".config").write_text("a file stands in the way")
    with pytest.raises(StorageFault) as caught:
        save_setting("bell", False, {})
    assert str(settings_file()) in caught.value.what


# state ----------------------------------------------------------------------------------------------------------------


def test_a_report_comes_back_and_is_forgotten_with_its_address() -> None:
    assert report_of("box") == EndpointReport("box")
    save_endpoint(Endpoint("box", "http://h/v1"), {})
    report = EndpointReport("box", "ready", "It answers.", "2026-01-01T00:00:00Z", {"streams": True}, {"m": {"n": 1}})
    save_report(report)
    assert report_of("box") == report
    assert [path.name for path in (state_folder() / "endpoints").iterdir()] == ["box.json"]
    save_endpoint(Endpoint("box", "http://h/v1", limits=Limits(1)), {})
    assert report_of("box") == report
    save_endpoint(Endpoint("box", "http://other/v1"), {})
    assert report_of("box") == EndpointReport("box")


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"state": "great"}', '{"facts": 1}', '{"other": 1}', "[" * 100_000], ids=str.__len__
)
def test_a_damaged_report_is_as_none(text: str) -> None:
    path = state_folder() / "endpoints" / "box.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    assert report_of("box") == EndpointReport("box")


def test_state_that_cannot_be_written_stays_in_memory(user: Path, tmp_path: Path) -> None:
    (user / ".local").write_text("a file stands in the way")
    report = EndpointReport("box", "failed", "No.", "2026-01-01T00:00:00Z")
    save_report(report)
    assert report_of("box") == report
    project = tmp_path / "p"
    (project / ".genai").mkdir(parents=True)
    (project / ".genai" / "project.db").touch()
    remember_project(project)
    assert recent_projects() == [project]


def test_recent_projects_are_the_latest_that_are_still_there(tmp_path: Path) -> None:
    projects: list[Path] = []
    for number in range(14):
        folder = tmp_path / f"p{number}"
        (folder / ".genai").mkdir(parents=True)
        (folder / ".genai" / "project.db").touch()
        remember_project(folder)
        projects.insert(0, folder)
    assert recent_projects() == projects[:12]
    (projects[0] / ".genai" / "project.db").unlink()
    remember_project(projects[3])
    assert recent_projects()[:3] == [projects[3], projects[1], projects[2]]


# what it costs --------------------------------------------------------------------------------------------------------


def test_loading_imports_nothing_heavy(user: Path) -> None:
    write('[endpoints.a]\nbase_url = "http://a/v1"\n')
    code = (
        "import sys; from genai_tui.settings import load_settings; load_settings();"
        "print([m for m in ('tomlkit','pydantic','keyring','textual','click','asyncio','socket')"
        " if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert door.load_settings({}).endpoint("a").name == "a"
