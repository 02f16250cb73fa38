// KDCube's way of using the stock clients: EventSource for a session's stream, socket.io-client over both transports.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { EventSource } from 'eventsource';
import { io } from 'socket.io-client';
import { Server, until } from './harness.mjs';

let server;
let token;
const open = [];

before(async () => {
  server = await Server.start();
  token = await server.token({ topics: [], publish: [] });
});
after(async () => {
  open.forEach((close) => close());
  await server?.stop();
});

const headers = () => ({ Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' });

async function sessionId() {
  const profile = await fetch(`${server.url}/profile`, { headers: headers() });
  return (await profile.json()).session_id;
}

function send(streamId, message) {
  const body = JSON.stringify({ message, attachment_meta: [] });
  return fetch(`${server.url}/sse/chat?stream_id=${streamId}`, { method: 'POST', headers: headers(), body });
}

// A stream and what it was told, as [name, envelope].
async function stream(streamId) {
  const query = new URLSearchParams({ stream_id: streamId, bearer_token: token });
  const source = new EventSource(`${server.url}/sse/stream?${query}`);
  const heard = [];
  for (const name of ['ready', 'conv_status', 'chat_start', 'chat_error']) {
    source.addEventListener(name, (event) => heard.push([name, JSON.parse(event.data)]));
  }
  open.push(() => source.close());
  await until(() => heard[0]?.[0] === 'ready', 'ready');
  return heard;
}

async function socket(options) {
  const auth = { user_session_id: await sessionId(), bearer_token: token };
  // The web client puts its auth into the query as well.
  const of = io(server.url, { auth, query: auth, upgrade: false, forceNew: true, ...options });
  open.push(() => of.disconnect());
  const info = await new Promise((resolve, reject) => {
    of.once('session_info', resolve);
    of.once('connect_error', reject);
  });
  return { of, info };
}

test('an EventSource hears of what its tab sends', async () => {
  const heard = await stream('tab1');
  const other = await stream('tab2');
  const answer = await send('tab1', { message: 'hello', conversation_id: 'n1' });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('x-user-type'), 'registered');
  await until(() => heard.length === 4 && other.length === 3, 'events');
  assert.deepEqual(heard.map(([name]) => name), ['ready', 'conv_status', 'conv_status', 'chat_start']);
  assert.equal(heard[3][1].data.message, 'hello');
  assert.deepEqual(other.map(([name]) => name), ['ready', 'conv_status', 'conv_status']);
});

for (const transports of [['websocket', 'polling'], ['polling']]) {
  test(`${transports} carries messages with attachments, acks and events`, async () => {
    const { of, info } = await socket({ transports });
    assert.equal(info.user_id, 'ada');
    const started = new Promise((resolve) => of.once('chat_start', resolve));
    const ack = await of.timeout(5_000).emitWithAck(
      'chat_message',
      { message: { text: 'look', conversation_id: `n2-${transports[0]}` }, attachment_meta: [{ filename: 'a.bin', mime: 'x/y' }] },
      new Uint8Array([1, 2, 3]).buffer,
    );
    assert.equal(ack.ok, true, JSON.stringify(ack));
    assert.equal((await started).data.message, 'look');
    const status = await of.timeout(5_000).emitWithAck('conv_status.get', { conversation_id: `n2-${transports[0]}` });
    assert.equal(status.state, 'in_progress');
    const pong = new Promise((resolve) => of.once('pong', resolve));
    of.emit('ping', {});
    assert.match((await pong).timestamp, /Z$/);
  });
}

test('a client that names no session of its own is rejected', async () => {
  const of = io(server.url, { auth: { user_session_id: 'unknown', bearer_token: token }, forceNew: true, reconnection: false });
  open.push(() => of.disconnect());
  const error = await new Promise((resolve) => of.once('connect_error', resolve));
  assert.equal(error.message, 'Connection rejected by server');
});
