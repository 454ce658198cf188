"""A cable that takes its time: carries frames between TAP devices in two network namespaces.

    python3 -m support.delay_line NAMESPACE DEVICE NAMESPACE DEVICE

Each line on standard input is the delay from now on, in seconds, one way. Order is kept.
Ends with its standard input.
"""

import collections
import ctypes
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
FRAME_MAX = 65536
WAITING_MAX = 10000  # frames one way; what comes then is lost, as in a router


def tap(namespace: str, device: str) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/run/netns/{namespace}", "rb") as where:
        if libc.setns(where.fileno(), 0) != 0:
            raise OSError(ctypes.get_errno(), namespace)
    line = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(line, TUNSETIFF, struct.pack("16sH", device.encode(), IFF_TAP | IFF_NO_PI))
    return line


def main():
    ends = [tap(*sys.argv[1:3]), tap(*sys.argv[3:5])]
    waiting = [collections.deque(), collections.deque()]  # by the end that they came from
    delay = 0.0
    while True:
        now = time.monotonic()
        for number, line in enumerate(waiting):
            while line and line[0][0] <= now:
                try:
                    os.write(ends[1 - number], line.popleft()[1])
                except OSError:
                    pass  # nobody is there, or it is full
        next_at = min((line[0][0] for line in waiting if line), default=None)
        ready, _, _ = select.select([sys.stdin, *ends], [], [], None if next_at is None else max(0, next_at - now))
        for source in ready:
            if source is sys.stdin:
                said = sys.stdin.readline()
                if not said:
                    return
                delay = float(said)
                continue
            number = ends.index(source)
            try:
                frame = os.read(source, FRAME_MAX)
            except OSError:
                continue  # not up yet
            if len(waiting[number]) < WAITING_MAX:
                waiting[number].append((time.monotonic() + delay, frame))


if __name__ == "__main__":
    main()
