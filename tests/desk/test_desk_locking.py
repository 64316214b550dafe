"""The lock: nothing of a patient is shown, the passphrase opens, and everything is as it was."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from desk_fakes import GOOD, FailingLater, HandCourier, HandDoor, HandPhones, Made

from idtui.desk import commands
from idtui.desk.commands import Own
from idtui.desk.events import (
    BatchAnswered,
    CameraEnded,
    CardFailed,
    CardRead,
    CodeScanned,
    DoorOpened,
    DoorStaysShut,
    PhoneAwaited,
    PhoneConfirmed,
    Receipt,
    ScanCutShort,
)
from idtui.desk.locking import HALF_TYPED, LONGEST
from idtui.desk.ports import Post
from idtui.desk.state import DeskState, Overlay
from idtui.domain.entries import Draft, Verification
from idtui.domain.path import Confirmed, Phase, Settings
from idtui.domain.reading import CardFailure, PartialDate
from idtui.domain.scan import Found
from idtui.domain.text import Message, say

NISS = "85073003328"
TEN = timedelta(minutes=10)
STICKER = Found(niss=NISS, count=1, alone=True)


def idle_locked(**things: HandCourier | HandPhones) -> Made:
    return Made(lock_after=TEN, **things).started()  # type: ignore[arg-type]  # one kind each


def locked(made: Made) -> Made:
    made.keys("ctrl+l")
    assert made.desk.state.locked is not None
    return made


def opened(made: Made) -> Made:
    made.door.post(DoorOpened())
    assert made.desk.state.locked is None
    return made


def read() -> Made:
    made = Made().started()
    made.cards.show(GOOD)
    return made


def told(made: Made) -> Message | None:
    assert made.desk.state.locked is not None
    return made.desk.state.locked.told


def phase(made: Made) -> Phase:
    return made.desk.state.ladder.phase


@pytest.mark.parametrize("key", ["ctrl+l", "f8"])
def test_one_key_locks_and_the_passphrase_brings_everything_back(key: str) -> None:
    made = read()
    before = made.desk.state
    made.keys(key)
    assert made.desk.state.locked is not None
    assert made.desk.state.locked.since == made.clock.now()
    assert phase(made) is Phase.WAITING
    made.keys(*"Hôpital 1", "enter")
    assert made.door.asked == ["Hôpital 1"]
    assert told(made) == say("lock.trying")
    made.door.post(DoorOpened())
    assert made.desk.state == before


def test_a_wrong_passphrase_is_told_and_opens_nothing() -> None:
    made = locked(read()).keys(*"wrong", "enter")
    made.door.post(DoorStaysShut(say("lock.wrong", seconds=4)))
    assert told(made) == say("lock.wrong", seconds=4)
    made.keys(*"right", "enter")
    assert made.door.asked == ["wrong", "right"]
    opened(made)
    assert phase(made) is Phase.READ


def test_one_try_at_a_time_and_the_seconds_left_are_told() -> None:
    made = locked(read())
    made.door.pause = 8.0
    made.keys(*"one", "enter")
    assert told(made) == say("lock.waits", seconds=8)
    made.clock.moment += timedelta(seconds=2.5)
    made.keys(*"two", "enter")
    assert made.door.asked == ["one"]
    assert told(made) == say("lock.waits", seconds=6)
    made.clock.moment += timedelta(minutes=1)
    made.keys("enter")
    assert told(made) == say("lock.trying")
    made.door.post(DoorStaysShut(say("lock.wrong", seconds=16)))
    made.keys("enter")
    assert made.door.asked == ["one", "two"]  # typed while the first was waiting


def test_what_is_typed_shows_nowhere_not_even_its_length() -> None:
    made = locked(read())
    before = made.desk.state
    for key in ("a", "é", "1", " ", "backspace", "escape", "tab", "up", "backspace"):
        made.keys(key)
        assert made.desk.state == before


def test_erasing_takes_a_whole_letter_and_escape_everything() -> None:
    made = locked(read()).keys(*"aé€", "backspace", "backspace", "b", "enter")
    assert made.door.asked == ["ab"]
    made.door.post(DoorStaysShut(say("lock.wrong", seconds=1)))
    made.keys(*"abc", "escape", "enter")
    assert made.door.asked == ["ab"], "nothing typed is no try"
    made.keys(*"d", "enter")
    assert made.door.asked == ["ab", "d"]


def test_a_passphrase_ends_where_that_of_the_command_line_does() -> None:
    made = locked(read()).keys(*"a" * (LONGEST + 10), "enter")
    assert made.door.asked == ["a" * LONGEST]


def test_what_was_typed_is_overwritten() -> None:
    made = locked(read()).keys(*"secret")
    kept = made.desk._locking._typed
    view = memoryview(kept)
    with pytest.raises(BufferError):
        made.keys("escape")  # overwritten first; only then its room is given back, which the view forbids
    assert bytes(view) == bytes(6)
    view.release()
    made.keys(*"se", "enter")
    assert not kept


def test_a_passphrase_left_half_typed_is_wiped() -> None:
    made = locked(read()).keys(*"half")
    made.clock.moment += HALF_TYPED - timedelta(seconds=1)
    made.desk.tick()
    made.keys("x")
    made.clock.moment += HALF_TYPED
    made.desk.tick()
    made.keys(*"whole", "enter")
    assert made.door.asked == ["whole"]


@pytest.mark.parametrize("command", commands.COMMANDS, ids=lambda command: str(command.id))
def test_no_command_does_anything(command: commands.Command) -> None:
    made = locked(read())
    before, kept = made.desk.state, list(made.journal.kept)
    assert made.desk.commands() == ()
    assert made.desk.why_not(command) == say("why_not.locked")
    made.desk.press(command)
    for key in (command.key, *command.aliases):
        if key != "enter":
            made.keys(key)
    assert made.desk.state == before
    assert made.journal.kept == kept
    assert not before.ended
    opened(made)
    assert phase(made) is Phase.READ


# By itself


def locks_in_ten_minutes(made: Made) -> None:
    made.clock.moment += TEN - timedelta(seconds=1)
    made.desk.tick()
    assert made.desk.state.locked is None
    made.clock.moment += timedelta(seconds=1)
    made.desk.tick()
    assert made.desk.state.locked is not None


def test_a_desk_at_which_nobody_does_anything_is_locked() -> None:
    made = idle_locked()
    locks_in_ten_minutes(made)


def test_without_the_setting_only_a_person_locks() -> None:
    made = Made().started()
    made.clock.moment += timedelta(days=2)
    made.desk.tick()
    assert made.desk.state.locked is None


ACTS: dict[str, Callable[[Made], object]] = {
    "key": lambda made: made.keys("h"),
    "key that does nothing": lambda made: made.keys("f12"),
    "card": lambda made: made.cards.insert(),
    "card taken out": lambda made: made.cards.remove(),
    "scan": lambda made: made.desk.handle(CodeScanned(STICKER)),
    "cut scan": lambda made: made.desk.handle(ScanCutShort()),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_whoever_does_something_puts_the_lock_off(act: Callable[[Made], object]) -> None:
    made = idle_locked()
    made.clock.moment += TEN - timedelta(seconds=1)
    act(made)
    locks_in_ten_minutes(made)


def test_the_hub_and_the_reader_put_nothing_off() -> None:
    made = idle_locked(courier=HandCourier())
    made.clock.moment += TEN - timedelta(seconds=1)
    made.desk.handle(BatchAnswered(()))
    made.cards.start(made.desk.handle)
    made.clock.moment += timedelta(seconds=1)
    made.desk.tick()
    assert made.desk.state.locked is not None


def test_the_first_key_after_a_laptop_slept_only_locks() -> None:
    made = idle_locked()
    made.cards.show(GOOD)
    made.clock.moment += TEN
    made.keys("enter")
    assert made.desk.state.locked is not None
    assert made.journal.kept == []
    made.keys(*"p", "enter")
    assert made.door.asked == ["p"]


def test_a_card_or_scan_after_a_laptop_slept_finds_a_locked_desk() -> None:
    made = idle_locked()
    made.clock.moment += TEN
    made.cards.show(GOOD)
    assert made.desk.state.locked is not None
    opened(made)
    assert phase(made) is Phase.READ
    made.clock.moment += TEN
    made.desk.handle(CodeScanned(STICKER))
    assert told(made) == say("lock.scan")


def test_a_clock_put_back_does_not_put_the_lock_off() -> None:
    made = idle_locked()
    made.clock.moment -= timedelta(hours=5)
    made.desk.tick()
    made.clock.moment += TEN
    made.desk.tick()
    assert made.desk.state.locked is not None


def test_an_unlocked_desk_counts_anew() -> None:
    made = locked(idle_locked())
    made.clock.moment += timedelta(hours=3)
    made.desk.tick()
    opened(made)
    made.desk.tick()
    assert made.desk.state.locked is None


# What goes on


def test_sending_and_receipts_go_on() -> None:
    courier = HandCourier()
    made = Made(courier=courier).started()
    made.cards.show(GOOD)
    made.keys("enter")
    locked(made)
    made.clock.moment += timedelta(minutes=3)
    made.desk.tick()
    assert [entry.kind for entry in courier.given] == ["verification"]
    assert made.desk.state.delivery.sending
    courier.busy = False
    made.desk.handle(BatchAnswered((Receipt(courier.given[0].id),)))
    assert made.journal.kept[-1].kind == "receipt"
    assert made.desk.state.delivery.waiting == 0
    assert made.desk.state.delivery.last_receipt == made.clock.now()


def test_a_phone_that_confirms_meanwhile_has_confirmed() -> None:
    phones = HandPhones()
    made = Made(phones=phones, settings=Settings(itsme=True)).started().keys("t")
    phones.post(PhoneAwaited(1, "HTTPS://ITSME.HOSPITAL.EXAMPLE/I/ABCDEFGHJK", 300))
    locked(made)
    zoe = Confirmed(NISS, "SPECIMEN", "Zoé Modèle", PartialDate(1985, 7, 30))
    phones.post(PhoneConfirmed(1, zoe))
    assert made.desk.state.phone is None
    opened(made)
    assert made.desk.state.ladder.confirmed == zoe


# Cards and scans


def test_a_card_put_in_meanwhile_is_shown_at_the_unlocking_as_read_when_it_was() -> None:
    made = locked(Made().started())
    before = made.desk.state
    made.cards.show(GOOD)
    assert made.desk.state == before
    read_at = made.clock.now()
    made.clock.moment += timedelta(minutes=20)
    opened(made)
    assert phase(made) is Phase.READ
    made.keys("enter")
    (entry,) = made.journal.kept
    assert isinstance(entry, Verification)
    assert entry.verified_at == read_at
    assert entry.recorded_at == made.clock.now()


def test_a_card_that_came_and_went_was_never_here() -> None:
    made = Made().started()
    before = made.desk.state
    locked(made)
    for _ in range(3):
        made.cards.show(GOOD)
        made.cards.remove()
    opened(made)
    assert made.desk.state == before


def test_of_several_cards_only_the_last_is_held_also_where_no_removal_was_told() -> None:
    made = locked(Made().started())
    made.cards.show(GOOD)
    made.cards.insert(CardFailed(2, CardFailure.MUTE))
    opened(made)
    assert phase(made) is Phase.UNREADABLE
    assert made.desk.state.ladder.contact == 2
    assert made.desk.state.ladder.reading is None


def test_the_patient_at_hand_stays_when_his_card_goes() -> None:
    made = locked(read())
    made.cards.remove()
    opened(made)
    assert phase(made) is Phase.READ
    assert made.desk.state.ladder.contact is None


def test_a_card_being_read_when_the_desk_is_locked_is_shown_even_if_it_goes() -> None:
    made = Made().started()
    made.cards.insert()
    locked(made)
    made.desk.handle(CardRead(1, GOOD))
    made.cards.remove()
    opened(made)
    assert phase(made) is Phase.READ
    assert made.desk.state.ladder.contact is None


def test_a_typed_number_is_not_displaced_by_a_card_put_in_meanwhile() -> None:
    made = locked(Made().started().keys("n", "8", "5"))
    made.cards.show(GOOD)
    opened(made)
    assert phase(made) is Phase.TYPING
    assert made.desk.state.ladder.digits == "85"


def test_a_scan_does_nothing_but_say_so() -> None:
    made = locked(Made().started()).keys(*"half")
    made.desk.handle(CodeScanned(STICKER))
    assert told(made) == say("lock.scan")
    made.keys(*"whole", "enter")
    assert made.door.asked == ["whole"]
    opened(made)
    assert phase(made) is Phase.WAITING


class Eye:
    """A camera that counts how often it was stopped."""

    def __init__(self) -> None:
        self.stopped = 0

    def look(self, post: Post) -> None:
        self.post = post

    def stop(self) -> None:
        self.stopped += 1


def test_the_camera_ends_and_what_it_saw_last_does_nothing() -> None:
    camera = Eye()
    made = Made(camera=camera).started().keys("b")
    locked(made)
    assert camera.stopped == 1
    camera.post(CodeScanned(STICKER))
    assert told(made) == say("lock.scan")
    camera.post(CameraEnded(say("camera.none")))
    opened(made)
    assert made.desk.state.overlay is Overlay.NONE
    assert phase(made) is Phase.WAITING


# What is kept


def test_a_number_begun_is_a_draft_while_the_desk_is_locked_and_closed_by_its_entry() -> None:
    made = locked(Made().started().keys("n", *NISS[:4]))
    (draft,) = made.journal.kept
    assert isinstance(draft, Draft)
    assert draft.digits == NISS[:4]
    opened(made)
    locked(made)
    assert len(made.journal.kept) == 1, "the same draft is not kept twice"
    opened(made).keys(*NISS[4:], "l")
    kinds = [entry.kind for entry in made.journal.kept]
    assert kinds == ["draft", "verification", "draft"]
    assert made.journal.last("draft").digits == ""  # type: ignore[union-attr]  # there is one


def test_more_digits_make_a_new_draft() -> None:
    made = opened(locked(Made().started().keys("n", "8"))).keys("5")
    locked(made)
    assert [entry.digits for entry in made.journal.kept if isinstance(entry, Draft)] == ["8", "85"]


def test_a_desk_that_ends_locked_resumes_its_patient_at_the_next_start() -> None:
    made = locked(Made().started().keys("n", *NISS[:4]))
    made.keys(*"half")
    made.desk.stop()
    assert made.door.stopped
    assert [entry.kind for entry in made.journal.kept] == ["draft"]
    made.journal.closed = False
    again = Made(journal=made.journal).started()
    assert again.desk.state.locked is None  # it was opened with the passphrase
    assert again.desk.state.ladder.digits == NISS[:4]


def test_a_disk_that_keeps_no_draft_keeps_no_desk_open() -> None:
    journal = FailingLater()
    made = Made(journal=journal).started().keys("n", "8")
    journal.full = True
    locked(made)
    opened(made)
    assert made.desk.state.notice is not None
    assert made.desk.state.notice.message == say("store.full")
    assert made.desk.state.ladder.digits == "8"


SCREENS: dict[str, tuple[str, ...]] = {
    "help": ("h",),
    "journal": ("enter", "j"),
    "entry": ("enter", "j", "enter"),
    "field": ("enter", "j", "enter", "c", "v", *"V009"),
    "search": ("enter", "j", *"specim"),
    "worklist": ("enter", "r", *"V0093121", "enter", "l"),
    "photo": ("f",),
}


@pytest.mark.parametrize("keys", SCREENS.values(), ids=SCREENS)
def test_what_lies_over_the_desk_is_locked_as_well(keys: tuple[str, ...]) -> None:
    made = read().keys(*keys)
    panel = made.desk.state.panel
    locked(made)
    state = made.desk.state
    assert state == DeskState(
        station=state.station, ladder=type(state.ladder)(), delivery=state.delivery, locked=state.locked
    )
    opened(made)
    assert made.desk.state.panel == panel
    assert made.desk.state.overlay is Overlay.NONE


def test_in_training_the_passphrase_is_told() -> None:
    made = locked(Made(door=HandDoor(word="training")).started())
    assert made.desk.state.locked is not None
    assert made.desk.state.locked.word == "training"


def test_the_key_stands_in_the_table_of_every_phase() -> None:
    assert all(commands.resolve("ctrl+l", phase) is commands.BY_ID[Own.LOCK] for phase in Phase)
