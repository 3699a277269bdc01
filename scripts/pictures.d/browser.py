"""Chromium without a screen, spoken to by the DevTools protocol over two pipes."""

import base64
import json
import os
import select
import subprocess
import tempfile
import time


class Browser:
    """One page, at a time, of a given size."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="pictures-", ignore_cleanup_errors=True)
        command_read, self.input = os.pipe()
        self.output, answer_write = os.pipe()
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$0" "$@" 3<&{command_read} 4>&{answer_write}', "chromium",
             "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
             "--disable-background-networking", f"--user-data-dir={self.folder.name}", "--remote-debugging-pipe"],
            pass_fds=[command_read, answer_write], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": self.folder.name, "TMPDIR": self.folder.name})
        os.close(command_read)
        os.close(answer_write)
        self.calls, self.received, self.session = 0, b"", None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        return self

    def __exit__(self, *_):
        self.session = None
        try:
            self.call("Browser.close")
            # Its helpers keep writing after its end; the last of them closes the output.
            self.process.communicate(timeout=20)
        except (OSError, EOFError, RuntimeError, subprocess.TimeoutExpired):
            self.process.terminate()
            self.process.wait()
        os.close(self.input)
        os.close(self.output)
        self.folder.cleanup()

    def show(self, url, width, height, dark=False, scale=2):
        """Opens a page in a window of this size."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        self.call("Page.enable")
        self.call("Page.navigate", url=url)
        self.wait_for("document.readyState === 'complete'")

    def wait_for(self, expression, within=30):
        """Waits until an expression of the page is true."""
        end = time.monotonic() + within
        while not self.value(expression):
            if time.monotonic() > end:
                raise RuntimeError(f"the page never came to {expression}")
            time.sleep(0.1)

    def value(self, expression):
        """The value of an expression of the page; None while there is none."""
        try:
            return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")
        except RuntimeError:
            return None  # between two pages

    def picture(self, path, element=None):
        """Saves what the window shows; with an element, down to its end."""
        size = self.call("Page.getLayoutMetrics")["cssVisualViewport"]
        height = size["clientHeight"]
        if element:
            end = self.value(f"document.querySelector('{element}').getBoundingClientRect().bottom")
            height = min(height, end or height)
        clip = {"x": 0, "y": 0, "width": size["clientWidth"], "height": height, "scale": 1}
        answer = self.call("Page.captureScreenshot", clip=clip)
        with open(path, "wb") as file:
            file.write(base64.b64decode(answer["data"]))

    def call(self, method, **parameters):
        self.calls += 1
        message = {"id": self.calls, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.input, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next()
            if answer.get("id") == self.calls:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def next(self):
        """The next message, which ends in a NUL."""
        while b"\0" not in self.received:
            if not select.select([self.output], [], [], 60)[0]:
                raise RuntimeError("the browser is silent")
            more = os.read(self.output, 1 << 16)
            if not more:
                raise EOFError("the browser has ended")
            self.received += more
        message, _, self.received = self.received.partition(b"\0")
        return json.loads(message)
