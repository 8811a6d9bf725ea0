"""The thin shell: asks the question, shows the answer."""
