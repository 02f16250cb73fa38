import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertExactly, numbered, publish, pump, Server, SocketReader, SourceReader } from './harness.mjs';

let server;
let token;

before(async () => {
  server = await Server.start();
  token = await server.token();
});
after(() => server?.stop());

test('delivers the same events in the same order over WebSocket and SSE', async () => {
  const socket = await SocketReader.open(server.url, token, 'job/order');
  const source = await SourceReader.open(server.url, token, 'topic=job/order');
  await pump(server, token, 'job/order', 1, 300);
  await Promise.all([socket.has(300), source.has(300)]);
  assertExactly(socket, 1, 300);
  assertExactly(source, 1, 300);
  assert.deepEqual(socket.events, source.events);
  socket.destroy();
  source.close();
});

test('gives the published ids, topic and sequence in order', async () => {
  const published = await publish(server, token, numbered('job/ids', 1, 20));
  assert.deepEqual(published.map(({ seq }) => seq), Array.from({ length: 20 }, (_, i) => i + 1));
  const [epoch] = published[0].id.split('-');
  published.forEach(({ id, topic, seq }) => {
    assert.equal(id, `${epoch}-${seq}`);
    assert.equal(topic, 'job/ids');
  });
});

test('answers a single publication as one object', async () => {
  const response = await fetch(`${server.url}/v1/publish`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ topics: ['job/one', 'job/two'], type: 'token_chunk', run_id: 'r1', data: { text: 'hi' } }),
  });
  assert.equal(response.status, 200);
  const { published } = await response.json();
  assert.deepEqual(published.map(({ topic }) => topic), ['job/one', 'job/two']);
});

test('replays history and goes on live without a seam', async () => {
  await pump(server, token, 'job/seam', 1, 100);
  const pumping = pump(server, token, 'job/seam', 101, 300);
  const socket = await SocketReader.open(server.url, token, 'job/seam', { after: 'earliest' });
  const source = await SourceReader.open(server.url, token, 'topic=job/seam&after=earliest');
  await pumping;
  await Promise.all([socket.has(300), source.has(300)]);
  assertExactly(socket, 1, 300);
  assertExactly(source, 1, 300);
  socket.destroy();
  source.close();
});

test('pages through history', async () => {
  await pump(server, token, 'job/pages', 1, 120);
  const numbers = [];
  let after = 'earliest';
  for (let more = true; more; ) {
    const url = `${server.url}/v1/topics/job/pages/events?after=${after}&limit=50`;
    const page = await (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).json();
    numbers.push(...page.events.map(({ data }) => data.n));
    assert.equal(page.last, 120);
    after = page.cursor;
    more = page.more;
  }
  assert.deepEqual(numbers, Array.from({ length: 120 }, (_, i) => i + 1));
});

test('folds the past of a late joiner without losing text', async () => {
  const words = Array.from({ length: 200 }, (_, i) => `word ${i}, `);
  const chunk = (text) => ({ topic: 'job/fold', type: 'token_chunk', run_id: 'r1', data: { text } });
  await publish(server, token, words.map(chunk));
  const socket = await SocketReader.open(server.url, token, 'job/fold', { after: 'earliest', fold: true });
  const source = await SourceReader.open(server.url, token, 'topic=job/fold&after=earliest&fold=1');
  await publish(server, token, [{ topic: 'job/fold', type: 'custom:n', data: { n: 1 } }]);
  await Promise.all([socket.has(1), source.has(1)]);
  for (const { events } of [socket, source]) {
    assert.equal(events.map(({ data }) => data.text ?? '').join(''), words.join(''));
    assert.ok(events.length < 200, `${events.length} events (expected: fewer than were published)`);
    let last = 0;
    for (const { seq, from_seq: from } of events) {
      assert.equal(from ?? seq, last + 1);
      last = seq;
    }
    assert.equal(last, 201);
  }
  socket.destroy();
  source.close();
});
