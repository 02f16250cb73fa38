"""CIRIS' streams, read as the client in its guide reads them."""

import json
import unittest

import websockets

from harness import ServerTest, soon


class CirisTest(ServerTest):
    def setUp(self):
        self.observer = self.server.token(roles=["OBSERVER"])

    def message(self, content):
        return {
            "topic": "stream/messages", "type": "message",
            "data": {"message_id": content, "channel_id": "c1", "author_id": "agent", "content": content,
                     "direction": "outgoing"},
        }

    async def test_reads_messages_behind_the_auth_frame(self):
        async with websockets.connect(self.server.ws(f"/v1/stream/messages?token={self.observer}")) as websocket:
            auth = json.loads(await soon(websocket.recv()))
            self.assertEqual("auth", auth["type"])
            self.assertEqual({"authenticated": True, "user_id": "ada", "role": "OBSERVER"}, auth["data"])
            self.server.publish(self.token, self.message("hello"))
            async for text in websocket:
                data = json.loads(text)
                if data["type"] == "message":
                    self.assertEqual("hello", data["data"]["content"])
                    break

    async def test_chooses_among_all_streams(self):
        async with websockets.connect(self.server.ws(f"/v1/stream/all?token={self.observer}")) as websocket:
            await soon(websocket.recv())
            await websocket.send(json.dumps({"type": "subscribe", "streams": ["message", "log"]}))
            reply = json.loads(await soon(websocket.recv()))
            self.assertEqual(["message"], reply["data"]["subscribed"])
            self.assertEqual(["log"], reply["data"]["denied"])
            await websocket.send(json.dumps({"type": "unsubscribe", "streams": ["message"]}))
            self.assertEqual({"removed": ["message"]}, json.loads(await soon(websocket.recv()))["data"])

    async def test_is_told_by_1008_that_a_token_is_none(self):
        async with websockets.connect(self.server.ws("/v1/stream/messages?token=none")) as websocket:
            with self.assertRaises(websockets.ConnectionClosed) as closed:
                await soon(websocket.recv())
        self.assertEqual(1008, closed.exception.rcvd.code)
        self.assertEqual("Authentication required", closed.exception.rcvd.reason)


if __name__ == "__main__":
    unittest.main()
