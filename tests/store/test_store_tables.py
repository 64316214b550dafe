from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tinydb import Query, TinyDB, where

from idtui.domain.entries import Verification
from idtui.domain.errors import NotUnderstood
from idtui.store.codec import document_of, encode
from idtui.store.desk_store import DeskStore
from idtui.store.errors import AppendOnly
from idtui.store.index import StoredEntries
from idtui.store.tables import EntryTable, JournalStorage

Open = Callable[[], DeskStore]
Look = Callable[[], StoredEntries]
Make = Callable[[int], Verification]


@pytest.fixture
def store(opened: Open, verification: Make) -> Iterator[DeskStore]:
    store = opened()
    for sequence in (1, 2, 3):
        store.append(verification(sequence))
    yield store
    store.close()


def test_queries_work_as_usual(store: DeskStore) -> None:
    table, entry = store.table, Query()
    assert [document.doc_id for document in table.search(entry.sequence > 1)] == [2, 3]
    assert table.search(entry.episode.visit == "V0000001")[0]["name"] == "SPECIMEN"
    assert table.search(entry.kind == "pending") == []
    by_id = table.get(doc_id=2)
    assert by_id is not None
    assert by_id["sequence"] == 2
    by_query = table.get(entry.sequence == 3)
    assert by_query is not None
    assert by_query.doc_id == 3
    assert [document.doc_id for document in table.get(doc_ids=[1, 3])] == [1, 3]
    assert table.get(doc_id=4) is None
    assert table.get(doc_id=0) is None
    assert table.contains(where("niss") == "85073003328")
    assert not table.contains(doc_id=9)
    assert table.count(where("means") == "eid") == len(table) == len(table.all()) == 3
    assert [document["sequence"] for document in table] == [1, 2, 3]


def test_a_table_sees_what_is_appended_later(store: DeskStore, verification: Make) -> None:
    table = store.table
    assert table.count(where("sequence") >= 3) == 1
    store.append(verification(4))
    assert table.count(where("sequence") >= 3) == 2


def test_inserting_appends_durably(store: DeskStore, looked: Look, verification: Make) -> None:
    documents = [document_of(encode(verification(sequence))) for sequence in (4, 5, 6)]
    assert store.table.insert(documents[0]) == 4
    assert store.table.insert_multiple(documents[1:]) == [5, 6]
    assert len(looked()) == 6
    assert store.entry(verification(5).id) == verification(5)


def test_what_is_no_entry_is_not_inserted_nor_its_neighbours(store: DeskStore, verification: Make) -> None:
    good = document_of(encode(verification(4)))
    with pytest.raises(NotUnderstood):
        store.table.insert_multiple([good, {"kind": "verification"}])
    assert len(store.table) == 3


def test_a_document_changed_by_its_reader_changes_nothing(store: DeskStore) -> None:
    query = where("sequence") == 1
    reads: tuple[Callable[[], Any], ...] = (
        lambda: store.table.search(query)[0],
        lambda: store.table.get(doc_id=1),
    )
    for read in reads:
        document = read()
        document["niss"] = "0"
        document["episode"]["visit"] = "changed"
        again = read()
        assert again["niss"] == "85073003328"
        assert again["episode"]["visit"] == "V0000001"


@pytest.mark.parametrize(
    "change",
    [
        lambda table: table.update({"niss": "0"}),
        lambda table: table.update({"niss": "0"}, where("sequence") == 1),
        lambda table: table.update_multiple([({"niss": "0"}, where("sequence") == 1)]),
        lambda table: table.upsert({"niss": "0"}, where("sequence") == 1),
        lambda table: table.upsert({"niss": "0"}, where("sequence") == 99),
        lambda table: table.remove(doc_ids=[1]),
        lambda table: table.remove(where("sequence") == 1),
        lambda table: table.truncate(),
    ],
)
def test_changing_is_refused(store: DeskStore, folder: Path, change: Callable[[EntryTable], object]) -> None:
    before = (folder / "segment-00000001").read_bytes()
    with pytest.raises(AppendOnly) as refused:
        change(store.table)
    assert refused.value.message.id == "store.append_only"
    assert (folder / "segment-00000001").read_bytes() == before


def test_dropping_is_refused_also_for_a_whole_database(store: DeskStore, verification: Make) -> None:
    database = TinyDB(storage=lambda: JournalStorage([encode(verification(1))], [1]))
    assert database.tables() == {"entries"}
    assert len(database.table("entries")) == 1
    for drop in (database.drop_tables, lambda: database.drop_table("entries")):
        with pytest.raises(AppendOnly):
            drop()
    assert len(database.table("entries")) == 1


def test_a_store_opened_to_be_read_takes_no_inserts(
    store: DeskStore, looked: Look, verification: Make
) -> None:
    view = looked()
    assert view.table.count(where("means") == "eid") == 3
    with pytest.raises(AppendOnly) as refused:
        view.table.insert(document_of(encode(verification(4))))
    assert refused.value.message.id == "store.read_only"
