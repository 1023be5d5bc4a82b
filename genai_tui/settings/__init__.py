"""The user's settings, and what the program remembers of a user: endpoints, themes, keys, reports, recent projects.

Loading reads one file and contacts nothing. Keys of endpoints are never stored: settings name an environment variable
or a keyring entry.
"""

from genai_tui.settings.checks import clean_base_url, is_endpoint_name, is_key
from genai_tui.settings.folders import config_folder, data_folder, settings_file, state_folder
from genai_tui.settings.keys import headers_of, key_of, key_state, query_of, secrets_of
from genai_tui.settings.model import DRAWINGS, KEYBOARDS, THEMES, Settings
from genai_tui.settings.presets import PRESETS, Preset, find_preset
from genai_tui.settings.reading import load_settings, settings_fault
from genai_tui.settings.state import recent_projects, remember_project, report_of, save_report
from genai_tui.settings.writing import remove_endpoint, save_endpoint, save_setting

__all__ = [
    "DRAWINGS",
    "KEYBOARDS",
    "PRESETS",
    "THEMES",
    "Preset",
    "Settings",
    "clean_base_url",
    "config_folder",
    "data_folder",
    "find_preset",
    "headers_of",
    "is_endpoint_name",
    "is_key",
    "key_of",
    "key_state",
    "load_settings",
    "query_of",
    "recent_projects",
    "remember_project",
    "remove_endpoint",
    "report_of",
    "save_endpoint",
    "save_report",
    "save_setting",
    "secrets_of",
    "settings_fault",
    "settings_file",
    "state_folder",
]
