"""Answers as text: one view, several ways to write it down."""
