import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from idtui.domain.entries import KINDS, Declined, Draft, Entry, Verification
from idtui.domain.errors import NotUnderstood
from idtui.domain.rules import Means, Why
from idtui.store.codec import decode, encode

offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(1900, 1, 2), datetime(2200, 1, 1), timezones=offsets)  # noqa: DTZ001  # hypothesis asks for naive bounds
st.register_type_strategy(datetime, moments)
st.register_type_strategy(int, st.integers(-(2**31), 2**31))


def entries_of(kind: str) -> st.SearchStrategy[Any]:
    return st.from_type(KINDS[kind])


any_entry = st.sampled_from(sorted(KINDS)).flatmap(entries_of)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_comes_back_as_it_was(kind: str) -> None:
    @given(entries_of(kind))
    def there_and_back(entry: Entry) -> None:
        frozen = encode(entry)
        again = decode(frozen)
        assert again == entry
        assert type(again) is type(entry)
        assert encode(again) == frozen

    there_and_back()


@given(any_entry)
def test_a_moment_keeps_its_offset(entry: Entry) -> None:
    assert decode(encode(entry)).recorded_at.utcoffset() == entry.recorded_at.utcoffset()


@given(any_entry)
def test_an_entry_is_one_line_that_begins_with_its_kind(entry: Entry) -> None:
    frozen = encode(entry)
    assert frozen.startswith(b'{"kind":"%s",' % entry.kind.encode())
    assert b"\n" not in frozen


@given(any_entry, st.data())
def test_an_unknown_field_anywhere_is_refused(entry: Entry, data: st.DataObject) -> None:
    document = json.loads(encode(entry))
    places = [document]
    for place in places:
        for value in place.values():
            inner = value if isinstance(value, list) else [value]
            places.extend(one for one in inner if isinstance(one, dict))
    data.draw(st.sampled_from(places))["surprise"] = 1
    with pytest.raises(NotUnderstood):
        decode(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (b"", "store.entry_not_json"),
        (b"[]", "store.entry_not_json"),
        (b'{"kind":"\xff"}', "store.entry_not_json"),
        (b'{"kind":' + b"[" * 100_000, "store.entry_not_json"),
        (b"{}", "store.unknown_kind"),
        (b'{"kind":"verdict"}', "store.unknown_kind"),
        (b'{"kind":"draft"}', "store.bad_field"),
    ],
)
def test_what_is_no_entry_is_refused(broken: bytes, message: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        decode(broken)
    assert refused.value.message.id == message


def test_an_unknown_field_is_named_by_its_place_in_a_list(
    verification: Callable[[int], Verification],
) -> None:
    known = replace(verification(1), declined=(Declined(means=Means.EID, why=Why.NOT_SHOWN),) * 2)
    document = json.loads(encode(known))
    document["declined"][1]["novelty"] = 1
    with pytest.raises(NotUnderstood) as refused:
        decode(json.dumps(document).encode())
    assert refused.value.message.parameters["field"] == "$.declined[1].novelty"


def test_a_refusal_names_the_place_and_quotes_nothing() -> None:
    text = '{"kind":"draft","id":"i","sequence":1,"site":"s","desk":"d","operator":"o","digits":"8507300332"'
    with pytest.raises(NotUnderstood) as refused:
        decode(f'{text},"recorded_at":"8507300332"}}'.encode())
    assert refused.value.message.parameters["field"] == "`$.recorded_at`"
    assert refused.value.__cause__ is None


def test_a_draft_of_a_version_before_it_kept_a_visit_is_read() -> None:
    old = (
        b'{"kind":"draft","id":"1","sequence":3,"site":"","desk":"d","operator":"o",'
        b'"recorded_at":"2026-11-22T23:41:00+01:00","operator_proven":false,"delegator":null,"training":false,'
        b'"digits":"8507","care_over":true,"nothing_shown":false,"document_shown":null,"detainee":false,'
        b'"road":null,"day":""}'
    )
    draft = decode(old)
    assert isinstance(draft, Draft)
    assert (draft.digits, draft.care_over, draft.care, draft.is_closed) == ("8507", True, None, False)
    assert decode(old.replace(b'"8507"', b'""')).is_closed  # type: ignore[union-attr]  # a draft too
