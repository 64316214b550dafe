"""The configuration of a desk: one TOML file, strict, with defaults that work without any."""

import getpass
import os
import socket
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from idtui.desk.wedge import WedgeSettings
from idtui.domain.errors import NotUnderstood
from idtui.domain.layouts import Layout
from idtui.domain.text import clean, say
from idtui.words import LANGUAGES


class ExtraRoot(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A certificate authority trusted beside the Belgian ones, in a `file` in DER or PEM.

    `subject` are all the attributes of its signer's name, such as `CN=test RRN`; `policies` the policies, in
    dotted numbers, of which one must be there. Without them the signer's common name ends in RRN and any
    policy does.
    """

    file: Path
    subject: tuple[str, ...] = ()
    policies: tuple[Annotated[str, msgspec.Meta(pattern=r"^[0-9]+(\.[0-9]+)+$")], ...] = ()


Span = Annotated[
    str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")
]
"""From and until, such as `08:00-17:00`, in local time; `24:00` is the end of the day."""


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Administrative opening hours of the desk; a day without spans is closed.

    `holidays` closes the Belgian public holidays, `closed` further days of the hospital.
    """

    monday: tuple[Span, ...] = ()
    tuesday: tuple[Span, ...] = ()
    wednesday: tuple[Span, ...] = ()
    thursday: tuple[Span, ...] = ()
    friday: tuple[Span, ...] = ()
    saturday: tuple[Span, ...] = ()
    sunday: tuple[Span, ...] = ()
    holidays: bool = True
    closed: tuple[date, ...] = ()


class Scanning(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a hospital sets for scanner and pictures.

    `wedge` is how the scanner that types is set; `layout` are the contents of codes the site knows; `camera`
    is the video device the desk reads codes with, such as `/dev/video0`, empty for none; `camera_format` how
    ffmpeg takes it: `v4l2` a device of Linux, empty an address such as `rtsp://...` that it knows by itself.
    """

    wedge: WedgeSettings = WedgeSettings()
    layout: tuple[Layout, ...] = ()
    camera: str = ""
    camera_format: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_,]*$")] = "v4l2"


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a hospital sets; command-line options win over it.

    `site` is the hospital's INAMI number (8 or 11 digits). `hub` is the FHIR base address of the hospital's
    receiving side; `hub_token_file` holds a token that somebody gave this desk for it (a desk that is
    enrolled needs none), `hub_authorities` (PEM) those who may vouch for it instead of this machine's,
    `hub_gzip` says whether it takes compressed requests. `hub_key` (PEM, X25519) is what entries carried to
    it in a file are sealed to; `second_copy` is a folder, on a stick or card, where the desk writes such a
    file after each visit. `roots` are certificate authorities trusted beside the Belgian ones, each a
    file or an `ExtraRoot`: whatever they vouch for is marked as a specimen. `reader` limits the desk to
    readers whose name contains it. `prove_chip` puts one challenge to each card of applet 1.8, which answers
    5,000 in its life. `loss_theft_reason` is the reason of a NISS copied from an attestation of loss or theft
    (inferred), `loss_theft_typed` counts it as typed in the quota (inferred). `hospital_app` says that the
    hospital's application meets R-48 and R-49 and has a protocol, `itsme` that there is a contract with it,
    `listed_services` that the hospital has INAMI's list of R-16. `purge_after_days` is the look-back:
    delivered entries that are older lose their key by themselves; 0 leaves it to `idtui journal purge` by
    two people. `niss_types` are the identifier types (HL7 v2, PID-3.5) under which the hospital's systems
    send the NISS; the default is what HL7 table 0203 prescribes for Belgium; no hospital has confirmed it.
    `lock_minutes` without a key, a card or a scan lock the desk; 0 leaves that to the operator.
    `margin_hours` is how long before an admission a reading may have been made to count for the stay (C-6;
    the default is ours). `scan` is about codes. `episode` is the care this desk is for when no visit and
    nobody says otherwise: `ambulatory`, `hospitalisation`, or a treatment of the closed list of R-30.
    """

    lang: Literal["fr", "nl", "de", "en"] | None = None
    site: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{8}|[0-9]{11})?$")] = ""
    desk: str = ""
    operator: str = ""
    store: Path | None = None
    hub: str = ""
    hub_token_file: Path | None = None
    hub_authorities: Path | None = None
    hub_gzip: bool = True
    hub_key: Path | None = None
    second_copy: Path | None = None
    reader: str = ""
    roots: tuple[str | ExtraRoot, ...] = ()
    loss_theft_typed: bool = True
    niss_types: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("NNBEL",)
    prove_chip: bool = False
    lock_minutes: Annotated[int, msgspec.Meta(ge=0, le=1440)] = 10
    undo_seconds: Annotated[int, msgspec.Meta(ge=0, le=3600)] = 120
    accept_expired: bool = False
    loss_theft_reason: Literal["pre.no_chip_or_defective", "pre.reader_unavailable", "pre.no_connection"] = (
        "pre.no_chip_or_defective"
    )
    hospital_app: bool = False
    itsme: bool = False
    listed_services: bool = False
    margin_hours: Annotated[int, msgspec.Meta(ge=0, le=72)] = 24
    hours: Hours | None = None
    scan: Scanning = Scanning()
    episode: Literal[
        "ambulatory",
        "hospitalisation",
        "chemotherapy",
        "radiotherapy",
        "immunotherapy",
        "dialysis",
        "ivf",
        "mental_health_aftercare",
    ] = "ambulatory"
    profile: Literal["auto", "ansi16", "mono", "ascii", "low-bandwidth"] = "auto"
    purge_after_days: Annotated[int, msgspec.Meta(ge=0, le=36500)] = 31

    @property
    def desk_name(self) -> str:
        """The name of this station; the machine's own when none is set."""
        return clean(self.desk or socket.gethostname(), 40)

    @property
    def operator_name(self) -> str:
        """The name of the person at the desk; the log-in name when none is given."""
        return clean(self.operator or _login_name(), 40)

    @property
    def extra_roots(self) -> tuple[ExtraRoot, ...]:
        """The configured roots, those given as a mere file among them."""
        return tuple(
            ExtraRoot(file=Path(root).expanduser()) if isinstance(root, str) else root for root in self.roots
        )

    @property
    def store_directory(self) -> Path:
        """Where this desk keeps its entries."""
        if self.store is not None:
            return self.store
        safe = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in self.desk_name)
        return _folder("data") / safe


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name in a container
        return f"uid-{os.getuid()}"


def default_file() -> Path:
    """Return where the configuration lies when nobody says otherwise."""
    return _folder("config") / "config.toml"


def _folder(kind: Literal["data", "config"]) -> Path:
    """Return the user's folder for idtui, by the rules of the platform."""
    import platformdirs  # noqa: PLC0415  # a desk started with its paths given does not need it

    return platformdirs.user_data_path("idtui") if kind == "data" else platformdirs.user_config_path("idtui")


def load(file: Path | None) -> Config:
    """Read the configuration; a missing file is an error only when it was named.

    Raises `NotUnderstood`, naming file and field.
    """
    path = file or default_file()
    if not path.exists():
        if file is None:
            return Config()
        raise NotUnderstood(say("config.missing", file=str(path)))
    import tomllib  # noqa: PLC0415  # most desks in training and tests have no file to parse

    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise NotUnderstood(say("config.unreadable", file=str(path), why=clean(str(error)))) from None
    try:
        read = msgspec.convert(raw, Config, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise NotUnderstood(say("config.wrong", file=str(path), why=clean(str(error)))) from None
    for layout in read.scan.layout:
        layout.checked()
    return read


def _path(kind: type, value: object) -> Path:
    """Turn text into a path, the one type of a field that TOML does not know."""
    if kind is not Path or not isinstance(value, str):
        raise TypeError("a path is written as text")
    return Path(value).expanduser()


def language(asked: str | None, config: Config | None = None) -> str:
    """Return the language to speak: asked for, configured, that of the session, else French."""
    session = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    for candidate in (asked, config.lang if config else None, session[:2]):
        if candidate in LANGUAGES:
            return candidate
    return LANGUAGES[0]
