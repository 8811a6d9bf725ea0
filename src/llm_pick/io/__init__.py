"""The side that touches the world: files, settings, this machine."""
