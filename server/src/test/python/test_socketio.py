"""The native namespace, read with python-socketio."""

import queue
import unittest

import socketio

from harness import ServerTest, WAIT_SECONDS


class SocketIoTest(ServerTest):
    def reads(self, transport):
        topic = f"py/{transport}"
        events = queue.Queue()
        client = socketio.Client(reconnection=False)
        client.on("custom:n", lambda event, offset: events.put((event["data"]["n"], offset)), namespace="/v1")
        client.connect(self.server.http(), namespaces=["/v1"], auth={"token": self.token}, transports=[transport])
        try:
            ack = client.call("subscribe", {"topic": topic}, namespace="/v1", timeout=WAIT_SECONDS)
            self.assertEqual("ack", ack["op"])
            self.server.publish(self.token, *({"topic": topic, "type": "custom:n", "data": {"n": n}}
                                              for n in range(1, 6)))
            read = [events.get(timeout=WAIT_SECONDS) for _ in range(5)]
        finally:
            client.disconnect()
        self.assertEqual([1, 2, 3, 4, 5], [n for n, _ in read])
        self.assertTrue(all(offset.startswith(f"{topic}=") for _, offset in read))

    def test_reads_over_websocket(self):
        self.reads("websocket")

    def test_reads_by_polling(self):
        self.reads("polling")

    def test_is_told_why_it_is_refused(self):
        client = socketio.Client(reconnection=False)
        refusals = queue.Queue()
        client.on("connect_error", refusals.put, namespace="/v1")
        with self.assertRaises(socketio.exceptions.ConnectionError):
            client.connect(self.server.http(), namespaces=["/v1"], auth={"token": "none"})
        self.assertEqual("unauthenticated", refusals.get(timeout=WAIT_SECONDS)["message"])


if __name__ == "__main__":
    unittest.main()
