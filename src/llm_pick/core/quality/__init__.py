"""How good a model is at a task, with an interval, from published evidence."""
