"""The tour of `idtui demo`: the main roads walked in training mode, each step checked as it is printed."""

import os
import queue
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from idtui.desk.events import BatchAnswered, Event
from idtui.domain.entries import Verification
from idtui.domain.path import Phase
from idtui.domain.reading import Problem, ReaderState, Reading
from idtui.domain.rules import Reason
from idtui.domain.text import Message, say
from idtui.seal.passphrase import Passphrase
from idtui.sync.session import deliver
from idtui.training.cards import CardKind
from idtui.training.stage import Stage
from idtui.words import Words

PATIENCE = 30.0
"""Seconds a step may take before the tour says that it failed; each takes less than two."""

TYPED_NISS = "85073003328"
"""A published test number."""


class StepFailed(Exception):
    """A step of the tour did not hold."""


def tour(
    stage: Stage, store: Path, passphrase: Passphrase, words: Words, write: Callable[[str], None]
) -> bool:
    """Walk all steps, writing one line for each; return whether all held."""
    write(words(say("demo.title")))
    guide = _Guide(stage, store, passphrase)
    try:
        for message in guide.steps():
            write(f"  {words(say('demo.ok'))}  {words(message)}")
    except StepFailed:
        write(f"  {words(say('demo.failed'))}")
        return False
    finally:
        stage.desk.stop()
    write(words(say("demo.done")))
    return True


class _Guide:
    """Drives the desk as a clerk would and looks at what it shows."""

    def __init__(self, stage: Stage, store: Path, passphrase: Passphrase) -> None:
        self._stage = stage
        self._desk = stage.desk
        self._store = store
        self._passphrase = passphrase
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()

    def steps(self) -> Iterator[Message]:
        """Yield one message for each step that held; raises `StepFailed`."""
        self._desk.start(self._events.put, lambda: None)
        yield self._card_verified()
        yield self._card_recorded()
        yield self._forgery_refused()
        yield self._forgery_not_taken()
        yield self._niss_recorded()
        yield self._read_by_another_process()
        yield self._delivered()
        yield self._resent()

    def _card_verified(self) -> Message:
        identity = self._read(CardKind.GOOD_P384, ()).identity
        return say("demo.card_verified", who=f"{identity.name} {identity.given_names}")

    def _card_recorded(self) -> Message:
        self._desk.key("enter")
        self._check(self._phase() is Phase.RECORDED and self._waiting() == 1)
        self._stage.cards.reader.remove()
        return say("demo.card_recorded")

    def _forgery_refused(self) -> Message:
        self._read(CardKind.FORGED_IDENTITY, (Problem.IDENTITY_SIGNATURE,))
        return say("demo.forged_refused", problem=say(f"problem.{Problem.IDENTITY_SIGNATURE}"))

    def _forgery_not_taken(self) -> Message:
        self._desk.key("enter")
        self._check(self._waiting() == 1)
        self._stage.cards.reader.remove()
        self._desk.key("escape")
        return say("demo.forged_enter")

    def _niss_recorded(self) -> Message:
        self._stage.cards.reader.unplug()
        self._until(lambda: self._desk.state.ladder.reader is ReaderState.NO_READER)
        for key in f"n{TYPED_NISS}l":
            self._desk.key(key, key)
        entry = self._stage.journal.last("verification")
        self._check(isinstance(entry, Verification) and entry.reason is Reason.READER_UNAVAILABLE)
        return say("demo.niss_recorded", reason=say(f"reason.{Reason.READER_UNAVAILABLE}"))

    def _read_by_another_process(self) -> Message:
        ours, theirs = os.pipe()
        with os.fdopen(theirs, "w") as writer:
            writer.write(self._passphrase.text)
        command = [sys.executable, "-m", "idtui", "list", "--json", "--store", str(self._store)]
        try:
            listed = subprocess.run(  # noqa: S603  # ourselves
                [*command, "--passphrase-fd", str(ours)],
                pass_fds=(ours,),
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
        finally:
            os.close(ours)
        count = len(listed.stdout.splitlines())
        self._check(listed.returncode == 0 and count == self._waiting())
        return say("demo.durable", count=count)

    def _delivered(self) -> Message:
        self._batch = tuple(self._stage.journal.unsent())
        self._desk.key("o")
        self._until(lambda: self._waiting() == 0)
        return say("demo.delivered", count=len(self._batch))

    def _resent(self) -> Message:
        hub = self._stage.network.hub
        if hub is None:
            raise StepFailed
        answer = deliver(hub.url, self._batch)
        records = hub.status().records
        self._check(isinstance(answer, BatchAnswered) and len(answer.receipts) == records == len(self._batch))
        return say("demo.resent", count=len(self._batch), records=records)

    def _read(self, kind: CardKind, problems: tuple[Problem, ...]) -> Reading:
        """Put a card in and return its reading, which must have just these problems."""
        self._stage.cards.insert(kind)
        self._until(lambda: self._phase() is Phase.READ)
        reading = self._desk.state.ladder.reading
        if reading is None or reading.verdict.problems != problems:
            raise StepFailed
        return reading

    def _phase(self) -> Phase:
        return self._desk.state.ladder.phase

    def _waiting(self) -> int:
        return self._desk.state.delivery.waiting

    def _until(self, holds: Callable[[], bool]) -> None:
        """Take events until the desk is where it should be."""
        deadline = time.monotonic() + PATIENCE
        while not holds():
            try:
                event = self._events.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise StepFailed from None
            self._desk.handle(event)

    @staticmethod
    def _check(holds: bool) -> None:
        if not holds:
            raise StepFailed
