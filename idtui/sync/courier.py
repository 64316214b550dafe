"""The courier: a thread of its own that takes one batch at a time to the hub and posts what became of it."""

import asyncio
import threading
from collections.abc import Callable, Sequence

from idtui.desk.events import BatchAnswered, BatchFailed
from idtui.desk.ports import Post
from idtui.domain.entries import Entry
from idtui.domain.text import clean
from idtui.sync.session import Road, Session, checked_address


class HubCourier:
    """The desk's `Courier` port over HTTP. `start`, `send` and `stop` are called from one thread."""

    def __init__(self, road: Road | str, chain: Callable[[], str] = str) -> None:
        """Check the address; raises `HubAddressRefused`.

        A mere address is a hub that asks for no proof. `chain` gives the head of the journal (hex); it is
        asked on the thread that calls `send`.
        """
        self._road = road if isinstance(road, Road) else Road(road)
        self._chain = chain
        checked_address(self._road.url)
        self._under_way = threading.Event()
        self._running = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """True while a batch is under way."""
        return self._under_way.is_set()

    def start(self, post: Post) -> None:
        """Begin to accept batches; answers go to `post`, from the courier's thread."""
        self._thread = threading.Thread(target=self._run, args=(post,), name="courier", daemon=True)
        self._thread.start()
        self._running.wait()

    def send(self, entries: Sequence[Entry]) -> None:
        """Send these entries, in order, as one batch. Raises RuntimeError while one is under way."""
        if self._thread is None or self.busy:
            raise RuntimeError(
                "the courier is not started" if self._thread is None else "a batch is under way"
            )
        self._under_way.set()
        self._loop.call_soon_threadsafe(self._batches.put_nowait, (tuple(entries), self._chain()))

    def stop(self) -> None:
        """End the thread at once; what was under way stays in the outbox and nothing is posted any more."""
        if self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._work.cancel)
        self._thread.join()
        self._thread = None
        self._under_way.clear()
        self._running.clear()

    def _run(self, post: Post) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            self._batches: asyncio.Queue[_Batch] = asyncio.Queue()
            self._work = self._loop.create_task(self._deliver(post))
            self._running.set()
            runner.run(_until_cancelled(self._work))

    async def _deliver(self, post: Post) -> None:
        session = Session(self._road)
        try:
            while True:
                answer = await _answer(session, await self._batches.get())
                self._under_way.clear()
                post(answer)
        finally:
            await session.close()


_Batch = tuple[tuple[Entry, ...], str]
"""The entries of a batch, and the head of the journal that holds them."""


async def _answer(session: Session, batch: _Batch) -> BatchAnswered | BatchFailed:
    try:
        return await session.send(*batch)
    except Exception as error:  # noqa: BLE001  # the desk hears of it and the thread goes on
        return BatchFailed(clean(str(error)) or type(error).__name__, refused=True)


async def _until_cancelled(work: "asyncio.Task[None]") -> None:
    await asyncio.wait([work])
