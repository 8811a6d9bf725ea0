"""All rules, in the order in which they are asked and in which exclusions are counted."""

from llm_pick.core.rules import (
    enough_context,
    evidence_age,
    fits_memory,
    licence_policy,
    minimum_speed,
    runtime_support,
    task_capability,
)

RULES = (
    licence_policy.RULE,
    task_capability.RULE,
    enough_context.RULE,
    runtime_support.RULE,
    fits_memory.RULE,
    minimum_speed.RULE,
    evidence_age.RULE,
)
