"""What a FHIR server says it can do (CapabilityStatement), and what it lacks for taking entries once each."""

from typing import TYPE_CHECKING

import msgspec

from idtui.sync.errors import HubRefuses
from idtui.sync.exchange import LASTING, OK, exchange

if TYPE_CHECKING:
    import httpx

MEDIA_TYPE = "application/fhir+json"
FHIR_VERSION = "4.0.1"
ONCE = "conditionalCreate of Observation"
"""What keeps an entry that is sent twice from being kept twice."""

_JSON = frozenset({"json", "application/json", MEDIA_TYPE})


class _Interaction(msgspec.Struct):
    code: str = ""


class _Resource(msgspec.Struct, rename="camel"):
    type: str = ""
    conditional_create: bool = False


class _Rest(msgspec.Struct):
    resource: tuple[_Resource, ...] = ()
    interaction: tuple[_Interaction, ...] = ()


class Capabilities(msgspec.Struct, rename="camel"):
    """What is read of a CapabilityStatement (hl7.org/fhir/R4/capabilitystatement.html)."""

    fhir_version: str = ""
    format: tuple[str, ...] = ()
    rest: tuple[_Rest, ...] = ()

    @property
    def creates_once(self) -> bool:
        """Whether an Observation sent twice is stored once."""
        return any(
            resource.type == "Observation" and resource.conditional_create
            for rest in self.rest
            for resource in rest.resource
        )

    @property
    def takes_batches(self) -> bool:
        """Whether many entries go in one request."""
        return any(interaction.code == "batch" for rest in self.rest for interaction in rest.interaction)

    def lacks(self) -> tuple[str, ...]:
        """Return what is missing, in the words of FHIR; nothing when entries can be sent."""
        needed = {
            f"fhirVersion {FHIR_VERSION}": self.fhir_version == FHIR_VERSION,
            "format json": any(one in _JSON for one in self.format),
            "interaction batch": self.takes_batches,
            ONCE: self.creates_once,
        }
        return tuple(words for words, there in needed.items() if not there)


async def capabilities(client: "httpx.AsyncClient", hub: str) -> Capabilities:
    """Return what the server at this FHIR base address says of itself.

    Raises `HubRefuses` when it gives no statement, and what `exchange` raises.
    """
    answer = await exchange(client, "GET", f"{hub.rstrip('/')}/metadata", {"Accept": MEDIA_TYPE})
    if answer.status != OK:
        raise HubRefuses(f"GET metadata: HTTP {answer.status}", lasting=answer.status in LASTING)
    try:
        return msgspec.json.decode(answer.body, type=Capabilities)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise HubRefuses("GET metadata: CapabilityStatement?") from None
