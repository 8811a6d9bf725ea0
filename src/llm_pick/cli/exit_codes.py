"""What the process says with its exit status."""

from enum import IntEnum


class Exit(IntEnum):
    """Stable: scripts rely on these."""

    YES = 0
    """Answered, and the answer is yes."""
    NO = 1
    """Answered, and the answer is no."""
    WRONG_QUESTION = 2
    """Usage, unknown name, bad file."""
    NO_CATALOG = 3
    NO_NETWORK = 4
    BUG = 70
    INTERRUPTED = 130
