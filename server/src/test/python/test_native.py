"""The native interface, read by websockets and httpx-sse."""

import json
import unittest

import httpx
import websockets
from httpx_sse import aconnect_sse

from harness import ServerTest, soon


def numbered(topic, first, last):
    return [{"topic": topic, "type": "custom:n", "data": {"n": n}} for n in range(first, last + 1)]


class WebSocketsTest(ServerTest):
    async def test_reads_what_is_stored_and_what_comes(self):
        self.server.publish(self.token, *numbered("ws/1", 1, 3))
        async with websockets.connect(self.server.ws(f"/v1/ws?token={self.token}")) as socket:
            self.assertEqual("welcome", json.loads(await soon(socket.recv()))["op"])
            await socket.send(json.dumps({"op": "subscribe", "id": 1, "topic": "ws/1", "after": "earliest"}))
            self.assertEqual("ack", json.loads(await soon(socket.recv()))["op"])
            stored = [json.loads(await soon(socket.recv())) for _ in range(3)]
            self.server.publish(self.token, *numbered("ws/1", 4, 5))
            live = [json.loads(await soon(socket.recv())) for _ in range(2)]
        self.assertEqual([1, 2, 3, 4, 5], [event["data"]["n"] for event in stored + live])

    async def test_agrees_to_compress(self):
        topic = "ws/deflate"
        async with websockets.connect(self.server.ws(f"/v1/ws?token={self.token}")) as socket:
            await soon(socket.recv())
            await socket.send(json.dumps({"op": "subscribe", "id": 1, "topic": topic}))
            await soon(socket.recv())
            self.server.publish(self.token, {"topic": topic, "type": "custom:n", "data": {"text": "a" * 5000}})
            self.assertEqual("a" * 5000, json.loads(await soon(socket.recv()))["data"]["text"])
            self.assertIn("permessage-deflate", socket.response.headers["sec-websocket-extensions"])


class HttpxSseTest(ServerTest):
    async def read(self, client, topic, count, last_event_id=None):
        headers = {"authorization": f"Bearer {self.token}"}
        if last_event_id:
            headers["last-event-id"] = last_event_id
        events = []
        async with aconnect_sse(client, "GET", self.server.http(f"/v1/sse?topic={topic}&after=earliest"),
                                headers=headers) as source:
            async for sse in source.aiter_sse():
                if "seq" in json.loads(sse.data):
                    events.append(sse)
                if len(events) == count:
                    return events

    async def test_resumes_behind_the_last_id(self):
        self.server.publish(self.token, *numbered("sse/1", 1, 6))
        async with httpx.AsyncClient() as client:
            first = await soon(self.read(client, "sse/1", 3))
            rest = await soon(self.read(client, "sse/1", 3, first[-1].id))
        self.assertEqual([1, 2, 3, 4, 5, 6], [json.loads(sse.data)["data"]["n"] for sse in first + rest])


if __name__ == "__main__":
    unittest.main()
