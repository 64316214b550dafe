import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from tinydb import TinyDB, where

from idtui.domain.entries import Verification
from idtui.domain.errors import NotUnderstood
from idtui.store.codec import encode
from idtui.store.export import COLUMNS, csv_lines, json_lines, write_tinydb
from idtui.store.index import StoredEntries

Make = Callable[[int], Verification]


@pytest.fixture
def view(verification: Make) -> StoredEntries:
    second = replace(verification(2), name="=1+1", given_names="\x1b[2J", niss="17073003384")
    return StoredEntries([encode(verification(1)), encode(second)])


def test_json_lines_are_the_entries_as_they_are_stored(view: StoredEntries) -> None:
    assert [line.encode() for line in json_lines(view.entries())] == list(map(encode, view.entries()))


def test_csv_has_a_line_of_names_and_no_formula(view: StoredEntries) -> None:
    rows = list(csv.DictReader(csv_lines(view.entries())))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["niss"] for row in rows] == ["85073003328", "17073003384"]
    assert rows[0]["visit"] == "V0000001"
    assert (rows[1]["name"], rows[1]["given_names"]) == ("'=1+1", "\ufffd[2J")
    assert rows[0]["reason"] == ""


def test_stock_tinydb_opens_what_is_written_once_and_for_the_owner_only(
    view: StoredEntries, tmp_path: Path
) -> None:
    file = tmp_path / "export.json"
    write_tinydb(view, file)
    assert file.stat().st_mode & 0o777 == 0o600
    with TinyDB(file) as database:
        (found,) = database.table("entries").search(where("niss") == "17073003384")
        assert (found.doc_id, found["name"]) == (2, "=1+1")
    before = json.loads(file.read_text())
    with pytest.raises(NotUnderstood) as refused:
        write_tinydb(view, file)
    assert refused.value.message.id == "export.not_written"
    assert json.loads(file.read_text()) == before
