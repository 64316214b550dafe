"""The configuration of a desk: one TOML file, strict, with defaults that work without any."""

import getpass
import os
import socket
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


class Scanning(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a hospital sets for scanner and pictures.

    `wedge` is how the scanner that types is set; `layout` are the contents of codes the site knows.
    """

    wedge: WedgeSettings = WedgeSettings()
    layout: tuple[Layout, ...] = ()


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a hospital sets; command-line options win over it.

    `site` is the hospital's INAMI number (8 or 11 digits). `hub` is the FHIR base address of the hospital's
    receiving side. `roots` are certificate authorities trusted beside the Belgian ones, each a file or an
    `ExtraRoot`: whatever they vouch for is marked as a specimen. `reader` limits the desk to readers whose
    name contains it. `prove_chip` puts one challenge to each card of applet 1.8, which answers 5,000 in its
    life. `scan` is about codes.
    """

    lang: Literal["fr", "nl", "de", "en"] | None = None
    site: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{8}|[0-9]{11})?$")] = ""
    desk: str = ""
    operator: str = ""
    store: Path | None = None
    hub: str = ""
    reader: str = ""
    roots: tuple[str | ExtraRoot, ...] = ()
    prove_chip: bool = False
    undo_seconds: Annotated[int, msgspec.Meta(ge=0, le=3600)] = 120
    accept_expired: bool = False
    scan: Scanning = Scanning()
    profile: Literal["auto", "ansi16", "mono", "ascii", "low-bandwidth"] = "auto"

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
