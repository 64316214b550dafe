"""What a scanned code says of a person: one NISS, how it was read, and which support it is on if known."""

from idtui.domain.rules import EntryType, Means
from idtui.domain.text import Private


class ScannedCode(Private, frozen=True):
    """One code with exactly one NISS whose check number is right.

    `support` is known only where a profile of the site recognised the content, `serial` likewise: the
    contents of all codes but the sticker's are not public. `alone` says that the code holds the number and
    nothing else. `symbology` is the decoder's word, empty where a keyboard scanner did not tell.
    """

    niss: str
    entry: EntryType
    symbology: str = ""
    alone: bool = True
    support: Means | None = None
    serial: str | None = None

    @property
    def may_be_vignette(self) -> bool:
        """Whether it may be a mutuality sticker: Code 128 with the NISS alone (C-10, X-4)."""
        return self.alone and self.entry is EntryType.BARCODE and self.symbology in ("", "Code128")
