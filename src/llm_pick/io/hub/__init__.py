"""Repositories of the Hugging Face hub, or of a mirror that speaks its API: listings, small texts, ranges of files."""
