import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventSource } from 'eventsource';
import { numbered, publish, Server, SocketReader, SourceReader, until } from './harness.mjs';

let server;
let token;

before(async () => {
  server = await Server.start();
  token = await server.token();
});
after(() => server?.stop());

// The same token with another signature.
function forged() {
  const [head, claims, signature] = token.split('.');
  return [head, claims, (signature[0] === 'A' ? 'B' : 'A') + signature.slice(1)].join('.');
}

for (const [name, bad] of [
  ['forged', forged],
  ['garbage', () => 'not-a-token'],
]) {
  test(`a ${name} token opens no WebSocket`, async () => {
    const socket = await SocketReader.open(server.url, bad(), 'job/x');
    const status = /Unexpected server response: (\d+)/.exec(socket.failed?.message ?? '')?.[1];
    assert.equal(status ?? String(socket.closed.code), status ? '401' : '4500');
    assert.deepEqual(socket.events, []);
  });

  test(`a ${name} token ends an EventSource for good`, async () => {
    const source = await SourceReader.open(server.url, bad(), 'topic=job/x');
    assert.equal(source.source.readyState, EventSource.CLOSED);
    assert.equal(source.errors.at(-1).code, 401);
  });

  test(`a ${name} token publishes nothing`, async () => {
    const response = await fetch(`${server.url}/v1/publish`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bad()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ topic: 'job/x', type: 'custom:n', data: {} }),
    });
    assert.equal(response.status, 401);
    const { error } = await response.json();
    assert.equal(error.code, 'unauthenticated');
    assert.equal(error.retryable, false);
  });
}

test('a topic outside the grants answers the same whether it exists or not', async () => {
  await publish(server, token, numbered('job/secret', 1, 3));
  const narrow = await server.token({ user: 'eve', topics: ['thread/*'], publish: ['thread/*'] });
  const ask = async (topic) => {
    const response = await fetch(`${server.url}/v1/topics/${topic}/events`, {
      headers: { authorization: `Bearer ${narrow}` },
    });
    return { status: response.status, body: (await response.text()).replaceAll(topic, 'T') };
  };
  const subscribe = async (topic) => {
    const socket = await SocketReader.open(server.url, narrow, 'thread/1');
    socket.socket.send(JSON.stringify({ op: 'subscribe', id: 7, topic }));
    const answer = await until(() => socket.controls.find(({ id }) => id === 7), 'answer to the subscription');
    socket.destroy();
    return { ...answer, message: answer.message.replaceAll(topic, 'T') };
  };
  const existing = await ask('job/secret');
  assert.equal(existing.status, 404);
  assert.deepEqual(existing, await ask('job/nothing'));
  const refused = await subscribe('job/secret');
  assert.equal(refused.code, 'not_found');
  assert.deepEqual(refused, await subscribe('job/nothing'));
});
