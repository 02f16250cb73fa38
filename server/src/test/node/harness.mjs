// Starts a server the way a user does, breaks its connections, and reads it with other people's clients.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { EventSource } from 'eventsource';
import WebSocket from 'ws';

const ROOT = path.resolve(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../../../..');
export const LAUNCHER = process.env.PUSHROD_LAUNCHER ?? path.join(ROOT, 'scripts/pushrod');
const START_MILLIS = 300_000; // the launcher may have to build first
const WAIT_MILLIS = 20_000;

// Polls `condition` until it holds; says what it waited for when it does not.
export async function until(condition, what, millis = WAIT_MILLIS) {
  const deadline = Date.now() + millis;
  for (;;) {
    const value = await condition();
    if (value) {
      return value;
    }
    assert.ok(Date.now() < deadline, `${typeof what === 'function' ? what() : what}: not within ${millis} ms`);
    await new Promise((next) => setTimeout(next, 10));
  }
}

// Programs that run. None outlives the tests, however these end.
const running = new Set();
process.on('exit', () => running.forEach((program) => process.kill(-program.pid, 'SIGKILL')));

// A started program: its output so far, and a way to end all of it.
export class Program {
  output = '';
  lines = [];
  exited = false;
  exitCode = null;
  #child;
  #partial = '';

  constructor(file, args) {
    this.#child = spawn(file, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.pid = this.#child.pid;
    running.add(this);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => this.#read(text, stream === this.#child.stdout));
    }
    this.#child.on('exit', (code) => {
      this.exited = true;
      this.exitCode = code;
      running.delete(this);
    });
  }

  #read(text, isStdout) {
    this.output = (this.output + text).slice(-200_000);
    if (isStdout) {
      const lines = (this.#partial + text).split('\n');
      this.#partial = lines.pop();
      this.lines.push(...lines);
    }
  }

  // Polls `condition`, and fails at once when the program ends before it holds.
  async until(condition, what, millis) {
    await until(
      () => {
        const value = condition();
        assert.ok(value || !this.exited, `ended before it had ${what}:\n${this.output}`);
        return value;
      },
      () => `${what}:\n${this.output.slice(-2_000)}`,
      millis,
    );
  }

  // Signals the process group that this program leads, and waits until it is gone.
  async kill(signal) {
    if (!this.exited) {
      process.kill(-this.pid, signal);
      await until(() => this.exited, `end of process ${this.pid} after ${signal}`);
    }
  }
}

export class Server {
  port = 0;
  #program;
  #command;
  #data;

  // `command` is serve or demo.
  static async start(command = 'serve', options = []) {
    const server = new Server();
    server.#command = [command, ...options];
    server.#data = await mkdtemp(path.join(os.tmpdir(), 'pushrod-'));
    await server.boot();
    return server;
  }

  // Starts the process; a second time on the port it had before.
  async boot() {
    const [command, ...options] = this.#command;
    const dev = command === 'serve' ? ['--dev', '--set', 'drain.window=0s'] : [];
    const ports = ['--port', String(this.port), '--ingest-port', '0', '--admin-port', '0'];
    const program = new Program(LAUNCHER, [command, ...dev, '--data', this.#data, ...ports, ...options]);
    this.#program = program;
    const port = () => /\bhttp=[^\s:]+:(\d+)/.exec(program.output)?.[1];
    await program.until(port, 'a start-up line', START_MILLIS);
    this.port = Number(port());
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid() {
    return this.#program.pid;
  }

  get log() {
    return this.#program.output;
  }

  async crash() {
    await this.#program.kill('SIGKILL');
  }

  // Stops it as an orchestrator does; returns the exit code.
  async drain() {
    await this.#program.kill('SIGTERM');
    return this.#program.exitCode;
  }

  async stop() {
    await this.#program.kill('SIGTERM').catch(() => this.crash());
    await rm(this.#data, { recursive: true, force: true });
  }

  // A token of tenant dev; by default for every topic.
  async token({ user = 'ada', topics = ['*'], publish = ['*'] } = {}) {
    const grants = [...topics.flatMap((t) => ['--topics', t]), ...publish.flatMap((t) => ['--publish', t])];
    const args = ['token', '--data', this.#data, '--tenant', 'dev', '--user', user, ...grants];
    const { stdout } = await promisify(execFile)(LAUNCHER, args);
    return stdout.trim();
  }
}

// A TCP proxy whose connections can be cut: what a train tunnel does to a client.
export class Proxy {
  #server;
  #pairs = new Set();
  connections = 0;

  static async to(target) {
    const proxy = new Proxy();
    proxy.#server = net.createServer({ noDelay: true }, (client) => proxy.#connect(client, target));
    await new Promise((ready) => proxy.#server.listen(0, '127.0.0.1', ready));
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  #connect(client, target) {
    this.connections++;
    const upstream = net.connect({ port: target.port, host: '127.0.0.1', noDelay: true });
    const pair = [client, upstream];
    this.#pairs.add(pair);
    const end = () => {
      client.destroy();
      upstream.destroy();
      this.#pairs.delete(pair);
    };
    for (const socket of pair) {
      socket.on('error', end).on('close', end);
    }
    client.pipe(upstream).pipe(client);
  }

  cut() {
    for (const [client, upstream] of this.#pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
  }

  close() {
    this.cut();
    this.#server.close();
  }
}

// Publishes over HTTP; several events go as NDJSON. Returns what the server says of each.
export async function publish(server, token, events) {
  const response = await fetch(`${server.url}/v1/publish`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
    body: events.map((event) => `${JSON.stringify(event)}\n`).join(''),
  });
  const text = await response.text();
  assert.equal(response.status, 200, text);
  const answers = text.trim().split('\n').map((line) => JSON.parse(line));
  return answers.flatMap((answer) => answer.published ?? assert.fail(JSON.stringify(answer)));
}

export function numbered(topic, from, to) {
  return Array.from({ length: to - from + 1 }, (_, i) => ({ topic, type: 'custom:n', data: { n: from + i } }));
}

// Publishes events numbered `from` to `to` in small batches, so that readers are cut between any two of them.
export async function pump(server, token, topic, from, to) {
  for (let n = from; n <= to; n += 5) {
    await publish(server, token, numbered(topic, n, Math.min(to, n + 4)));
  }
}

// Publishes numbered events until it is stopped, so that whoever reads is always in mid-stream.
export class Pump {
  published = 0;
  #running = true;
  #done;

  constructor(server, token, topic) {
    this.#done = this.#run(server, token, topic);
  }

  async #run(server, token, topic) {
    while (this.#running) {
      await publish(server, token, numbered(topic, this.published + 1, this.published + 5));
      this.published += 5;
      await new Promise((next) => setTimeout(next, 5));
    }
  }

  // Returns how many events there are now.
  async stop() {
    this.#running = false;
    await this.#done;
    return this.published;
  }
}

// What was read, whoever read it. Keeps every event as it came, duplicates too.
class Reading {
  events = [];
  starts = []; // the cursors at which the server said that reading starts
  controls = [];

  get cursor() {
    return this.events.at(-1)?.id ?? this.starts.at(-1);
  }

  get numbers() {
    return this.events.filter(({ type }) => type === 'custom:n').map(({ data }) => data.n);
  }

  async has(count) {
    await until(
      () => this.numbers.length >= count,
      () => `${count} events (${this.numbers.length} came, the last is ${this.cursor})`,
    );
  }
}

export class SocketReader extends Reading {
  closed = null; // {code, reason}
  failed = null;

  // Subscribes to `topic` from `after` once the server has said welcome.
  static async open(base, token, topic, options = {}) {
    const reader = new SocketReader();
    reader.socket = new WebSocket(`${base.replace('http', 'ws')}/v1/ws?token=${encodeURIComponent(token)}`);
    reader.socket.on('message', (text) => reader.#read(JSON.parse(text), topic, options));
    reader.socket.on('close', (code, reason) => {
      reader.closed = { code, reason: String(reason) };
    });
    reader.socket.on('error', (error) => {
      reader.failed = error;
    });
    await until(() => reader.starts.length > 0 || reader.closed, 'acknowledged subscription');
    return reader;
  }

  #read(message, topic, options) {
    if (message.op === undefined) {
      this.events.push(message);
      return;
    }
    this.controls.push(message);
    if (message.op === 'welcome') {
      this.socket.send(JSON.stringify({ op: 'subscribe', id: 1, topic, ...options }));
    } else if (message.op === 'ack' && message.id === 1) {
      this.starts.push(message.cursor);
    }
  }

  // Ends the TCP connection without a closing handshake.
  destroy() {
    this.socket.terminate();
  }
}

export class SourceReader extends Reading {
  errors = [];

  // `query` is appended as it is: topic=…&after=…
  static async open(base, token, query) {
    const reader = new SourceReader();
    reader.source = new EventSource(`${base}/v1/sse?${query}&token=${encodeURIComponent(token)}`);
    reader.source.onmessage = ({ data, lastEventId }) => reader.#read(JSON.parse(data), lastEventId);
    reader.source.onerror = (error) => reader.errors.push(error);
    await until(() => reader.starts.length > 0 || reader.source.readyState === EventSource.CLOSED, 'welcome over SSE');
    return reader;
  }

  #read(message, lastEventId) {
    if (message.op === undefined) {
      this.events.push(message);
    } else {
      this.controls.push(message);
      if (message.op === 'welcome') {
        this.starts.push(lastEventId);
      }
    }
  }

  close() {
    this.source.close();
  }
}

export function range(from, to) {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

// Each of `from` to `to` once, in order, with sequences that follow each other.
export function assertExactly(reading, from, to) {
  assert.deepEqual(reading.numbers, range(from, to));
  reading.events.slice(1).forEach(({ seq }, i) => assert.equal(seq, reading.events[i].seq + 1));
}
