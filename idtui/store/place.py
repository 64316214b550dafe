"""Where a store may stand: a directory of its owner only, on a disk of this machine."""

import os
import re
import stat
from pathlib import Path

from idtui.domain.text import clean, say
from idtui.store.durable import sync_directory
from idtui.store.errors import StoreUnavailable

NETWORK = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "gfs2", "glusterfs", "lustre"}
    | {"ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs"}
)
"""Types of file systems whose locks and syncs a store cannot rely on."""

PROMISES_NOTHING = frozenset({"btrfs", "zfs", "bcachefs"})
"""Copy on write: space taken before is not the space written to."""

MOUNTS = Path("/proc/self/mountinfo")
_OCTAL = re.compile(r"\\([0-7]{3})")


def make(directory: Path) -> None:
    """Create the directory, or close an empty one to others. Raises OSError."""
    if not directory.is_dir():
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_directory(Path(os.path.realpath(directory)).parent)
    elif not any(directory.iterdir()):
        directory.chmod(0o700)


def check(directory: Path) -> None:
    """Raise `StoreUnavailable` where others may read or write, and on a network file system."""
    kind = file_system(directory, MOUNTS)
    if kind in NETWORK:
        raise StoreUnavailable(say("store.network", directory=clean(str(directory)), kind=clean(kind)))
    for path in (directory, *directory.glob("segment-*"), directory / "keys"):
        try:
            state = path.stat()
        except FileNotFoundError:
            continue
        if stat.S_IMODE(state.st_mode) & 0o077 or state.st_uid != os.geteuid():
            raise StoreUnavailable(say("store.open_to_others", file=clean(str(path))))


def file_system(directory: Path, mounts: Path = MOUNTS) -> str:
    """Return the type of the file system a path stands on (proc_pid_mountinfo(5)); empty when nobody says."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    here = os.path.realpath(directory)
    best, kind = "", ""
    for line in lines:
        mount, _, rest = line.partition(" - ")
        point = _OCTAL.sub(lambda code: chr(int(code[1], 8)), mount.split()[4])
        inside = here == point or here.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, rest.split()[0]
    return kind
