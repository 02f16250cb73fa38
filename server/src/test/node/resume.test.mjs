import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { LAUNCHER, Program, Proxy, Pump, Server, SocketReader, SourceReader } from './harness.mjs';
import { assertExactly, pump, range, until } from './harness.mjs';

let server;
let token;
let proxy;

before(async () => {
  server = await Server.start();
  token = await server.token();
  proxy = await Proxy.to(server);
});
after(async () => {
  proxy?.close();
  await server?.stop();
});

test('a WebSocket whose connection is destroyed continues by cursor', async () => {
  const first = await SocketReader.open(server.url, token, 'job/ws');
  const pumping = new Pump(server, token, 'job/ws');
  await first.has(50);
  first.destroy();
  await until(() => first.closed, 'closed socket');
  const second = await SocketReader.open(server.url, token, 'job/ws', { after: first.cursor });
  await second.has(50);
  const published = await pumping.stop();
  await second.has(published - first.numbers.length);
  assertExactly(first, 1, first.numbers.length);
  assertExactly(second, first.numbers.length + 1, published);
  second.destroy();
});

test('every spelling of "continue from" continues at the same place', async () => {
  await pump(server, token, 'job/spell', 1, 20);
  const all = await SocketReader.open(server.url, token, 'job/spell', { after: 'earliest' });
  await all.has(20);
  const cursor = all.events[9].id;
  const exclusive = ['after', 'starting_after', 'since', 'offset', 'last_event_id'];
  const spellings = exclusive.flatMap((name) => [[name, cursor], [name, '10']]).concat([['from_sequence', '11']]);
  for (const [name, value] of spellings) {
    const socket = await SocketReader.open(server.url, token, 'job/spell', { [name]: value });
    const source = await SourceReader.open(server.url, token, `topic=job/spell&${name}=${value}`);
    await Promise.all([socket.has(10), source.has(10)]);
    assert.deepEqual(socket.numbers, range(11, 20), `${name}=${value} over WebSocket`);
    assert.deepEqual(source.numbers, range(11, 20), `${name}=${value} over SSE`);
    socket.destroy();
    source.close();
  }
  all.destroy();
});

test('a native EventSource continues by Last-Event-ID each time its connection is cut', async () => {
  const source = await SourceReader.open(proxy.url, token, 'topic=job/sse');
  const pumping = new Pump(server, token, 'job/sse');
  for (const connections of [1, 2, 3]) {
    await until(() => source.starts.length === connections, `connection ${connections}`);
    await source.has(source.numbers.length + 50);
    if (connections < 3) {
      proxy.cut();
    }
  }
  const published = await pumping.stop();
  await source.has(published);
  assertExactly(source, 1, published);
  source.close();
});

test('an EventSource over two topics continues each at its own place', async () => {
  const source = await SourceReader.open(proxy.url, token, 'topic=job/left&topic=job/right');
  const pumps = [new Pump(server, token, 'job/left'), new Pump(server, token, 'job/right')];
  await source.has(100);
  proxy.cut();
  await until(() => source.starts.length === 2, 'second connection');
  await source.has(source.numbers.length + 50);
  const [left, right] = await Promise.all(pumps.map((pump) => pump.stop()));
  await source.has(left + right);
  const of = (topic) => source.events.filter((event) => event.topic === topic).map(({ data }) => data.n);
  assert.deepEqual(of('job/left'), range(1, left));
  assert.deepEqual(of('job/right'), range(1, right));
  source.close();
});

// Each of these programs prints one event a line and is started anew from the last line of the one before.
const curl = (cursor) => [
  'curl',
  ['-sN', ...(cursor ? ['-H', `Last-Event-ID: ${cursor}`] : []), `${server.url}/v1/sse?topic=job/curl&after=earliest&token=${token}`],
];
const client = (cursor) => [
  process.execPath,
  [new URL('client.mjs', import.meta.url).pathname, server.url, token, 'job/client', cursor ?? 'earliest'],
];
const tail = (transport) => (cursor) => [
  LAUNCHER,
  ['tail', '--url', server.url, '--token', token, '--topic', `job/tail-${transport}`, '--transport', transport,
    '--json', '--after', cursor ?? 'earliest'],
];

for (const [topic, command] of [
  ['job/curl', curl],
  ['job/client', client],
  ['job/tail-ws', tail('ws')],
  ['job/tail-sse', tail('sse')],
]) {
  test(`kill -9 in mid-stream loses and repeats nothing: ${topic}`, async () => {
    const pumping = new Pump(server, token, topic);
    const printed = [];
    const run = async (enough) => {
      const program = new Program(...command(printed.at(-1)?.id));
      const events = () => program.lines.map(parseLine).filter((event) => event?.type === 'custom:n');
      await program.until(() => printed.length + events().length >= enough, `${enough} events`, 60_000);
      await program.kill('SIGKILL');
      printed.push(...events());
    };
    await run(50);
    await run(printed.length + 50);
    const published = await pumping.stop();
    await run(published);
    assert.deepEqual(printed.map(({ data }) => data.n), range(1, published));
  });
}

for (const transport of ['ws', 'sse']) {
  test(`tail over ${transport} comes back by itself when its connection is cut`, async () => {
    const topic = `job/cut-${transport}`;
    const program = new Program(LAUNCHER, [
      'tail', '--url', proxy.url, '--token', token, '--topic', topic, '--transport', transport, '--json', '--after', 'earliest',
    ]);
    const numbers = () => program.lines.map(parseLine).filter((event) => event?.type === 'custom:n').map(({ data }) => data.n);
    await pump(server, token, topic, 1, 100);
    await program.until(() => numbers().length >= 100, '100 events', 60_000);
    const before = proxy.connections;
    proxy.cut();
    await pump(server, token, topic, 101, 300);
    await program.until(() => numbers().length >= 300, '300 events');
    assert.ok(proxy.connections > before);
    await program.kill('SIGKILL');
    assert.deepEqual(numbers(), range(1, 300));
  });
}

// An event from a line of JSON, or of SSE as curl shows it; anything else is not one.
function parseLine(line) {
  const json = line.startsWith('data: ') ? line.slice(6) : line;
  return json.startsWith('{') ? JSON.parse(json) : undefined;
}
