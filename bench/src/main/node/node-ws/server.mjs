// Fan-out by npm's ws as its README has it: for each open client, send(data, { binary: false }).
//
// Readers connect to ws://…/?topic=T. Publishers send lines of "T JSON" to a TCP port of its own.
// The data is made a Buffer once, so that no send encodes it again; perMessageDeflate is off, as
// is ws's default. Clients are kept in a Set per topic: with one topic that is the same loop over
// the same kind of collection as wss.clients.forEach. bufferutil would not help: a server's frames
// are not masked.
//
// Says where it listens by one line on stdout, and ends with its stdin.
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

const LONGEST_LINE = 1 << 20;
const LOOPBACK = '127.0.0.1';
const topics = new Map();

function publish(line) {
  const blank = line.indexOf(0x20);
  const data = line.subarray(blank + 1);
  topics.get(line.toString('latin1', 0, blank))?.forEach((client) => {
    if (client.readyState === WebSocket.OPEN) {
      client.send(data, { binary: false });
    }
  });
}

const readers = new WebSocketServer({ host: LOOPBACK, port: 0, backlog: 4096 });
readers.on('connection', (client, request) => {
  const topic = new URL(request.url, 'ws://localhost').searchParams.get('topic');
  const clients = topics.get(topic) ?? new Set();
  topics.set(topic, clients.add(client));
  client.on('error', () => client.terminate());
  client.on('close', () => clients.delete(client));
});

const publishers = createServer((socket) => {
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
      publish(bytes.subarray(from, end));
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > LONGEST_LINE) {
      socket.destroy();
    }
  });
  socket.on('error', () => socket.destroy());
});

readers.on('listening', () => {
  publishers.listen(0, LOOPBACK, () => {
    const { version } = createRequire(import.meta.url)('ws/package.json');
    console.log(
      `listening port=${readers.address().port} publish=${publishers.address().port} ws=${version} node=${process.versions.node}`,
    );
  });
});

process.stdin.on('end', () => process.exit(0)).resume();
