"""Authoring side: strict YAML, validation against the core records, lint. Never imported on the hot path."""
