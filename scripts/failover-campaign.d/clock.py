"""CLOCK_BOOTTIME, by which everything here is timed."""
import socket, time


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def until(seconds, test, step=0.02):
    """Waits for something true; returns it, or the last thing that was not."""
    end = now() + seconds
    while not (found := test()) and now() < end:
        time.sleep(step)
    return found


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
