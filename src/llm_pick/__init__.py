"""llm-pick: which open-weight model to run, with sources, intervals and licence clauses."""

__version__ = "0.1.0"
