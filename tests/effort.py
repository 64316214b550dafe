"""How often a test of chance is tried: a sample in `make test`, the long version in `make torture`."""

import os

FACTOR = int(os.environ.get("IDTUI_TORTURE", "1"))


def tries(sample: int) -> int:
    """Return how often to try, given how often `make test` does."""
    return sample * FACTOR
