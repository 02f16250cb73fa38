import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { numbered, publish, Server, SocketReader, SourceReader, until } from './harness.mjs';

const TOPIC = 'job/restart';
let server;
let token;

before(async () => {
  server = await Server.start();
  token = await server.token();
});
after(() => server?.stop());

test('a server that was killed answers old cursors with a gap of reason epoch, not with silence', async () => {
  const source = await SourceReader.open(server.url, token, `topic=${TOPIC}`);
  const socket = await SocketReader.open(server.url, token, TOPIC);
  await publish(server, token, numbered(TOPIC, 1, 40));
  await Promise.all([source.has(40), socket.has(40)]);
  const [epoch] = socket.cursor.split('-');

  await server.crash();
  await until(() => socket.closed, 'closed socket');
  await server.boot();
  const again = await SocketReader.open(server.url, token, TOPIC, { after: socket.cursor });
  await until(() => source.starts.length >= 2, 'the EventSource to be back');
  await publish(server, token, numbered(TOPIC, 41, 60));
  await Promise.all([source.has(60), again.has(20)]);

  for (const events of [source.events.slice(40), again.events]) {
    const [gap, ...rest] = events;
    assert.equal(gap.type, 'gap');
    assert.equal(gap.seq, undefined);
    assert.deepEqual(gap.data, { reason: 'epoch', from: `${epoch}-41`, to: null });
    const [fresh, start] = gap.id.split('-');
    assert.notEqual(fresh, epoch);
    assert.equal(start, '0');
    assert.deepEqual(rest.map(({ id }) => id), Array.from({ length: 20 }, (_, i) => `${fresh}-${i + 1}`));
  }
  assert.deepEqual(again.numbers, Array.from({ length: 20 }, (_, i) => 41 + i));
  again.destroy();
  source.close();
});

test('native EventSource survives a drain and goes on at the next server on the same port', async () => {
  const topic = 'job/drain';
  const source = await SourceReader.open(server.url, token, `topic=${topic}`);
  await publish(server, token, numbered(topic, 1, 40));

  assert.equal(await server.drain(), 0);

  await source.has(40);
  const goodbye = source.controls.at(-1);
  assert.equal(goodbye.reason, 'shutdown');
  assert.equal(goodbye.cursors[topic], source.events[39].id);
  await server.boot();
  await until(() => source.starts.length >= 2, 'the EventSource to be back');
  await publish(server, token, numbered(topic, 41, 60));
  await source.has(60);
  const [gap, ...rest] = source.events.slice(40);
  assert.deepEqual(gap.data, { reason: 'epoch', from: goodbye.cursors[topic].replace(/40$/, '41'), to: null });
  assert.equal(rest.length, 20);
  source.close();
});
