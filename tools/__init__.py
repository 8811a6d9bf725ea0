"""Authoring-time tools: compile, calibrate, fit, generate. Never shipped in the wheel."""
