"""Every sentence the program can say stands in all four catalogues, whole, short enough and as official."""

import importlib.util
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from idtui.desk.commands import BY_ID, Own
from idtui.domain.path import Action
from idtui.domain.text import clean
from idtui.words import LANGUAGES, LOCALE

Used = Mapping[str, frozenset[str] | None]

FORMS = 2
"""Each of the four languages has a singular and a plural."""

LONGEST = {
    "command.": 18,
    "road.": 40,
    "reason.": 44,
    "how.": 44,
    "means.": 44,
    "observed.": 30,
    "state.": 30,
    "reader.": 24,
}
"""Characters at most of what stands in a column of the screen."""

LONGEST_HELP = 62
"""Characters at most of the sentence of a command beside its key."""

OFFICIAL = {
    "means.eid": {
        "fr": "carte d'identité électronique",
        "nl": "elektronische identiteitskaart (eID)",
        "de": "elektronischer Personalausweis (eID)",
    },
    "road.card": {"fr": "carte d'étranger électronique", "nl": "elektronische vreemdelingenkaart"},
    "road.loss_theft": {"fr": "attestation de perte ou de vol", "nl": "attest van verlies of diefstal"},
    "road.isi_plus": {"fr": "carte ISI+", "nl": "ISI+ kaart", "de": "ISI+-Karte"},
    "road.insured_attestation": {
        "fr": "attestation d'assuré social",
        "de": "Attest einer sozialversicherten Person",
    },
    "road.vignette": {"fr": "vignette", "nl": "kleefbriefje", "de": "Vignette"},
    "ui.typing.niss": {"fr": "NISS", "nl": "INSZ"},
    "entry.chip": {"fr": "puce", "nl": "chip"},
    "entry.barcode": {"fr": "code-barres", "nl": "streepjescode", "de": "Barcode"},
    "entry.datamatrix": {"fr": "code datamatrix", "nl": "QR-code"},
    "entry.manual": {"fr": "encodage manuel", "nl": "manuele invoering"},
    "entry.manual_afterwards": {"fr": "encodage manuel a posteriori"},
    "entry.hospital_app": {"fr": "application de l'hôpital"},
}
"""Wording of INAMI, CAAMI, CBSS or royal decree, word for word; there is no official English."""

NAMED_KEYS = {
    "why_not.only_with_typed_niss": Action.NISS,
    "why_not.reason_only_after": Action.CARE_OVER,
    "ui.too_small": Own.QUIT,
}
"""Sentences that name a key by its letter."""

MARKS = frozenset(
    {
        "official wording",
        "mutuality wording",
        "software library wording",
        "our short form of the official INAMI text",
        "ours, to be checked",
    }
)


def source_of(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "idtui.po"


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read(language: str) -> Catalog:
    with source_of(language).open("rb") as stream:
        return read_po(stream, locale=language, abort_invalid=True)


@pytest.fixture(scope="module")
def catalogue(language: str) -> Catalog:
    return read(language)


def key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def texts(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def entries(catalogue: Catalog) -> dict[str, Message]:
    return {key(message): message for message in catalogue if message.id}


def parameters(text: str) -> frozenset[str]:
    """Return the parameters of a sentence; ValueError when its braces are not balanced."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_every_id_of_the_source_can_be_told(untold: list[str]) -> None:
    assert untold == []


def test_an_id_that_cannot_be_told_is_noticed(tmp_path: Path, untold_in: Callable[[Path], list[str]]) -> None:
    module = tmp_path / "module.py"
    module.write_text('say("saved"), say(f"road.{road}"), pen.say(words), say(surprise), say(f"new.{word}")')
    assert untold_in(tmp_path) == ["module.py:1 surprise", "module.py:1 new.{}"]


def test_every_sentence_is_there_and_none_is_left_over(used: Used, language: str, catalogue: Catalog) -> None:
    said, held = set(used), set(entries(catalogue))
    assert sorted(said - held) == [], f"used by the program, not in {language}"
    assert sorted(held - said) == [], f"in {language}, used by nobody"


def test_nothing_is_empty_fuzzy_or_obsolete(catalogue: Catalog) -> None:
    for name, message in entries(catalogue).items():
        assert not message.fuzzy, name
        assert all(text.strip() == text and text for text in texts(message)), name
    assert not catalogue.obsolete


def test_the_help_of_commands_is_in_sentences(catalogue: Catalog) -> None:
    for name, message in entries(catalogue).items():
        if name.startswith("cli.") and name.endswith(".help"):
            (text,) = texts(message)
            assert text[0] == text[0].upper(), name
            assert text.endswith("."), name


def test_parameters_are_those_the_program_gives(used: Used, catalogue: Catalog) -> None:
    for name, message in entries(catalogue).items():
        given = used.get(name)
        for text in texts(message):
            assert given is None or parameters(text) <= given, name


def test_every_language_has_the_same_parameters_and_plurals() -> None:
    shapes = [
        {
            name: [parameters(text) for text in texts(message)]
            for name, message in entries(read(language)).items()
        }
        for language in LANGUAGES
    ]
    assert all(shape == shapes[0] for shape in shapes)


def test_what_is_counted_has_a_singular_and_a_plural(used: Used, catalogue: Catalog) -> None:
    counted = {name for name, given in used.items() if "count" in (given or ())}
    plural = {name for name, message in entries(catalogue).items() if message.pluralizable}
    assert plural == counted
    for name in plural:
        message = entries(catalogue)[name]
        assert message.id == (name, name)
        assert len(texts(message)) == FORMS, name


def limit_of(name: str) -> int | None:
    if name.startswith("command.") and name.endswith(".help"):
        return LONGEST_HELP
    if name.endswith(".help"):
        return None  # a sentence of its own on the command line
    return next((most for family, most in LONGEST.items() if name.startswith(family)), None)


def test_words_fit_their_column(catalogue: Catalog) -> None:
    for name, message in entries(catalogue).items():
        limit = limit_of(name)
        assert limit is None or max(map(len, texts(message))) <= limit, name


def test_no_control_or_invisible_character(catalogue: Catalog) -> None:
    for name, message in entries(catalogue).items():
        for text in texts(message):
            lines = text.split("\n") if name.endswith("examples") else [text]
            assert [clean(line) for line in lines] == lines, name


def test_help_of_the_command_line_has_no_sign_that_argparse_would_fill_in(catalogue: Catalog) -> None:
    assert not [
        name
        for name, message in entries(catalogue).items()
        if name.startswith("cli.") and "%" in str(message.string)
    ]


def test_clerks_are_not_shouted_at(catalogue: Catalog) -> None:
    assert not [name for name, message in entries(catalogue).items() if "!" in "".join(texts(message))]


def test_a_key_named_in_a_sentence_is_that_of_the_command_table(catalogue: Catalog) -> None:
    for name, command in NAMED_KEYS.items():
        (text,) = texts(entries(catalogue)[name])
        assert re.search(rf"\b{re.escape(BY_ID[command].key)}\b", text), name


def test_every_entry_says_where_its_wording_comes_from(catalogue: Catalog) -> None:
    for name, message in entries(catalogue).items():
        assert set(message.auto_comments) <= MARKS, name
        assert len(message.auto_comments) == 1, name


def test_entries_stand_in_the_order_of_their_ids(catalogue: Catalog) -> None:
    assert list(entries(catalogue)) == sorted(entries(catalogue))


def test_official_wording_is_kept_word_for_word(language: str, catalogue: Catalog) -> None:
    held = entries(catalogue)
    for name, wording in OFFICIAL.items():
        if language in wording:
            assert wording[language] in "".join(texts(held[name])), name


def test_compiled_catalogue_is_that_of_its_source(tmp_path: Path, language: str) -> None:
    source = source_of(language)
    copy = tmp_path / source.relative_to(LOCALE.parent.parent.parent)
    copy.parent.mkdir(parents=True)
    copy.write_bytes(source.read_bytes())
    (fresh,) = compiler().compile_words(tmp_path)
    assert source.with_suffix(".mo").read_bytes() == fresh.read_bytes(), "run packaging/compile_words.py"


def compiler() -> ModuleType:
    path = LOCALE.parents[2] / "packaging" / "compile_words.py"
    spec = importlib.util.spec_from_file_location("compile_words", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
