"""The embedded default: a small real model, served by llama.cpp on loopback in a process of its own."""
