"""Where a user's settings, data and state lie."""

import os
from pathlib import Path

APP = "genai-tui"
NOWHERE = Path("/nonexistent") / APP  # where a user without a home "has" folders: nothing is there, and writing fails


def config_folder() -> Path:
    """The folder of settings.toml. It need not exist."""
    return _folder("user_config_path")


def data_folder() -> Path:
    """The folder of weights/ and vocabularies/: `paths.data` of the settings, else the platform's. It need not exist.

    Raises SettingsFault for a settings file that cannot be read.
    """
    from genai_tui.settings.reading import read_paths

    return read_paths().get("data") or _folder("user_data_path")


def state_folder() -> Path:
    """The folder of the log, recent.json and endpoints/NAME.json. It need not exist."""
    return _folder("user_state_path")


def settings_file() -> Path:
    """The settings file. It need not exist."""
    return config_folder() / "settings.toml"


def _folder(which: str) -> Path:
    import platformdirs

    path: Path = getattr(platformdirs, which)(APP, appauthor=False)
    if str(path).startswith("~"):  # no HOME, and no entry for this user: expanding gave the tilde back
        return NOWHERE
    return Path(os.path.abspath(path))
