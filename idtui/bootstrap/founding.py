"""A store founded or given other keys by `idtui setup`: all of it or nothing, the recovery key proven."""

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from idtui.bootstrap.here import CLOCK
from idtui.bootstrap.stores import exists, is_locked
from idtui.config import Config
from idtui.domain.errors import NotUnderstood
from idtui.domain.text import Private, clean, say

if TYPE_CHECKING:
    from idtui.seal.passphrase import Passphrase

_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


class Recovery(Private, frozen=True, kw_only=True):
    """The hospital's recovery key: the public half in PEM and, where it can be proven, the private one.

    `keep_in` is the new file a pair made by setup leaves its private half in; else nothing is kept of it.
    """

    public: str
    private: str = ""
    keep_in: Path | None = None


def suitable(directory: Path) -> None:
    """Raise `StoreUnavailable` or `NotUnderstood`, with the reason, where a store cannot be or is closed.

    A store, an empty directory or none yet will do, on a file system of this machine, for this user only.
    """
    from idtui.store.durable import unavailable
    from idtui.store.errors import StoreUnavailable
    from idtui.store.place import NETWORK, check, file_system

    name = clean(str(directory))
    try:
        standing = next(path for path in (directory, *directory.parents) if os.path.lexists(path))
        if (kind := file_system(standing)) in NETWORK:
            raise StoreUnavailable(say("store.network", directory=name, kind=clean(kind)))
        if not standing.is_dir():
            raise StoreUnavailable(say("doctor.store.not_a_directory", path=clean(str(standing))))
        if not os.access(standing, os.W_OK | os.X_OK):
            raise StoreUnavailable(say("doctor.store.not_writable", path=clean(str(standing))))
        if exists(directory):
            check(directory)
        elif standing == directory and any(directory.iterdir()):
            raise NotUnderstood(say("setup.store.not_empty", directory=name))
    except OSError as error:
        raise unavailable(directory, error) from None


def opens(directory: Path, passphrase: "Passphrase") -> bool:
    """Open the keys of a store; return whether a recovery key opens them as well.

    Raises `WrongPassphrase`, `JournalDamaged`, `StoreUnavailable`.
    """
    from idtui.store.durable import unavailable
    from idtui.store.tries import counted
    from idtui.store.vault import Vault

    try:
        with counted(directory):
            return Vault.unlock(directory, passphrase).has_recovery_key
    except OSError as error:
        raise unavailable(directory, error) from error


def carry_out(
    config: Config,
    secret: "Passphrase | None",
    changed: "Passphrase | None",
    recovery: Recovery | None,
    write_configuration: Callable[[], None],
) -> None:
    """Make the store with `secret`, or give the one that is there the keys that are new; then configure.

    Where one part fails the parts before it are taken back; signals wait until all is done or taken back.
    Without a passphrase only the configuration is written. Raises what `idtui.store` raises, and
    `NotUnderstood` for a recovery key that does not open what it locked.
    """
    directory = config.store_directory
    with _uninterrupted(), _private_half_kept(recovery):
        if secret and not exists(directory):
            _found(config, secret, recovery, write_configuration)
        else:
            if secret and (changed or recovery or not is_locked(config)):
                _change(config, secret, changed or secret, recovery)
            write_configuration()


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Note signals and raise them at the end. Blocking them would not do: another thread would take them."""
    noted: list[int] = []
    before = {number: signal.signal(number, lambda came, _: noted.append(came)) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for came in noted:
            signal.raise_signal(came)


@contextmanager
def _private_half_kept(recovery: Recovery | None) -> Iterator[None]:
    """Prove the pair, and write its private half where it belongs unless the rest fails."""
    from idtui.store.durable import sync_directory, write_new

    if recovery is None:
        yield
        return
    _fits(recovery)
    if recovery.keep_in is None:
        yield
        return
    file = recovery.keep_in
    try:
        write_new(file, recovery.private.encode())
    except OSError as error:
        why = clean(error.strerror or "")
        raise NotUnderstood(say("setup.recovery.not_written", file=clean(str(file)), why=why)) from None
    try:
        sync_directory(file.parent)
        yield
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _fits(recovery: Recovery) -> None:
    """Raise `NotUnderstood` when the halves are no keys, or not of one pair."""
    from idtui.seal import recovery as sealing
    from idtui.seal.aead import CannotUnseal, new_key

    try:
        sealing.check_public(recovery.public)
        if recovery.private:
            probe = new_key()
            sealing.unwrap(
                recovery.private, sealing.wrap(recovery.public, probe, b"idtui setup"), b"idtui setup"
            )
    except sealing.NotARecoveryKey:
        raise NotUnderstood(say("store.not_a_recovery_key")) from None
    except CannotUnseal:
        raise NotUnderstood(say("setup.recovery.other_pair")) from None


def _found(
    config: Config, secret: "Passphrase", recovery: Recovery | None, write_configuration: Callable[[], None]
) -> None:
    """Build the store beside its place and move it there last."""
    from idtui.store.durable import sync_directory, unavailable

    directory = config.store_directory
    try:
        directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        workshop = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    except OSError as error:
        raise unavailable(directory, error) from None
    try:
        _change(config, secret, secret, recovery, workshop)
        try:
            workshop.rename(directory)
            sync_directory(directory.parent)
        except OSError as error:
            raise unavailable(directory, error) from None
        try:
            write_configuration()
        except BaseException:
            shutil.rmtree(directory)
            raise
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _change(
    config: Config,
    secret: "Passphrase",
    new: "Passphrase",
    recovery: Recovery | None,
    directory: Path | None = None,
) -> None:
    """Open a store, or make an empty one, give it these keys, and open it once with the recovery key."""
    from idtui.store.desk_store import open_store, recover_store

    directory = directory or config.store_directory
    store = open_store(directory, desk=config.desk_name, clock=CLOCK, passphrase=secret)
    try:
        if recovery or new != secret:
            store.rekey(new, recovery.public if recovery else None)
    finally:
        store.close()
    if recovery and recovery.private:
        private = recovery.keep_in.read_text(encoding="ascii") if recovery.keep_in else recovery.private
        with recover_store(directory, private, desk=config.desk_name, clock=CLOCK):
            pass  # it opened: that is the proof
