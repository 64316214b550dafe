"""How long a passphrase would stand against someone who has copied the store: a rough, careful guess."""

import math
from enum import StrEnum
from itertools import pairwise

SHORTEST = 8
"""Characters under which none is accepted (NIST SP 800-63B: at least 8 for a secret a person chose)."""

_KINDS = ((str.islower, 26), (str.isupper, 26), (str.isdigit, 10))
_OTHER = 32
"""Signs on a keyboard that are neither letter nor digit."""

_FAIR, _STRONG = 50, 75
"""Bits from which it is fair and strong: 2^50 tries at 0.2 s take one machine millions of years."""


class Strength(StrEnum):
    """How good a passphrase is, worst first."""

    TOO_SHORT = "too_short"
    WEAK = "weak"
    FAIR = "fair"
    STRONG = "strong"


def strength(text: str) -> Strength:
    """Judge by length and kinds of characters; a repeat, a neighbour or a run of the keyboard counts nothing.

    It knows no dictionary: two common words look better than they are, so short ones never count as strong.
    """
    if len(text) < SHORTEST:
        return Strength.TOO_SHORT
    alphabet = sum(size for is_kind, size in _KINDS if any(map(is_kind, text)))
    if any(not letter.isalnum() for letter in text):
        alphabet += _OTHER
    surprises = 1 + sum(abs(ord(after) - ord(before)) > 1 for before, after in pairwise(text))
    surprises = min(surprises, 2 * len(set(text)))
    bits = surprises * math.log2(max(alphabet, 2))
    if bits < _FAIR:
        return Strength.WEAK
    return Strength.STRONG if bits >= _STRONG else Strength.FAIR
