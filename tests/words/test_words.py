"""A message becomes a sentence: parameters, messages inside messages, singular and plural, four languages."""

import pytest

from idtui.domain.text import say
from idtui.words import LANGUAGES, Words, words


def test_a_message_is_a_sentence_of_its_language() -> None:
    message = say("niss.check_wrong")
    sentences = [words(language)(message) for language in LANGUAGES]
    assert sentences[0] == "Le chiffre de contrôle n'est pas juste. Relisez les onze chiffres et corrigez."
    assert len(set(sentences)) == len(LANGUAGES)


def test_parameters_stand_in_the_sentence_as_they_are() -> None:
    hostile = "[/foo] {time} SPECIMEN ["
    assert words("en")(say("saved", time="23:42", who=hostile)) == f"23:42 recorded: {hostile}"


def test_a_message_inside_a_message_is_put_into_words_first() -> None:
    outer = say("reading.refused", problem=say("problem.cloned_chip"))
    assert words("nl")(outer) == "Lezing geweigerd: de chip is een kopie. Ga naar het volgende middel."


@pytest.mark.parametrize(
    ("language", "none", "one", "many"),
    [
        ("fr", "0 enregistrement reçu", "1 enregistrement reçu", "2 enregistrements reçus"),
        ("nl", "0 registraties ontvangen", "1 registratie ontvangen", "2 registraties ontvangen"),
        ("de", "0 Einträge", "1 Eintrag", "2 Einträge"),
        ("en", "0 entries received", "1 entry received", "2 entries received"),
    ],
)
def test_what_is_counted_takes_the_plural_of_its_language(
    language: str, none: str, one: str, many: str
) -> None:
    for count, expected in enumerate((none, one, many)):
        assert words(language)(say("delivery.received", count=count)).startswith(f"{expected} ")


def test_an_empty_parameter_at_the_end_leaves_no_blank() -> None:
    assert words("en")(say("failure.unexpected_answer", detail="")).endswith("again.")
    assert words("en")(say("failure.unexpected_answer", detail="6D00")).endswith("again. 6D00")


def test_a_missing_parameter_is_not_passed_over() -> None:
    with pytest.raises(KeyError, match="who"):
        words("de")(say("saved", time="23:42"))


def test_a_language_is_loaded_once_and_an_unknown_one_is_refused() -> None:
    assert words("de") is words("de")
    with pytest.raises(FileNotFoundError):
        Words("la")
