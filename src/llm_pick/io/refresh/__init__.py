"""``catalog refresh``: newer prices, and models that known makers published since; only when asked, into the user's files."""
