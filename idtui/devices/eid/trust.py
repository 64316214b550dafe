"""Which roots vouch for cards: the pinned ones, those configured, and those already met on a card."""

from collections.abc import Iterable

from idtui.devices.eid.certificate import (
    Certificate,
    parse_certificate,
    read_certificate_file,
    signed_with,
)
from idtui.devices.eid.roots import CONFIGURED_LEAF, PINNED, Certainty, LeafRule, Root
from idtui.domain.text import clean


def is_signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Say whether `issuer` signed `certificate`: the name equal, the signature made with its key."""
    return (
        issuer.key is not None
        and certificate.issuer_name == issuer.subject_name
        and signed_with(issuer.key, certificate.signed, certificate.signature, certificate.digest)
    )


class Trust:
    """The roots that count, and a memory: of root certificates met, and of what these have signed.

    So a root is read once, from the first card that has it, and the few certificates of the National
    Register are verified once each. The memory is only a short cut: a certificate that no remembered root
    signed is judged by the root on its own card. Threads of several slots may share it: every step on the
    memory is a single operation of a dictionary or a set.
    """

    def __init__(self, roots: Iterable[Root], certificates: Iterable[Certificate] = ()) -> None:
        self._roots = tuple(roots)
        self._met: dict[bytes, Certificate] = {}
        self._issued: set[tuple[str, str]] = set()
        for certificate in certificates:
            self.remember(certificate)

    @classmethod
    def pinned(cls) -> "Trust":
        """Return the trust in the Belgium Root CAs alone."""
        return cls(PINNED)

    def with_root(
        self, content: bytes, *, leaf_subject: Iterable[str] = (), policies: Iterable[str] = ()
    ) -> "Trust":
        """Return this trust with one more root, from a file in DER or PEM; what it vouches for is a specimen.

        `leaf_subject` are all the attributes of the signer's name (`CN=test RRN`), `policies` its policies,
        dotted, one of which must be there. Without them the signer's common name ends in `RRN` and any
        policy does. Raises `ValueError` when the file is no certificate.
        """
        certificate = parse_certificate(read_certificate_file(content))
        if certificate is None or certificate.key is None:
            raise ValueError("not a certificate with a key that signs cards")
        subject = frozenset(leaf_subject)
        rule = LeafRule(
            subject=subject,
            whole_subject=bool(subject),
            common_name_end="" if subject else CONFIGURED_LEAF.common_name_end,
            policies=frozenset(policies),
            certainty=Certainty.STATED if subject else CONFIGURED_LEAF.certainty,
            source="configuration",
        )
        root = Root(
            name=clean(certificate.common_name),
            certificate_sha256=certificate.sha256,
            key_sha256=certificate.key_sha256,
            leaf=rule,
            source="configuration",
            configured=True,
        )
        return Trust((*self._roots, root), (*self._met.values(), certificate))

    def table(self) -> tuple[Root, ...]:
        """Return every root that counts with the rule for its signers, its source and how certain that is."""
        return self._roots

    def recognise(self, certificate: Certificate) -> tuple[Root, bool] | None:
        """Return the root a certificate is, and whether it is a re-issue of its key; None when it is none.

        A re-issue has the public key of a known root and its self-signature holds; a name proves nothing.
        """
        for root in self._roots:
            if certificate.sha256 == root.certificate_sha256:
                return root, False
        for root in self._roots:
            if certificate.key_sha256 == root.key_sha256 and is_signed_by(certificate, certificate):
                return root, True
        return None

    def remember(self, certificate: Certificate) -> None:
        """Keep a recognised root certificate for the next cards."""
        if certificate.key_id and self.recognise(certificate):
            self._met[certificate.key_id] = certificate

    def issuer_of(self, leaf: Certificate) -> Certificate | None:
        """Return the remembered root certificate that signed `leaf`; None when its root must be read."""
        root = self._met.get(leaf.issuer_key_id)
        return root if root and self.has_issued(root, leaf) else None

    def has_issued(self, root: Certificate, leaf: Certificate) -> bool:
        """Say whether a recognised root signed `leaf`; what held once is not computed again."""
        pair = (root.sha256, leaf.sha256)
        if pair not in self._issued and not is_signed_by(leaf, root):
            return False
        self._issued.add(pair)
        return True
