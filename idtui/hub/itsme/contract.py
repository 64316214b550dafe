"""The hospital's contract with itsme: the file of `idtui hub serve --itsme`, and the keys it names."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from joserfc.jwk import RSAKey

from idtui.domain.text import clean, say
from idtui.hub.errors import HubUnavailable
from idtui.hub.itsme.keys import Keys, key_of
from idtui.sync.errors import HubAddressRefused
from idtui.sync.session import checked_address

LONGEST_ADDRESS = 64
"""Characters: with `/I/` and the short end still a code of version 3."""

_Files = Annotated[tuple[Path, ...], msgspec.Meta(min_length=1)]


class Contract(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What itsme and the hospital agreed on.

    `issuer` is the address before `/.well-known/openid-configuration`; `service` the code in the scope
    `service:CODE`; `address` the public address of this hub, without a path, under which phones reach `/i`
    and `/itsme`. Of `signing_keys` (RSA, PEM) the first signs and all are published; of `encryption_keys`
    the first is published and all decrypt, so that keys can be changed as itsme prescribes.
    `acr` is the assurance asked for: `advanced` makes the person type the itsme code. `road` is how the
    phone is reached: `ciba_qr` is not confirmed by itsme, and the name
    of the field that holds its code as a picture (PNG in base64), `qr_field`, is in no public document: itsme
    has to tell it. `authorities` (PEM) may vouch for itsme instead of
    this machine's.
    """

    issuer: str
    client_id: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    service: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    address: str
    signing_keys: _Files
    encryption_keys: _Files
    acr: Literal["basic", "advanced"] = "basic"
    road: Literal["redirect", "ciba_qr"] = "redirect"
    qr_field: str = ""
    authorities: Path | None = None

    @property
    def redirect_uri(self) -> str:
        """Where itsme sends the phone back to; registered with itsme, letter by letter."""
        return f"{self.address.rstrip('/')}/itsme/callback"

    @property
    def scope(self) -> str:
        """What is asked for."""
        return f"openid profile eid service:{self.service}"


def load(file: Path) -> Contract:
    """Read the file; names of files in it are beside it. Raises `HubUnavailable`, naming file and field."""
    name = clean(str(file))
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HubUnavailable(say("hub.itsme.wrong", file=name, why=clean(str(error)))) from None
    except OSError as error:
        raise HubUnavailable(say("hub.itsme.wrong", file=name, why=clean(error.strerror or ""))) from None

    def beside(kind: type, value: object) -> Path:
        if kind is not Path or not isinstance(value, str):
            raise TypeError("a path is written as text")
        return file.parent / Path(value).expanduser()

    try:
        contract = msgspec.convert(raw, Contract, dec_hook=beside)
        for address in (contract.issuer, contract.address):
            checked_address(address)
    except msgspec.ValidationError as error:
        raise HubUnavailable(say("hub.itsme.wrong", file=name, why=clean(str(error)))) from None
    except HubAddressRefused as refused:
        raise HubUnavailable(refused.message) from None
    if urlsplit(contract.address).path.strip("/") or len(contract.address) > LONGEST_ADDRESS:
        raise HubUnavailable(say("hub.itsme.path", file=name))
    if contract.road == "ciba_qr" and not contract.qr_field:
        raise HubUnavailable(say("hub.itsme.qr_field", file=name))
    return contract


def keys(contract: Contract) -> Keys:
    """Read the private keys; raises `HubUnavailable`, naming the file."""
    signing, encryption = (
        tuple(_key(file) for file in files) for files in (contract.signing_keys, contract.encryption_keys)
    )
    return Keys(signing, encryption)


def _key(file: Path) -> RSAKey:
    try:
        return key_of(file.read_bytes())
    except (OSError, ValueError):
        raise HubUnavailable(say("hub.itsme.key", file=clean(str(file)))) from None
