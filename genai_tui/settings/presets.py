"""Endpoints that are known by name: base URL, key variable, who bills."""

from typing import NamedTuple


class Preset(NamedTuple):
    """One kind of endpoint. `provider` is its name for list prices; `local` ones run on one's own machine, keyless."""

    name: str
    title: str
    base_url: str
    key_env: str | None
    provider: str | None
    note: str
    local: bool = False


PRESETS: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("openai", "OpenAI", "https://api.openai.com/v1", "OPENAI_API_KEY", "openai", "a key is needed"),
        Preset(
            "vllm", "vLLM", "http://localhost:8000/v1", None, None,
            "`vllm serve MODEL`; a server started with --api-key needs key_env", True,
        ),
        Preset(
            "ollama", "Ollama", "http://localhost:11434/v1", None, None,
            "cuts long prompts to the server's context in silence: set OLLAMA_CONTEXT_LENGTH there", True,
        ),
        Preset("llama.cpp", "llama.cpp", "http://localhost:8080/v1", None, None, "`llama-server -m FILE.gguf`", True),
        Preset("lm-studio", "LM Studio", "http://localhost:1234/v1", None, None, "start its server first", True),
        Preset(
            "openrouter", "OpenRouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY", "openrouter",
            "says itself what an answer cost",
        ),
        Preset("mistral", "Mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", "mistral", "strict on fields"),
        Preset(
            "gemini", "Gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "GEMINI_API_KEY", "google",
            "Google's OpenAI-compatible address",
        ),
        Preset("deepseek", "DeepSeek", "https://api.deepseek.com", "DEEPSEEK_API_KEY", "deepseek", "no /v1 here"),
        Preset(
            "groq", "Groq", "https://api.groq.com/openai/v1", "GROQ_API_KEY", "groq",
            "reserves max_tokens against the minute's limit",
        ),
    )
}  # fmt: skip


def find_preset(name: str) -> Preset | None:
    """The preset called `name`; letter case, blanks, dots and dashes do not count."""
    wanted = _bare(name)
    return next((preset for key, preset in PRESETS.items() if _bare(key) == wanted), None)


def _bare(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())
