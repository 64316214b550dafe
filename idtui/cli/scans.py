"""`idtui scan`: find the one national number in pictures of codes, for programs and for a look."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.cli.console import Console
from idtui.cli.exits import Exit
from idtui.cli.parsers import Subparsers, add, add_json
from idtui.domain import niss
from idtui.domain.errors import NotUnderstood
from idtui.domain.scan import Code, Found, Miss, find, one_of
from idtui.domain.symbology import Symbology
from idtui.domain.text import Message, clean, say
from idtui.words import Words

if TYPE_CHECKING:
    from idtui.devices.codes.answer import Fault, Unread

LONGEST_SHAPE = 200
DEVICE = "/dev/video0"


def add_commands(commands: Subparsers, speak: Words) -> None:
    """Add the command to the parser."""
    scan = add(commands, speak, "scan", look)
    add_json(scan, speak)
    scan.add_argument("files", nargs="*", type=Path, metavar="FILE", help=speak(say("cli.option.pictures")))
    scan.add_argument(
        "--camera",
        nargs="?",
        const="",
        metavar="DEVICE",
        help=speak(say("cli.option.camera")),
    )
    scan.add_argument("--niss", action="store_true", help=speak(say("cli.option.niss")))


def look(console: Console) -> int:
    """Look at each picture by itself; the exit code is that of the first without exactly one number."""
    camera: str | None = console.arguments.camera
    if bool(console.arguments.files) is (camera is not None):
        raise NotUnderstood(say("scan.what"))
    if camera is not None:
        return _camera(console, camera)
    return next((code for code in [_picture(console, file) for file in console.arguments.files] if code), 0)


def _camera(console: Console, device: str) -> Exit:
    """Watch until a code holds exactly one number; without any, say what the last code seen was."""
    from idtui.devices.codes.camera import SECONDS, Film, NoCamera, of_device

    scanning = console.config.scan
    device = device or scanning.camera or DEVICE
    name, seen = clean(device), list[Code]()
    try:
        film = Film(of_device(device, scanning.camera_format), SECONDS)
        console.tell(say("camera.watching", device=name))
        with closing(film.codes()) as codes:
            for code in codes:
                seen = [code]
                if find(code, scanning.layout).niss:
                    break
    except NoCamera as error:
        console.tell(error.message)
        return Exit.NO_READER
    return tell(console, name, seen, one_of(find(code, scanning.layout) for code in seen), film.unread)


def _picture(console: Console, file: Path) -> Exit:
    from idtui.devices.codes.pictures import look_at

    name = clean(str(file))
    answer = look_at(file)
    if answer.fault:
        return _unreadable(console, name, answer.fault)
    codes = [raw.code() for raw in answer.codes]
    found = one_of(find(code, console.config.scan.layout) for code in codes)
    return tell(console, name, codes, found, answer.unread)


def _unreadable(console: Console, name: str, fault: "Fault") -> Exit:
    sentence = say(f"picture.{fault}", file=name)
    if console.as_json:
        console.json({"file": name, "niss": None, "error": fault, "words": console.words(sentence)})
    console.tell(sentence)
    return Exit.UNREADABLE


def tell(console: Console, name: str, codes: list[Code], found: Found, unread: "Unread | None") -> Exit:
    """Print what the codes of one picture gave, and return the exit code of it.

    `unread` is told where there is nothing better: no code, or one without any number.
    """
    miss, why = (str(found.miss) if found.miss else None), found.why
    if not codes:
        miss, why = "no_code", say("scan.no_code")
    if unread and found.miss is Miss.NONE:
        miss, why = f"zone_{unread}", say(f"zone.{unread}")
    if console.as_json:
        console.json(_document(console, name, codes, found, miss=miss, why=why))
    if why is not None:
        console.tell(say("scan.of_file", file=name, why=why))
        return Exit.NOT_VERIFIED if codes else Exit.NO_CARD
    if not console.as_json:
        for message in _lines(found, full_niss=console.arguments.niss):
            console.data(console.words(message))
    return Exit.DONE


def _lines(found: Found, *, full_niss: bool) -> list[Message]:
    """Return the number and what it tells of the person, to compare with the document."""
    number = niss.parse(found.niss)
    if number is None:
        return []
    lines = [
        say("ui.niss", niss=niss.shown(found.niss) if full_niss else niss.masked(found.niss)),
        say("ui.born", date=str(number.birth_date)),
        say(f"scan.symbology.{found.symbology}"),
    ]
    if found.symbology is Symbology.MRZ:
        lines.append(say("zone.counts_as_typed"))
    return [*lines, *([say("scan.layout.used", name=clean(found.layout))] if found.layout else [])]


def _document(
    console: Console, name: str, codes: list[Code], found: Found, *, miss: str | None, why: Message | None
) -> dict[str, object]:
    full = console.arguments.niss
    number = niss.parse(found.niss)
    return {
        "file": name,
        "niss": (found.niss if full else niss.masked(found.niss)) or None,
        "birth_date": number.birth_date if number else None,
        "sex": number.sex if number else None,
        "bis": number.is_bis if number else None,
        "symbology": found.symbology if number else None,
        "entry": found.entry if number else None,
        "layout": found.layout or None,
        "support": found.support,
        "fields": {part: clean(text) for part, text in found.fields}
        if full
        else sorted(part for part, _ in found.fields),
        "miss": miss,
        "words": console.words(why) if why else None,
        "codes": [_code(code, full=full) for code in codes],
    }


def _code(code: Code, *, full: bool) -> dict[str, object]:
    """Return a code as its shape, from which a site learns its layout without anybody's data in it."""
    shown: dict[str, object] = {
        "symbology": code.symbology,
        "length": len(code.text),
        "shape": "".join(map(_kind, code.text[:LONGEST_SHAPE])),
    }
    return shown | {"text": clean(code.text, len(code.text))} if full else shown


def _kind(character: str) -> str:
    """Return 9 for a digit, A or a for a letter, `^` for a control code, any other sign as it is."""
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character if character.isascii() and character.isprintable() else "^"
