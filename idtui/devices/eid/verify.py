"""The verdict on what a card said: who vouches for it, and the first link of the chain that does not hold.

`identity <- National Register certificate (503C) <- Belgium Root CA (503B)`: two certificates and no other
(CONTENT54 6.2). Each check is a function of its own, so that a test can take one out.
"""

import hashlib
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from idtui.devices.eid.certificate import Certificate, file_digest, key_name
from idtui.devices.eid.chip_proof import ChipProof
from idtui.devices.eid.identity import IdentityFile, is_before
from idtui.devices.eid.roots import LeafRule, Root
from idtui.devices.eid.trust import Trust
from idtui.domain.reading import Identity, PartialDate, Problem, Remark, Signer, Verdict

_PHOTO_HASHES = {20: "sha1", 32: "sha256", 48: "sha384"}


@dataclass(frozen=True, slots=True)
class Chain:
    """How far the chain holds, from the trust anchor down; `problem` is its first failing link."""

    problem: Problem | None
    root: Root | None = None
    reissued: bool = False
    digest: str = ""


def judge_chain(
    trust: Trust, root: Certificate | None, leaf: Certificate | None, identity: bytes, signature: bytes
) -> Chain:
    """Judge the files of a card; the root certificate may come from the card or from memory."""
    if root is None or leaf is None:
        return Chain(Problem.NO_CERTIFICATE)
    recognised = trust.recognise(root)
    if recognised is None:
        return Chain(Problem.UNKNOWN_ROOT)
    known, reissued = recognised
    trust.remember(root)
    if not leaf_is_rrn(leaf, known.leaf):
        return Chain(Problem.LEAF_NOT_RRN, known, reissued)
    if not leaf_is_signed(trust, root, leaf):
        return Chain(Problem.LEAF_SIGNATURE, known, reissued)
    digest = identity_digest(leaf, identity, signature)
    if digest is None:
        return Chain(Problem.IDENTITY_SIGNATURE, known, reissued)
    return Chain(None, known, reissued, digest)


def leaf_is_rrn(leaf: Certificate, rule: LeafRule) -> bool:
    """Say whether a certificate is the National Register's: by its usages, its name and its policy.

    A holder's certificate has one of the two key usages, an authority signs certificates, and other
    services of the same root have an extended usage, another name or another policy.
    """
    return (
        leaf.key is not None
        and leaf.signs_data
        and not leaf.is_authority
        and not leaf.signs_certificates
        and not leaf.has_extended_usage
        and rule.subject.issubset(leaf.subject)
        and (not rule.whole_subject or len(leaf.subject) == len(rule.subject))
        and leaf.common_name.endswith(rule.common_name_end)
        and (not rule.policies or not rule.policies.isdisjoint(leaf.policies))
    )


def leaf_is_signed(trust: Trust, root: Certificate, leaf: Certificate) -> bool:
    """Say whether the root itself issued the certificate."""
    return trust.has_issued(root, leaf)


def identity_digest(leaf: Certificate, identity: bytes, signature: bytes) -> str | None:
    """Return the hash with which the identity file, whole and as read, is signed; None when it is not."""
    return file_digest(leaf.key, identity, signature) if leaf.key else None


def address_holds(
    leaf: Certificate | None, address: bytes, signature: bytes, identity_signature: bytes
) -> bool:
    """Say whether the address is signed: its file without trailing zeros, then the identity's signature file.

    The identity's signature counts as read, with its padding (CONTENT54 6.2).
    """
    if leaf is None or leaf.key is None:
        return False
    signed = address.rstrip(b"\0") + identity_signature
    return file_digest(leaf.key, signed, signature) is not None


def photo_holds(photo: bytes, photo_hash: bytes) -> bool:
    """Say whether the hash of the whole photo file is that of the identity, whose length names its kind.

    It does not follow the hash of the signatures (CONTENT54 6.2).
    """
    algorithm = _PHOTO_HASHES.get(len(photo_hash))
    return algorithm is not None and hashlib.new(algorithm, photo).digest() == photo_hash


def verdict(
    chain: Chain, file: IdentityFile, leaf: Certificate | None, today: date, proof: ChipProof
) -> Verdict:
    """Put together the judgement on a card of which chain, fields and chip have been looked at."""
    problems: AbstractSet[Problem] = file.problems | ({chain.problem} if chain.problem else set())
    if proof is ChipProof.CLONED:
        problems |= {Problem.CLONED_CHIP}
    now = PartialDate(today.year, today.month, today.day)
    identity = file.identity
    found = {
        Remark.EXPIRED_CARD: is_before(identity.valid_to, now),
        Remark.NOT_YET_VALID: is_before(now, identity.valid_from),
        Remark.CERTIFICATE_TIME: leaf is not None and not _times_fit(leaf, identity, today),
        Remark.CHIP_NOT_PROVEN: proof is ChipProof.NOT_PROVEN,
        Remark.OLD_SIGNATURE: chain.digest == "sha1",
        Remark.ROOT_REISSUED: chain.reissued,
    }
    return Verdict(
        problems=tuple(problem for problem in Problem if problem in problems),
        remarks=tuple(remark for remark in Remark if found.get(remark) or remark in file.remarks),
        specimen=chain.root is not None and chain.root.configured,
    )


def signer(chain: Chain, leaf: Certificate | None) -> Signer:
    """Return who vouches, as far as the chain holds."""
    return Signer(
        root=chain.root.name if chain.root else "",
        certificate_sha256=leaf.sha256 if leaf else "",
        key=key_name(leaf.key) if leaf and leaf.key else "",
        digest=chain.digest,
    )


def _times_fit(leaf: Certificate, identity: Identity, today: date) -> bool:
    """Say whether the certificate has begun and its time overlaps the card's; its end alone proves nothing.

    Cards run for up to thirty years and outlive the certificate that signed them; re-keyed cards carry a
    certificate younger than the card.
    """
    begins = PartialDate(leaf.valid_from.year, leaf.valid_from.month, leaf.valid_from.day)
    ends = PartialDate(leaf.valid_to.year, leaf.valid_to.month, leaf.valid_to.day)
    return (
        leaf.valid_from <= today
        and not is_before(identity.valid_to, begins)
        and not is_before(ends, identity.valid_from)
    )
