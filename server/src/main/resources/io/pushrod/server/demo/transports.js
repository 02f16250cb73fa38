// One connection over WebSocket or EventSource, as the callbacks that both share:
//
//   onStart(cursor)         the server says where reading starts
//   onEvent(event)          one event, parsed
//   onInterrupted()         the connection broke and the browser is bringing it back by itself (EventSource only)
//   onEnd({reason, text, reconnect, retryAfterMillis})   it is over, and nothing else will be called
//
// Each open function returns {close()}, after which nothing is called either.

const PING_EVERY_MILLIS = 10_000;
const FINAL_CODES = new Set([1000, 1002, 1003, 1007, 1008, 1009]);

// `at` is {topic, token, after, fold}.
export function openWebSocket(at, on) {
  const url = new URL('/v1/ws', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('token', at.token);
  const socket = new WebSocket(url);
  let over = false;
  let goodbye = null;
  let unanswered = 0;
  let pings = 0;

  const send = (command) => socket.send(JSON.stringify(command));
  const end = (how) => {
    if (!over) {
      over = true;
      clearInterval(pings);
      socket.close();
      on.onEnd(how);
    }
  };

  const ping = () => {
    if (unanswered++ > 1) {
      end({ reason: 'silent', text: 'no answer to two pings', reconnect: true, retryAfterMillis: 0 });
    } else {
      send({ op: 'ping', id: 'ping' });
    }
  };

  const onControl = (message) => {
    switch (message.op) {
      case 'welcome':
        send({ op: 'subscribe', id: 1, topic: at.topic, after: at.after, fold: at.fold });
        pings = setInterval(ping, PING_EVERY_MILLIS);
        break;
      case 'ack':
        if (message.id === 1) {
          on.onStart(message.cursor);
        }
        break;
      case 'error':
        if (message.id === 1) {
          end({ reason: message.code, text: message.message, reconnect: message.retryable, retryAfterMillis: 1000 });
        }
        break;
      case 'close':
        goodbye = readGoodbye(message);
        break;
    }
  };

  socket.onmessage = ({ data }) => {
    unanswered = 0;
    const message = JSON.parse(data);
    if (message.op === undefined) {
      on.onEvent(message);
    } else {
      onControl(message);
    }
  };
  socket.onclose = ({ code, reason }) => {
    const final = FINAL_CODES.has(code) || (code >= 4500 && code < 5000);
    end(goodbye ?? { reason: String(code), text: reason || 'connection lost', reconnect: !final, retryAfterMillis: 0 });
  };

  return {
    close() {
      over = true;
      clearInterval(pings);
      socket.close(1000);
    },
  };
}

export function openEventSource(at, on) {
  const url = new URL('/v1/sse', location.href);
  url.searchParams.set('topic', at.topic);
  url.searchParams.set('after', at.after);
  if (at.fold) {
    url.searchParams.set('fold', '1');
  }
  url.searchParams.set('token', at.token);
  const source = new EventSource(url);

  const end = (how) => {
    source.close();
    on.onEnd(how);
  };
  source.onmessage = ({ data, lastEventId }) => {
    const message = JSON.parse(data);
    if (message.op === undefined) {
      on.onEvent(message);
    } else if (message.op === 'welcome') {
      on.onStart(lastEventId);
    } else if (message.op === 'close') {
      end(readGoodbye(message));
    } else if (message.op === 'error') {
      end({ reason: message.code, text: message.message, reconnect: message.retryable, retryAfterMillis: 1000 });
    }
  };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) {
      end({ reason: 'refused', text: 'the browser gave up', reconnect: true, retryAfterMillis: 0 });
    } else {
      on.onInterrupted();
    }
  };
  return { close: () => source.close() };
}

function readGoodbye(message) {
  return {
    reason: message.reason,
    text: message.text ?? message.reason,
    reconnect: message.reconnect,
    retryAfterMillis: message.retry_after_ms ?? 0,
  };
}
