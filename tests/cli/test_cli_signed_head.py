"""`idtui journal verify --head` with a head that the hub signed: a cut shows, a forgery does not count."""

import json
import os
from pathlib import Path

import pytest
from cli_calls import Idtui
from joserfc import jws
from joserfc.jwk import ECKey

from idtui.cli.exits import Exit
from idtui.store.frames import scan

KEY = ECKey.generate_key("P-256")
CLAIM = b'{"niss": "85073003328", "means": "eid", "entry": "manual", "reason": "pre.reader_unavailable"}\n'


@pytest.fixture
def filled(idtui: Idtui, store: tuple[str, ...]) -> tuple[str, ...]:
    """Record three entries."""
    assert idtui("record", *store, stdin=CLAIM * 3).code == Exit.DONE
    return store


def signed(head: str, frames: int, typ: str = "idtui-head+jwt") -> str:
    said = {"desk": "d", "head": head, "frames": frames, "records": 1, "at": "2026-11-22T02:00:00+00:00"}
    return jws.serialize_compact({"alg": "ES256", "typ": typ}, json.dumps(said), KEY)


@pytest.fixture
def keys(tmp_path: Path) -> str:
    file = tmp_path / "hub-keys.json"
    file.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}))
    return str(file)


def test_a_head_signed_by_the_hub_shows_what_was_cut_off(
    idtui: Idtui, filled: tuple[str, ...], tmp_path: Path, keys: str
) -> None:
    head = json.loads(idtui("journal", "info", *filled, "--json").out)["head"]
    file = tmp_path / "head.jws"
    verify = ("journal", "verify", *filled[:2], "--head", str(file))
    file.write_text(signed(head["hash"], head["sequence"]))
    assert idtui(*verify, "--hub-keys", keys).code == Exit.DONE
    path = next(Path(filled[1]).glob("segment-*"))
    os.truncate(path, scan(path.read_bytes()).frames[-2].end)
    assert idtui(*verify, "--hub-keys", keys).code == Exit.DAMAGED
    assert idtui(*verify).code == Exit.DAMAGED
    whole = signed(head["hash"], head["sequence"])
    forged = [
        whole[:-6] + "AAAAAA",
        signed(head["hash"], 0),
        signed(head["hash"], head["sequence"], "at+jwt"),
    ]
    for text in forged:
        file.write_text(text)
        assert idtui(*verify, "--hub-keys", keys).code == Exit.USAGE
