"""Weights in the forms that training and serving want: a transformers folder, an adapter, GGUF."""
