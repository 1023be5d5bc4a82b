"""Model cards from files: config.json, Hugging Face folders, safetensors and GGUF headers; no weights are read."""
