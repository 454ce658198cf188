"""An asyncio server in a thread of the test, so that a test can talk to it in plain calls."""

import asyncio
import threading


class ThreadedServer:
    """Runs `serve()` of the subclass on a loop of its own between start() and stop()."""

    async def serve(self) -> None:
        """Opens what listens, and returns."""
        raise NotImplementedError

    async def close(self) -> None:
        """Closes what `serve` opened."""
        raise NotImplementedError

    def start(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self.serve(), self.loop).result(10)
        return self

    def stop(self) -> None:
        if self.thread.is_alive():
            asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(10)
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(10)
            self.loop.close()

    async def _end(self) -> None:
        await self.close()
        others = [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
