"""Runs of Dockrion's clients, read with httpx-sse."""

import json
import unittest

import httpx
from httpx_sse import aconnect_sse

from harness import ServerTest, soon


class DockrionTest(ServerTest):
    async def test_reads_how_a_run_ended_that_nobody_took(self):
        headers = {"X-API-Key": self.token}
        async with httpx.AsyncClient(headers=headers) as client:
            accepted = await client.post(self.server.http("/runs?agent=nobody&run_id=r1"), json={"text": "hi"})
            self.assertEqual(202, accepted.status_code)
            self.assertEqual("/runs/r1/events", accepted.json()["events_url"])
            await client.delete(self.server.http("/runs/r1?reason=enough"))
            types = await soon(self.types(client, "/runs/r1/events?from_sequence=1"))
        self.assertEqual("cancelled", types[-1])

    async def types(self, client, path):
        async with aconnect_sse(client, "GET", self.server.http(path)) as source:
            # What only sets the id and the time to come back has no data, and is no event for browsers.
            return [json.loads(sse.data)["type"] async for sse in source.aiter_sse()
                    if sse.data and sse.event != "control"]


if __name__ == "__main__":
    unittest.main()
