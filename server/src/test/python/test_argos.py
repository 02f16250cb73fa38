"""Argos' streams, read by websockets and httpx-sse."""

import json
import unittest

import httpx
import websockets
from httpx_sse import aconnect_sse

from harness import ServerTest, soon


class ArgosTest(ServerTest):
    def job(self, kind, **job):
        self.server.publish(self.token, {
            "topics": ["project/p1", "project/p1/ingest/j1"], "type": f"ingest.job.{kind}",
            "data": {"job": {"id": "j1", "project_id": "p1", **job}}})

    def url(self):
        return self.server.ws("/api/stream/projects/p1/ingest/j1")

    async def test_comes_back_to_the_state(self):
        self.job("created", status="queued")
        for progress in (0.1, 0.2):
            async with websockets.connect(self.url()) as socket:
                first = json.loads(await soon(socket.recv()))
                self.assertEqual({"type", "job"}, set(first))
                self.assertEqual("ingest.job.created", first["type"])
                self.job("updated", status="running", progress=progress)
                event = json.loads(await soon(socket.recv()))
                self.assertEqual(("ingest.job.updated", progress), (event["type"], event["job"]["progress"]))
                self.assertTrue(event["timestamp"].endswith("+00:00"))
        async with websockets.connect(self.url()) as socket:
            self.assertEqual(0.2, json.loads(await soon(socket.recv()))["job"]["progress"])

    async def test_is_told_of_what_is_not_there(self):
        async with websockets.connect(self.server.ws("/api/stream/projects/p1/agent-runs/no")) as socket:
            self.assertEqual({"error": "run_not_found", "run_id": "no"}, json.loads(await soon(socket.recv())))
            with self.assertRaises(websockets.ConnectionClosed) as closed:
                await soon(socket.recv())
            self.assertEqual(1008, closed.exception.rcvd.code)

    async def test_follows_an_event_stream_to_its_end(self):
        self.job("created", status="queued")
        seen = []
        async with httpx.AsyncClient() as client:
            path = self.server.http("/api/stream/projects/p1/ingest/j1/events")
            async with aconnect_sse(client, "GET", path) as source:
                async for sse in source.aiter_sse():
                    self.assertEqual(sse.event, json.loads(sse.data)["type"])
                    self.assertEqual("", sse.id)
                    seen.append(sse.event)
                    if len(seen) == 1:
                        self.job("running", status="running")
                        self.job("completed", status="completed")
        self.assertEqual(["ingest.job.created", "ingest.job.running", "ingest.job.completed"], seen)


if __name__ == "__main__":
    unittest.main()
