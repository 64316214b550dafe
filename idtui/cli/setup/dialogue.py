"""Questions on a terminal: Enter takes what stands in brackets, a wrong answer is asked again."""

import getpass
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from idtui.domain.errors import IdtuiError, NotUnderstood
from idtui.domain.text import Message, clean, say, was_filtered
from idtui.words import Words

LONGEST = 4096
"""Bytes of an answer; what is longer is no answer."""

EMPTY = "-"
"""The answer that empties what stands in brackets."""

YES = frozenset("ojy")
NO = frozenset("n")
"""First letters of yes and no in the four languages."""

Answer = TypeVar("Answer")


class Left(NotUnderstood):
    """The questions were left: nobody answers any more."""


class Dialogue:
    """Who is asked, in which language. Questions go to standard error, answers come from standard input."""

    def __init__(self, words: Words) -> None:
        self.words = words

    def tell(self, message: Message) -> None:
        """Say something."""
        self.write(self.words(message) + "\n")

    def write(self, text: str) -> None:
        """Write as it is."""
        sys.stderr.write(text)
        sys.stderr.flush()

    def ask(self, question: Message, default: str, read: Callable[[str], Answer]) -> Answer:
        """Return the answer as `read` understands it; its error is told and the question asked again.

        Raises `Left` when nobody answers any more.
        """
        shown = f" [{default}]" if default else ""
        while True:
            self.write(f"{self.words(question)}{shown}: ")
            try:
                text = self._line().strip() or default
                return read("" if text == EMPTY else text)
            except Left:
                raise
            except IdtuiError as error:
                self.tell(error.message)

    def choose(self, question: Message, choices: Sequence[str], default: str) -> str:
        """Return one of the words, which may be shortened as long as it stays clear."""

        def chosen(text: str) -> str:
            fitting = [choice for choice in choices if choice == text] or [
                choice for choice in choices if text and choice.startswith(text.casefold())
            ]
            if len(fitting) != 1:
                raise NotUnderstood(say("setup.choose", choices=", ".join(choices)))
            return fitting[0]

        return self.ask(question, default, chosen)

    def confirm(self, question: Message, *, default: bool) -> bool:
        """Return yes or no, by the first letter in any of the four languages."""

        def decided(text: str) -> bool:
            letter = text[:1].casefold()
            if letter not in YES | NO:
                raise NotUnderstood(say("setup.yes_or_no"))
            return letter in YES

        yes, no = self.words(say("setup.yes")), self.words(say("setup.no"))
        return self.ask(question, yes if default else no, decided)

    def secret(self, question: Message) -> str:
        """Return what is typed without showing it. Raises `Left` when nobody answers any more."""
        try:
            return getpass.getpass(self.words(question) + " ")
        except EOFError:
            raise Left(say("setup.left")) from None

    def _line(self) -> str:
        line = sys.stdin.buffer.readline(LONGEST)
        if not line:
            raise Left(say("setup.left"))
        too_long = not line.endswith(b"\n")
        while too_long and (rest := sys.stdin.buffer.readline(LONGEST)) and not rest.endswith(b"\n"):
            pass
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if too_long or was_filtered(text, LONGEST):
            raise NotUnderstood(say("setup.strange_answer"))
        return clean(text, LONGEST)
