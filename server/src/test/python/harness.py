"""Starts a server the way a user does, and publishes to it."""

import asyncio
import atexit
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[4]
LAUNCHER = os.environ.get("PUSHROD_LAUNCHER", str(ROOT / "scripts/pushrod"))
START_SECONDS = 300  # the launcher may have to build first
WAIT_SECONDS = 20


def until(condition, what, seconds=WAIT_SECONDS):
    """Polls until the condition holds, and says what it waited for when it does not."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(0.01)
    return value


async def soon(awaitable):
    """What a client waits for, with a deadline that only a failure meets."""
    return await asyncio.wait_for(awaitable, WAIT_SECONDS)


class Server:
    """`pushrod serve --dev` on ports of its own; ends with the tests, however these end."""

    def __init__(self, *options):
        self._data = tempfile.TemporaryDirectory()
        self.said = ""
        self._process = subprocess.Popen(
            [LAUNCHER, "serve", "--dev", "--data", self._data.name, "--port", "0", "--ingest-port", "0",
             "--admin-port", "0", "--set", "drain.window=0s", *options],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
        atexit.register(self.stop)
        threading.Thread(target=self._read, daemon=True).start()
        ports = until(self._ports, lambda: f"a start-up line:\n{self.said}", START_SECONDS)
        self.port = int(ports.group(1))

    def _ports(self):
        assert self._process.poll() is None, self.said
        return re.search(r"\bhttp=[^\s:]+:(\d+)", self.said)

    def _read(self):
        for line in self._process.stdout:
            self.said = (self.said + line)[-200_000:]

    def http(self, path=""):
        return f"http://127.0.0.1:{self.port}{path}"

    def ws(self, path):
        return f"ws://127.0.0.1:{self.port}{path}"

    def token(self, user="ada", roles=()):
        """A token of tenant dev for every topic."""
        command = [LAUNCHER, "token", "--data", self._data.name, "--tenant", "dev", "--user", user,
                   "--topics", "*", "--publish", "*"]
        for role in roles:
            command += ["--role", role]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    def publish(self, token, *events):
        """Publishes over HTTP, and returns where each event was put."""
        body = "".join(json.dumps(event) + "\n" for event in events)
        answer = httpx.post(
            self.http("/v1/publish"), content=body,
            headers={"authorization": f"Bearer {token}", "content-type": "application/x-ndjson"})
        assert answer.status_code == 200, answer.text
        return [where for line in answer.text.splitlines() for where in json.loads(line)["published"]]

    def stop(self):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
        self._data.cleanup()


class ServerTest(unittest.IsolatedAsyncioTestCase):
    """Tests that share one server."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.server = Server(*cls.options)
        cls.token = cls.server.token()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
