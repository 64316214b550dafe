"""TinyDB as the query face: `Query`, `search`, `get`, `contains`, `count` over the journal's entries.

A document is the JSON form of one entry, its id the entry's sequence. Documents are decoded at each
access, so what a caller does to one never reaches the store. Adding is durable; nothing can be changed.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from tinydb.storages import Storage
from tinydb.table import Table

from idtui.domain.entries import Entry
from idtui.domain.text import say
from idtui.store.codec import document_of, from_document
from idtui.store.errors import AppendOnly

NAME = "entries"


class _Documents(Mapping[str, dict[str, Any]]):
    """The payloads as TinyDB sees a table: documents by id, the entry's sequence as text.

    `sequences` ascend and stand beside the payloads.
    """

    def __init__(self, payloads: Sequence[bytes], sequences: Sequence[int]) -> None:
        self._payloads = payloads
        self._sequences = sequences

    def __getitem__(self, doc_id: str) -> dict[str, Any]:
        sequence = int(doc_id) if doc_id.isdecimal() else 0
        position = bisect_left(self._sequences, sequence)
        if position == len(self._sequences) or self._sequences[position] != sequence:
            raise KeyError(doc_id)
        return document_of(self._payloads[position])

    def __iter__(self) -> Iterator[str]:
        return map(str, tuple(self._sequences))

    def __len__(self) -> int:
        return len(self._payloads)


class JournalStorage(Storage):
    """The journal as a TinyDB storage that can be read and never rewritten."""

    def __init__(self, payloads: Sequence[bytes], sequences: Sequence[int]) -> None:
        self._documents = _Documents(payloads, sequences)

    def read(self) -> dict[str, Any]:
        """Return the one table, its documents decoded when asked for."""
        return {NAME: self._documents}

    def write(self, data: dict[str, dict[str, Any]]) -> NoReturn:  # noqa: ARG002  # TinyDB's signature
        """Refuse: TinyDB calls this to change or drop what is stored."""
        raise AppendOnly(say("store.append_only"))


class EntryTable(Table):
    """The entries as a TinyDB table."""

    def __init__(
        self, payloads: Sequence[bytes], sequences: Sequence[int], append: Callable[[Entry], None]
    ) -> None:
        # Cached results would be shared between callers, who may change them.
        super().__init__(JournalStorage(payloads, sequences), NAME, cache_size=0)
        self._append = append

    def insert(self, document: Mapping[str, Any]) -> int:
        """Append one entry durably and return its id. Raises `NotUnderstood`, `CannotSave`."""
        return self.insert_multiple([document])[0]

    def insert_multiple(self, documents: Iterable[Mapping[str, Any]]) -> list[int]:
        """Append entries durably, one by one, after all of them were understood; return their ids."""
        entries = [from_document(document) for document in documents]
        for entry in entries:
            self._append(entry)
        return [entry.sequence for entry in entries]

    def _update_table(self, updater: Callable[[dict[int, Mapping[str, Any]]], None]) -> NoReturn:  # noqa: ARG002  # TinyDB's signature
        """Refuse update, upsert, remove and truncate, which all come through here."""
        raise AppendOnly(say("store.append_only"))
