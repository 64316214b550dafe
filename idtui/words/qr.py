"""A QR code as text: square modules, dark or light, for whoever paints them."""

LEAST_QUIET = 2
"""Light modules around it; the standard asks for 4, phones are content with 2 and the window is low."""


def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return the rows of the smallest QR code of a text with its quiet zone; True is dark.

    Capitals, digits and `:/.-` take less room than other letters. Error correction L: a screen is clean.
    Raises ValueError for a text no code can hold.
    """
    import segno  # noqa: PLC0415  # few patients come by phone

    code = segno.make(text, error="L", micro=False, boost_error=False)
    return tuple(tuple(bool(dark) for dark in row) for row in code.matrix_iter(border=LEAST_QUIET))
