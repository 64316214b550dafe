"""Heads of journals on the hub: who went back is marked, and the hub's signature is checked at the desk."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hub_desks import SimulatedDesk

from idtui import cli
from idtui.desk.events import BatchAnswered, BatchFailed
from idtui.domain.entries import Verification
from idtui.hub.database import Database
from idtui.hub.desks import Desks, Enrolment, State
from idtui.hub.embedded import EmbeddedHub
from idtui.hub.heads import Chain, seen
from idtui.hub.schema import CHAIN_HEAD
from idtui.sync.desk_key import DeskKey
from idtui.sync.enrolment import begun, enrol
from idtui.sync.heads import NotSigned, checked_head, read_head
from idtui.sync.session import Road, connected

Make = Callable[..., Verification]
HEAD = "ab" * 32


def earlier(database: Database, minutes: int) -> None:
    """Let the heads be as much older."""
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    database.run(lambda connection: connection.execute(CHAIN_HEAD.update().values(frames_at=at)).close())


def test_a_journal_that_has_fewer_frames_than_before_is_marked_for_good(database: Database) -> None:
    def sent(frames: int) -> bool:
        database.store([], Chain("desk-1", HEAD, frames))
        return database.run(seen)["desk-1"].went_back_at is not None

    assert [sent(10), sent(12)] == [False, False]
    assert not sent(11), "a batch that was held up may be late"
    earlier(database, 2)
    assert not sent(0), "a desk that does not say it"
    assert not sent(12)
    assert sent(11)
    assert database.run(seen)["desk-1"].frames == 12
    assert sent(13), "nobody unmarks it by writing on"
    assert database.status().went_back == 1


@pytest.fixture
def hub() -> Iterator[EmbeddedHub]:
    hub = EmbeddedHub(training=False, tokens=True)
    hub.start()
    yield hub
    hub.stop()


@pytest.fixture
def road(hub: EmbeddedHub) -> Road:
    """The road of an enrolled and approved desk."""
    plain = Road(hub.url)
    asked = begun(None, hub=hub.url, site="71000000", desk="desk-1")
    shown = enrol(asked, plain)
    hub.hub.desks.decide(shown.id, State.APPROVED, "it-1")
    return msgspec.structs.replace(plain, key=asked.key, hub_keys=shown.hub_keys)


def test_a_countersigned_answer_counts_and_says_desk_head_and_frames(road: Road, verification: Make) -> None:
    with connected(road) as send:
        answer = send([verification(1)], f"{HEAD} 7")
    assert isinstance(answer, BatchAnswered)
    said = checked_head(answer.head, road.hub_keys)
    assert road.key is not None
    assert (said.desk, said.head, said.frames, said.records) == (road.key.id, HEAD, 7, 1)


def test_an_answer_of_another_hub_removes_nothing_and_is_told(road: Road, verification: Make) -> None:
    other = DeskKey.new().public
    stranger = json.dumps({"keys": [other]}).encode()
    for keys, counts in ((stranger, False), (road.hub_keys, True)):
        with connected(msgspec.structs.replace(road, hub_keys=keys)) as send:
            answer = send([verification(1)], f"{HEAD} 7")
        assert isinstance(answer, BatchAnswered) is counts
        if isinstance(answer, BatchFailed):
            assert answer.refused
            assert getattr(answer.words, "id", "") == "sync.not_countersigned"


def test_a_head_of_another_journal_is_no_answer(hub: EmbeddedHub, road: Road, verification: Make) -> None:
    """A signature the hub once gave, shown again by somebody else, is not over this head."""
    assert hub.hub.tokens is not None
    assert road.key is not None
    old = hub.hub.tokens.countersign(Chain(road.key.id, "cd" * 32, 1), 1)
    tokens = hub.hub.tokens
    tokens.countersign = lambda *_: old  # type: ignore[method-assign]  # what a forger would show
    with connected(road) as send:
        assert isinstance(send([verification(1)], f"{HEAD} 7"), BatchFailed)


def test_what_is_no_head_is_refused() -> None:
    for text in ("", "a.b", "a.b.c", "a.e30.c", "x" * 9000, "\u20ac.\u20ac.\u20ac"):
        with pytest.raises(NotSigned):
            read_head(text)


def test_the_heads_are_listed_and_what_went_back_is_told(
    database_url: str, verification: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    database = Database(database_url)
    desk = SimulatedDesk("http://127.0.0.1:1")
    asked = {"site": desk.site, "desk": desk.name, "key": desk.public_key}
    Desks(database).enrol(msgspec.convert(asked, Enrolment), approved_by="it")
    database.store([], Chain(desk.id, HEAD, 9))
    earlier(database, 5)
    database.store([], Chain(desk.id, HEAD, 8))
    database.close()
    desk.close()
    assert cli.run(["hub", "desk", "list", "--database", database_url, "--json"]) == 0
    (listed,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (listed["journal"]["head"], listed["journal"]["frames"]) == (HEAD, 9)
    assert listed["journal"]["went_back_at"]
    assert cli.run(["hub", "desk", "list", "--database", database_url, "--lang", "en"]) == 0
    told = capsys.readouterr()
    assert HEAD[:16] in told.out
    assert "held less" in told.err
    assert cli.run(["hub", "status", "--database", database_url, "--lang", "en"]) == 0
    assert "once held less" in capsys.readouterr().err
