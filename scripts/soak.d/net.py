"""Small servers on 127.0.0.1 whose behaviour the soak changes while they run: HTTP, plain ports, a link that can be cut."""
import asyncio
import socket


class Port:
    """One port that can refuse connections and take them again; its number stays."""

    def __init__(self, serve):
        self.serve, self.server, self.peers = serve, None, set()
        self.held = socket.socket()
        self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.held.bind(("127.0.0.1", 0))
        self.number = self.held.getsockname()[1]

    async def open(self):
        if self.server:
            return
        if self.held:
            self.held.close()
            self.held = None
        self.server = await asyncio.start_server(self.met, "127.0.0.1", self.number, backlog=512)

    def refuse(self):
        """Closes every connection. The port stays ours: bound, but without a listener, so that a connect is refused."""
        if self.server:
            self.server.close()
            self.server = None
        for writer in list(self.peers):
            writer.transport.abort()
        if not self.held:
            self.held = socket.socket()
            self.held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.held.bind(("127.0.0.1", self.number))

    async def met(self, reader, writer):
        self.peers.add(writer)
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, asyncio.CancelledError):
            pass  # The peer left, or the soak ends.
        finally:
            self.peers.discard(writer)
            writer.close()


def http(answer):
    """Serves HTTP/1.1 with `answer(method, path, headers, body)` → (status, headers, body), or None to break off."""

    async def serve(reader, writer):
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length") or 0))
            found = await answer(method, path, headers, body)
            if found is None:
                writer.transport.abort()
                return
            status, more, text = found
            lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(text)}"] + [f"{k}: {v}" for k, v in more.items()]
            writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + text)
            await writer.drain()

    return serve


async def get(port, path="/health", timeout=10, data=None, headers=""):
    """One request on a connection of its own; (status, body). Status 0: no answer."""
    writer = None
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            method = "GET" if data is None else "POST"
            writer.write(
                f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{headers}"
                f"Content-Length: {len(data or b'')}\r\n\r\n".encode() + (data or b""))
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            return int(head.split(b" ", 2)[1]), body
    except (OSError, TimeoutError, IndexError, ValueError, asyncio.IncompleteReadError):
        return 0, b""
    finally:
        if writer:
            writer.transport.abort()


class Link:
    """The way from one program to a server. `pass`; `cut`: refused, connections closed; `hold`: nothing passes."""

    def __init__(self, target):
        self.target, self.mode, self.flows = target, "pass", asyncio.Event()
        self.flows.set()
        self.port = Port(self.serve)

    async def set(self, mode):
        self.mode = mode
        (self.flows.clear if mode == "hold" else self.flows.set)()
        if mode == "cut":
            self.port.refuse()
        else:
            await self.port.open()

    async def serve(self, reader, writer):
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        try:
            await asyncio.gather(self.pump(reader, far_writer), self.pump(far_reader, writer))
        finally:
            far_writer.transport.abort()

    async def pump(self, reader, writer):
        while data := await reader.read(65536):
            await self.flows.wait()
            writer.write(data)
            await writer.drain()
        await self.flows.wait()
        if writer.can_write_eof():
            writer.write_eof()
