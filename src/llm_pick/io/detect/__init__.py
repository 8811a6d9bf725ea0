"""This machine, as its own tools and files describe it: one small adapter per kind of device."""

from llm_pick.io.detect.machine import Found, Machine, detect

__all__ = ["Found", "Machine", "detect"]
