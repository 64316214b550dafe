"""The two libraries that read codes, behind one shape: symbology and raw bytes of every code seen.

zxing-cpp reads everything wanted here; zbar has no DataMatrix but sees some codes in strong shade better.
Formats are limited: it halves the time on noisy pictures and keeps zbar's other decoders, and their warnings
on standard error, out of it. Only the child process imports the libraries.
"""

from collections.abc import Iterator
from functools import cache
from types import ModuleType
from typing import NamedTuple

import zxingcpp
from PIL.Image import Image

from idtui.domain.symbology import Symbology

_FORMATS = {
    zxingcpp.BarcodeFormat.Code128: Symbology.CODE_128,
    zxingcpp.BarcodeFormat.Code39: Symbology.CODE_39,
    zxingcpp.BarcodeFormat.ITF: Symbology.ITF,
    zxingcpp.BarcodeFormat.QRCode: Symbology.QR,
    zxingcpp.BarcodeFormat.DataMatrix: Symbology.DATAMATRIX,
}
_LINEAR = tuple(_FORMATS)[:3]
_MATRIX = tuple(_FORMATS)[3:]

_OF_ZBAR = {
    "CODE128": Symbology.CODE_128,
    "CODE39": Symbology.CODE_39,
    "I25": Symbology.ITF,
    "QRCODE": Symbology.QR,
}


class Seen(NamedTuple):
    """One code as a library gave it."""

    symbology: Symbology
    data: bytes


def every(picture: Image) -> Iterator[Seen]:
    """Read with zxing-cpp."""
    return _zxing(picture, tuple(_FORMATS))


def linear(picture: Image) -> Iterator[Seen]:
    """Read codes in one dimension with zxing-cpp."""
    return _zxing(picture, _LINEAR)


def matrix(picture: Image) -> Iterator[Seen]:
    """Read QR and DataMatrix with zxing-cpp."""
    return _zxing(picture, _MATRIX)


def _zxing(picture: Image, formats: tuple[zxingcpp.BarcodeFormat, ...]) -> Iterator[Seen]:
    for code in zxingcpp.read_barcodes(
        picture, formats=zxingcpp.BarcodeFormats(formats), text_mode=zxingcpp.TextMode.Plain
    ):
        yield Seen(_FORMATS[code.format], code.bytes)


def zbar(picture: Image) -> Iterator[Seen]:
    """Read with zbar; nothing where its library is not installed."""
    library = _pyzbar()
    if library is None:
        return
    symbols = [library.ZBarSymbol[name] for name in _OF_ZBAR]
    for symbol in library.decode((picture.tobytes(), *picture.size), symbols=symbols):
        yield Seen(_OF_ZBAR[symbol.type], bytes(symbol.data))


@cache
def _pyzbar() -> ModuleType | None:
    try:
        from pyzbar import pyzbar  # noqa: PLC0415  # its import fails where libzbar0 is missing
    except ImportError:
        return None
    library: ModuleType = pyzbar
    return library
