"""One line of the table of measurements."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of ours beside that of a named peer, measured in the same run.

    `ratio` is ours divided by the peer's. A row without figures says in `goal` why it was not run.
    """

    name: str
    ours: float | None
    unit: str
    peer: str = ""
    peer_value: float | None = None
    ratio: float | None = None
    goal: str = ""


def not_run(name: str, reason: str) -> Row:
    """Return the row of a measurement for which a part is missing."""
    return Row(name=name, ours=None, unit="", goal=f"not run: {reason}")
