"""``python -m llm_pick``."""

from llm_pick.cli.main import main

main()
