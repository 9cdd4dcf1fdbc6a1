"""Finds this process's connections by what has been written to them, to close one from outside.

Granian keeps its sockets to itself and gives a request no name of its connection. But the kernel
tells how many bytes each connection has been given to send, so an answer of a known size shows
which connection it went to. Linux only: elsewhere nothing is found, and nothing closed.
"""

import fcntl
import os
import socket
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TCP_INFO_SIZE = 136
# `tcpi_bytes_acked` of linux/tcp.h, since Linux 4.1.
_BYTES_ACKED = struct.Struct("=120xQ")
_SIOCOUTQ = 0x5411

#: A connection, by the client's address and port.
Peer = tuple[str, int]


def written_bytes(port: int) -> dict[Peer, int]:
    """Return, for each connection to our `port`, the bytes that were ever written to it."""
    found = {}
    for connection in _connections(port):
        with suppress(OSError):
            found[_peer_of(connection)] = _written(connection)
    return found


def end_reading(port: int, peers: set[Peer]) -> None:
    """Let the server's reads from these connections end, as if the clients had closed them.

    What was written to them is still sent.
    """
    for connection in _connections(port):
        with suppress(OSError):
            if _peer_of(connection) in peers:
                connection.shutdown(socket.SHUT_RD)


def _connections(port: int) -> Iterator[socket.socket]:
    """Yield the process's connections to `port`, each as a duplicate that lives for one turn."""
    if sys.platform != "linux":
        return
    for entry in Path("/proc/self/fd").iterdir():
        with suppress(OSError), _duplicate(int(entry.name)) as connection:
            if _is_ours(connection, port):
                yield connection


@contextmanager
def _duplicate(number: int) -> Iterator[socket.socket]:
    """Open the descriptor once more: the server may close its own, and reuse its number, meanwhile.

    Raises:
        OSError: it is closed, or no socket.
    """
    copy = os.dup(number)
    if not stat.S_ISSOCK(os.fstat(copy).st_mode):
        os.close(copy)
        raise OSError
    with socket.socket(fileno=copy) as connection:
        yield connection


def _is_ours(connection: socket.socket, port: int) -> bool:
    return (
        connection.family in (socket.AF_INET, socket.AF_INET6)
        and connection.type == socket.SOCK_STREAM
        and connection.getsockname()[1] == port
    )


def _peer_of(connection: socket.socket) -> Peer:
    address, port = connection.getpeername()[:2]
    return str(address), int(port)


def _written(connection: socket.socket) -> int:
    """Return the bytes that the client has acknowledged, and those that wait to be sent."""
    information = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
    waiting = fcntl.ioctl(connection.fileno(), _SIOCOUTQ, b"\0" * 4)
    return int(_BYTES_ACKED.unpack_from(information)[0]) + int(struct.unpack("=i", waiting)[0])
