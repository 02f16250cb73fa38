import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { chromium } from 'playwright-core';
import WebSocket from 'ws';
import { Program, Server, SourceReader, publish, until } from './harness.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
const absent = !existsSync(CHROMIUM) && !process.env.CI && `no browser at ${CHROMIUM}: apt-get install chromium, or set CHROMIUM`;
const LONG = 'to be or not to be, '.repeat(200);

let server;
let token;

beforeEach(async () => {
  server = await Server.start('serve', ['--set', 'compression.sse=true', '--set', 'heartbeat.sse_comment=200ms']);
  token = await server.token();
});
afterEach(() => server?.stop());

const say = (n, text = LONG) => publish(server, token, [{ topic: 't', type: 'note', data: { n, text } }]);
const stream = () => `${server.url}/v1/sse?topic=t&token=${token}`;

// Each event is published when the one before it has been seen, so none waits for another.
async function readsAtOnce(seen) {
  for (const n of [1, 2, 3]) {
    await say(n, n === 2 ? 'short' : LONG);
    await until(() => seen(n), `event ${n}`);
  }
}

test('ws agrees to permessage-deflate, reads compressed events and sends compressed commands', async () => {
  const events = [];
  const open = (options) => new WebSocket(`${server.url.replace('http', 'ws')}/v1/ws?token=${token}`, options);
  for (const options of [{ perMessageDeflate: { threshold: 0 } }, { perMessageDeflate: { serverMaxWindowBits: 10 } }]) {
    const socket = open(options);
    socket.on('message', (text) => {
      const message = JSON.parse(text);
      if (message.op === 'welcome') {
        socket.send(JSON.stringify({ op: 'subscribe', id: 1, topic: 't', note: LONG }));
      }
      events.push(message);
    });
    await until(() => events.find(({ op }) => op === 'ack'), 'acknowledged subscription');
    assert.equal(socket.extensions, 'permessage-deflate');
    await readsAtOnce((n) => events.some(({ data }) => data?.n === n && (n === 2 || data.text === LONG)));
    assert.deepEqual(events.filter(({ data }) => data).map(({ data }) => data.n), [1, 2, 3]);
    socket.close();
    await until(() => socket.readyState === WebSocket.CLOSED, 'closed socket');
    events.length = 0;
  }
});

test('fetch shows each event at once and ends cleanly', async () => {
  const response = await fetch(stream(), { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(response.headers.get('content-encoding'), 'gzip');
  let text = '';
  const read = (async () => {
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      text += piece;
    }
  })();
  await until(() => text.includes('"welcome"'), 'welcome');
  await until(() => text.includes('\n:\n\n'), 'heartbeat');
  await readsAtOnce((n) => text.includes(`"n":${n},`) && text.endsWith('\n\n'));
  await server.drain();
  await read;
  assert.match(text, /data: \{"op":"close","reason":"shutdown".*\}\n\n$/);
});

for (const version of ['--http1.1', '--http1.0']) {
  test(`curl --compressed ${version} shows each event at once and ends cleanly`, async () => {
    const program = new Program('curl', ['-sSN', '--compressed', version, stream()]);
    await program.until(() => program.output.includes('"welcome"'), 'welcome');
    await readsAtOnce((n) => program.lines.some((line) => line.includes(`"n":${n},`)));
    await server.drain();
    await until(() => program.exited, 'end of curl');
    assert.equal(program.exitCode, 0, program.output);
    assert.match(program.output, /"op":"close","reason":"shutdown"/);
  });
}

test('eventsource reads a gzip stream, and comes back when the server does', async () => {
  const source = await SourceReader.open(server.url, token, 'topic=t');
  await readsAtOnce((n) => source.events.some(({ data }) => data.n === n));
  await server.drain();
  await server.boot();
  await until(() => source.starts.length === 2, 'second welcome');
  await say(4);
  await until(() => source.events.some(({ data }) => data.n === 4), 'event 4');
  source.close();
});

test('a browser reads a gzip stream by EventSource at once, and a compressed WebSocket', { skip: absent }, async () => {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'pushrod-browser-'));
  const browser = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, args: FLAGS });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}/nothing`);
    const head = page.waitForResponse((response) => response.url().includes('/v1/sse'));
    await page.evaluate((url) => {
      globalThis.seen = [];
      globalThis.errors = 0;
      const source = new EventSource(url);
      source.onmessage = ({ data }) => globalThis.seen.push(JSON.parse(data));
      source.onerror = () => globalThis.errors++;
    }, stream());
    assert.equal((await head).headers()['content-encoding'], 'gzip');
    await page.evaluate((url) => new Promise((ready) => {
      globalThis.heard = [];
      const socket = new WebSocket(url);
      socket.onmessage = ({ data }) => {
        const message = JSON.parse(data);
        globalThis.heard.push(message);
        if (message.op === 'welcome') {
          socket.send(JSON.stringify({ op: 'subscribe', id: 1, topic: 't', note: 'x'.repeat(5_000) }));
        } else if (message.op === 'ack') {
          ready();
        }
      };
      globalThis.socket = socket;
    }), `${server.url.replace('http', 'ws')}/v1/ws?token=${token}`);
    assert.match(await page.evaluate(() => globalThis.socket.extensions), /^permessage-deflate/);
    const has = (where) => (n) => page.evaluate(
      ([of, number]) => globalThis[of].some(({ data }) => data?.n === number),
      [where, n],
    );
    await until(() => page.evaluate(() => globalThis.seen.some(({ op }) => op === 'welcome')), 'welcome');
    await readsAtOnce(async (n) => (await has('seen')(n)) && (await has('heard')(n)));
    const whole = await page.evaluate((text) => globalThis.seen.find(({ data }) => data?.n === 3).data.text === text, LONG);
    assert.ok(whole);
    await server.drain();
    await until(() => page.evaluate(() => globalThis.seen.some(({ reason }) => reason === 'shutdown')), 'goodbye');
    await until(() => page.evaluate(() => globalThis.errors > 0), 'end of the stream');
    await server.boot();
    await until(() => page.evaluate(() => globalThis.seen.filter(({ op }) => op === 'welcome').length === 2), 'second welcome');
  } finally {
    await browser.close();
    await rm(profile, { recursive: true, force: true });
  }
});
