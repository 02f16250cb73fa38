// The stock client of Socket.IO: both transports, the upgrade between them, acks, binary, refusals, and recovery.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { io } from 'socket.io-client';
import { LAUNCHER, Program, Proxy, Pump, Server, pump, range, until } from './harness.mjs';

let server;
let token;
let proxy;
const sockets = [];

before(async () => {
  server = await Server.start();
  token = await server.token();
  proxy = await Proxy.to(server);
});
after(async () => {
  sockets.forEach((socket) => socket.disconnect());
  proxy?.close();
  await server?.stop();
});

// A client of the native namespace that keeps what it gets.
async function join(base, options = {}) {
  const socket = io(`${base}/v1`, { auth: { token }, forceNew: true, reconnectionDelay: 50, ...options });
  socket.numbers = [];
  socket.offsets = [];
  socket.on('custom:n', ({ data }, offset) => {
    socket.numbers.push(data.n);
    socket.offsets.push(offset);
  });
  sockets.push(socket);
  await until(() => socket.connected, 'connection');
  return socket;
}

const transport = (socket) => socket.io.engine.transport.name;

for (const transports of [['polling'], ['websocket']]) {
  test(`${transports} carries commands, acks and events`, async () => {
    const socket = await join(server.url, { transports });
    const topic = `job/${transports}`;
    const ack = await socket.timeout(5_000).emitWithAck('subscribe', { topic });
    assert.equal(ack.op, 'ack');
    assert.match(ack.cursor, /-0$/);
    await pump(server, token, topic, 1, 50);
    await until(() => socket.numbers.length === 50, 'events');
    assert.deepEqual(socket.numbers, range(1, 50));
    assert.match(socket.offsets.at(-1), new RegExp(`^${topic}=.+-50$`));
    const published = await socket.timeout(5_000).emitWithAck('publish', { topic, type: 'note', data: 'é€😀' });
    assert.equal(published.published[0].seq, 51);
    assert.equal((await socket.timeout(5_000).emitWithAck('dance', {})).code, 'unknown_op');
    assert.equal(transport(socket), transports[0]);
    socket.disconnect();
  });
}

test('a client goes from polling to WebSocket, and misses and doubles nothing', async () => {
  for (let round = 0; round < 5; round++) {
    const topic = `job/up${round}`;
    const pumping = new Pump(server, token, topic);
    const socket = await join(server.url);
    await socket.timeout(5_000).emitWithAck('subscribe', { topic, after: 'earliest' });
    await until(() => transport(socket) === 'websocket', 'upgrade');
    await until(() => socket.numbers.length >= 100, 'events');
    const published = await pumping.stop();
    await until(() => socket.numbers.length >= published, 'all events');
    assert.deepEqual(socket.numbers, range(1, published));
    socket.disconnect();
  }
});

test('a client without a good token, or of no namespace, is told why', async () => {
  const refusal = (path, auth) =>
    new Promise((resolve) => {
      const socket = io(server.url + path, { auth, forceNew: true });
      sockets.push(socket);
      socket.on('connect_error', (error) => {
        resolve(error.message);
        socket.disconnect();
      });
    });
  assert.equal(await refusal('/v1', {}), 'unauthenticated');
  assert.equal(await refusal('/v1', { token: 'nonsense' }), 'unauthenticated');
  assert.equal(await refusal('/nowhere', { token }), 'Invalid namespace');
});

for (const transports of [['websocket'], ['polling'], ['polling', 'websocket']]) {
  test(`a client over ${transports} whose connection is cut recovers what it missed`, async () => {
    const topics = [`job/cut-${transports.join('-')}`, `job/cut2-${transports.join('-')}`];
    const socket = await join(proxy.url, { transports });
    const connections = [];
    const drops = [];
    const seen = { [topics[0]]: [], [topics[1]]: [] };
    socket.on('custom:n', ({ topic, data }) => seen[topic].push(data.n));
    socket.on('connect', () => connections.push({ id: socket.id, recovered: socket.recovered }));
    socket.on('disconnect', (reason) => drops.push(reason));
    const id = socket.id;
    for (const topic of topics) {
      await socket.timeout(5_000).emitWithAck('subscribe', { topic });
    }
    const pumps = topics.map((topic) => new Pump(server, token, topic));
    for (let cut = 1; cut <= 3; cut++) {
      const more = (count) => socket.numbers.length + count;
      const warm = more(100);
      await until(() => socket.numbers.length >= warm, 'events');
      // A cut between two polls goes unnoticed: the next one takes a new connection.
      while (drops.length < cut) {
        proxy.cut();
        const unnoticed = more(50);
        await until(() => drops.length >= cut || socket.numbers.length >= unnoticed, `drop ${cut}, or events`);
      }
      await until(() => connections.length >= cut, `connection ${cut} after it was lost`);
    }
    const published = await Promise.all(pumps.map((pumping) => pumping.stop()));
    await until(() => topics.every((topic, i) => seen[topic].length >= published[i]), 'all events');
    topics.forEach((topic, i) => assert.deepEqual(seen[topic], range(1, published[i])));
    connections.forEach((connection) => assert.deepEqual(connection, { id, recovered: true }));
    assert.ok(drops.every((reason) => reason.startsWith('transport')), drops.join());
    socket.disconnect();
  });
}

test('a client that leaves is not recovered', async () => {
  const socket = await join(server.url, { transports: ['websocket'] });
  const id = socket.id;
  socket.disconnect().connect();
  await until(() => socket.connected, 'second connection');
  assert.notEqual(socket.id, id);
  assert.equal(socket.recovered, false);
  socket.disconnect();
});

test('a client is told of a drain, and comes back by itself', async () => {
  const socket = await join(server.url);
  await until(() => transport(socket) === 'websocket', 'upgrade');
  const told = [];
  socket.on('close', (control) => told.push(control));
  await server.drain();
  await until(() => told.length > 0, 'a goodbye');
  assert.equal(told[0].reason, 'shutdown');
  await server.boot();
  await until(() => socket.connected && !socket.recovered, 'a connection to the new server');
  socket.disconnect();
});

test('the echoes send binary back, alone and nested, by event and by ack', async () => {
  const program = new Program(LAUNCHER, ['conformance', '--port', '0']);
  try {
    const ready = () => /ready on (\S+)/.exec(program.output)?.[1];
    await program.until(ready, 'a start-up line', 300_000);
    for (const transports of [['polling'], ['websocket']]) {
      const socket = io(ready(), { transports, forceNew: true, auth: { who: 'ada' } });
      sockets.push(socket);
      const greeting = await new Promise((resolve) => socket.on('auth', resolve));
      assert.deepEqual(greeting, { who: 'ada' });
      const back = new Promise((resolve) => socket.on('message-back', (...args) => resolve(args)));
      socket.emit('message', 'a', Buffer.from([1, 2, 3]), { deep: [Buffer.from([4])] });
      const [text, bytes, nested] = await back;
      assert.equal(text, 'a');
      assert.deepEqual(Buffer.from(bytes), Buffer.from([1, 2, 3]));
      assert.deepEqual(Buffer.from(nested.deep[0]), Buffer.from([4]));
      const answer = await socket.timeout(5_000).emitWithAck('message-with-ack', Buffer.alloc(100_000, 7));
      assert.deepEqual(Buffer.from(answer), Buffer.alloc(100_000, 7));
      socket.disconnect();
    }
  } finally {
    await program.kill('SIGTERM');
  }
});
