"""Files of llama.cpp: types of their tensors, presets that choose among them, and the size that follows."""
