"""Visits as a hospital's systems tell them, for tests that need one."""

from datetime import datetime
from typing import Any

from idtui.domain.visit import Visit, VisitKind, VisitSource, VisitState


def visit(
    number: str,
    kind: VisitKind = VisitKind.AMBULATORY,
    *,
    told_at: datetime,
    **fields: Any,  # noqa: ANN401  # of any field of a visit
) -> Visit:
    """Return an open visit, out of a table unless the fields say otherwise."""
    said: dict[str, Any] = {"state": VisitState.OPEN, "source": VisitSource.CSV, **fields}
    return Visit(number=number, kind=kind, told_at=told_at, **said)
