// A reader in a process of its own, to be killed: prints each event as one line.
//   node client.mjs URL TOKEN TOPIC AFTER

import WebSocket from 'ws';

const [url, token, topic, after] = process.argv.slice(2);
const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/ws?token=${encodeURIComponent(token)}`);
socket.on('message', (text) => {
  const message = JSON.parse(text);
  if (message.op === 'welcome') {
    socket.send(JSON.stringify({ op: 'subscribe', id: 1, topic, after }));
  } else if (message.op === undefined) {
    process.stdout.write(`${text}\n`);
  }
});
socket.on('close', (code) => process.exit(code === 1000 ? 0 : 1));
