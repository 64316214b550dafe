"""The shape of what desks send, checked field by field; what is not described here is refused.

The classes mirror docs/fhir.md. Control characters are looked for by `checks` in the whole: a pattern on
every string would cost more than all the rest.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1, max_length=400)]
Name = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f\x7f-\x9f]+\Z")]


class _Shape(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True, rename="camel"):
    """Base: an unknown field is an error, an absent one is not written."""


class Coding(_Shape):
    """A code of a system."""

    system: Text
    code: Text


class Concept(_Shape):
    """A CodeableConcept of exactly one coding."""

    coding: Annotated[list[Coding], Meta(min_length=1, max_length=1)]


class Identifier(_Shape):
    """A value of an identifier system; it may be a person's number, so its repr shows none."""

    system: Text
    value: Text

    def __repr__(self) -> str:
        return f"Identifier({self.system})"


class Reference(_Shape):
    """A logical reference: a type and an identifier, never an address."""

    type: Text
    identifier: Identifier


class Marks(_Shape):
    """The `meta` of a resource: only the mark of test data."""

    security: Annotated[list[Coding], Meta(min_length=1, max_length=1)]


class Component(_Shape):
    """One component; which value it must have is checked against the table of components."""

    code: Concept
    value_codeable_concept: Concept | None = None
    value_string: Text | None = None
    value_boolean: bool | None = None
    value_integer: Annotated[int, Meta(ge=-(2**31), lt=2**31)] | None = None
    value_date_time: Text | None = None


class Observation(_Shape):
    """The resource of one entry."""

    resource_type: Literal["Observation"]
    identifier: Annotated[list[Identifier], Meta(min_length=1, max_length=1)]
    status: Literal["final"]
    category: Annotated[list[Concept], Meta(min_length=1, max_length=1)]
    code: Concept
    effective_date_time: Text
    issued: Text
    performer: Annotated[list[Reference], Meta(min_length=1, max_length=2)]
    device: Reference
    component: Annotated[list[Component], Meta(max_length=100)]
    meta: Marks | None = None
    subject: Reference | None = None
    focus: Annotated[list[Reference], Meta(min_length=1, max_length=1)] | None = None
    derived_from: Annotated[list[Reference], Meta(min_length=1, max_length=1)] | None = None
    encounter: Reference | None = None
    value_codeable_concept: Concept | None = None
    value_string: Text | None = None


class Request(_Shape):
    """How an entry asks to be stored: created unless its identifier is known."""

    method: Literal["POST"]
    url: Literal["Observation"]
    if_none_exist: Text


class Entry(_Shape):
    """One entry of a batch."""

    request: Request
    resource: Observation
    full_url: Text = ""


class Bundle(_Shape):
    """A batch, its entries not looked into yet: one bad entry must not cost the others."""

    resource_type: Literal["Bundle"]
    type: Literal["batch"]
    entry: Annotated[list[msgspec.Raw], Meta(min_length=1)]
