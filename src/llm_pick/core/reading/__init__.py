"""Architectures read from what a model's own files say: the metadata of a GGUF file, or a ``config.json``."""
