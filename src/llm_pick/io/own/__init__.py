"""The user's own facts: YAML files whose records change the built-in ones or stand beside them."""
