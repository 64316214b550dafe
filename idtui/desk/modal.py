"""The panels that lie over the desk: the newest takes the keys, those below it wait."""

from collections.abc import Callable

import msgspec

from idtui.desk import panels
from idtui.desk.board import Board
from idtui.desk.panels import Listing, Panel, Prompt, Sheet
from idtui.desk.parts import Part
from idtui.domain.text import Message, say


class _Open(msgspec.Struct):
    make: Callable[[], Panel]
    picked: Callable[[str], None]
    more: Callable[[str], None] | None
    panel: Panel


class Modal(Part):
    """A pile of panels. Each is made anew by its maker when it comes up again and when the journal grew."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._pile: list[_Open] = []

    def open(
        self,
        make: Callable[[], Panel],
        picked: Callable[[str], None],
        more: Callable[[str], None] | None = None,
    ) -> None:
        """Put a panel on top; `picked` takes the id of a row, the letter of a choice, or what was typed.

        `more` takes the id of a row at Tab.
        """
        self._board.change(notice=None)
        self._pile.append(_Open(make, picked, more, make()))
        self._show()

    def close(self) -> None:
        """Take all panels away."""
        self._pile.clear()
        self._show()

    def back(self) -> None:
        """Take the top panel away; the one below comes up as things are now."""
        self._pile.pop()
        self.journal_grew()

    def back_to_list(self) -> None:
        """Take away what lies over the newest list."""
        while self._pile and not isinstance(self._pile[-1].panel, Listing):
            self._pile.pop()
        self.journal_grew()

    def journal_grew(self) -> None:
        """Make the top panel anew, keeping what was typed and the place in it."""
        if self._pile:
            top = self._pile[-1]
            new = top.make()
            if isinstance(top.panel, Listing) and isinstance(new, Listing):
                new = top.panel.made_anew(new)
            if not isinstance(new, Prompt):
                top.panel = new
        self._show()

    def key(self, key: str, character: str | None) -> None:
        """Take one key for the top panel."""
        self._board.change(notice=None)
        top = self._pile[-1]
        if key == "escape":
            self._escape(top)
        elif isinstance(top.panel, Sheet):
            self._choose(top, top.panel, key)
        elif key == "enter":
            self._enter(top)
        elif key == "tab" and top.more and isinstance(top.panel, Listing) and top.panel.selected:
            top.more(top.panel.selected.id)
        elif changed := self._changed(top.panel, key, character):
            top.panel = changed
            self._show()
        else:
            self._board.refuse(say("why_not.no_such_key_here"))

    def scanned(self, number: str) -> None:
        """Take a scanned NISS for the top panel: it searches a list and fills a field that asks who."""
        self._board.change(notice=None)
        top = self._pile[-1]
        match top.panel:
            case Listing():
                top.panel = msgspec.structs.replace(top.panel, query=number, place=0)
                self._show()
            case Prompt(takes_scan=True):
                top.panel = msgspec.structs.replace(top.panel, typed=number)
                self._show()
            case _:
                self._board.refuse(say("scan.not_asked"))

    def labelled(self, known: str | None, labels: tuple[str, ...], why: Message) -> None:
        """Take a scanned label for the top panel; `known` is the number of a visit this desk knows.

        A list of visits is picked from, others are searched; a question for a visit is filled. Only these
        take a number nobody knows; elsewhere `why` is said.
        """
        self._board.change(notice=None)
        top = self._pile[-1]
        match top.panel:
            case Listing(takes_typed=True) if known:
                top.picked(known)
            case Listing():
                top.panel = msgspec.structs.replace(top.panel, query=known or labels[0], place=0)
                self._show()
            case Prompt(takes_label=True):
                top.panel = msgspec.structs.replace(top.panel, typed=known or labels[0])
                self._show()
            case Prompt(takes_scan=True) if known:
                top.panel = msgspec.structs.replace(top.panel, typed=known)
                self._show()
            case Prompt(takes_scan=True):
                self._board.refuse(why)
            case _:
                self._board.refuse(say("scan.not_asked"))

    @staticmethod
    def _changed(panel: Panel, key: str, character: str | None) -> Panel | None:
        match panel:
            case Listing():
                return panels.moved(panel, key, character)
            case Prompt():
                return panels.filled(panel, key, character)
            case Sheet():
                return None

    def _escape(self, top: _Open) -> None:
        if isinstance(top.panel, Listing) and top.panel.query:
            top.panel = msgspec.structs.replace(top.panel, query="", place=0)
            self._show()
        else:
            self.back()

    def _choose(self, top: _Open, sheet: Sheet, key: str) -> None:
        choice = next((choice for choice in sheet.choices if choice.key == key), None)
        if choice is None:
            self._board.refuse(say("why_not.no_such_key_here" if sheet.fields else "why_not.by_letter"))
        elif choice.why_not:
            self._board.refuse(choice.why_not)
        else:
            top.picked(choice.key)

    def _enter(self, top: _Open) -> None:
        match top.panel:
            case Prompt(typed=typed):
                top.picked(typed.strip())
            case Listing(selected=row) if row is not None:
                top.picked(row.id)
            case Listing(takes_typed=True, query=typed) if typed.strip():
                top.picked(typed.strip())
            case _:
                self._board.refuse(say("why_not.nothing_listed"))

    def _show(self) -> None:
        self._board.change(panel=self._pile[-1].panel if self._pile else None)
