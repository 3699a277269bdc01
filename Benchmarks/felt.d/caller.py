"""Asks blackbox_exporter for a probe of each target in turn: PORT TARGET-PORT TARGETS SECONDS. Prints the number of answers,
and of those that were not a success, once a second."""
import asyncio
import sys
import time

own, port, count, interval = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
done = failed = 0


async def work(queue):
    """One connection that is kept, as Prometheus keeps its own."""
    global done, failed
    reader = writer = None
    while True:
        target = await queue.get()
        if not writer:
            reader, writer = await asyncio.open_connection("127.0.0.1", own)
        writer.write(f"GET /probe?target=http://127.0.0.1:{port}/{target}&module=http_2xx HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        if "content-length:" in head:
            body = await reader.readexactly(int(head.split("content-length:")[1].split("\r\n")[0]))
        else:
            body = b""
            while size := int(await reader.readline(), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readline()
        done += 1
        failed += b"\nprobe_success 1" not in body


async def main():
    queue = asyncio.Queue()
    workers = [asyncio.create_task(work(queue)) for _ in range(64)]
    begun, asked = time.monotonic(), 0
    printed = begun
    while True:
        now = time.monotonic()
        while asked < (now - begun) * count / interval:
            queue.put_nowait(asked % count)
            asked += 1
        if now - printed >= 1:
            print(done, failed, flush=True)
            printed = now
        for worker in workers:
            if worker.done():
                worker.result()
        await asyncio.sleep(0.005)


asyncio.run(main())
