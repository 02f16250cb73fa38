// One side of the page: a connection that is kept up, and what was read over it.

import { Reader } from './reader.js';
import { Process, Transcript } from './transcript.js';
import { Lane } from './timeline.js';

const BACKOFF_FIRST_MILLIS = 250;
const BACKOFF_LIMIT_MILLIS = 8_000;

// `server` gives {token(), tail(topic)}; `log` takes what the event list shows.
export class Side {
  state = 'idle'; // idle, connecting, live, waiting, dropped, refused
  detail = '';
  retryAt = 0;
  late = false;
  connections = 0;
  reader = new Reader();
  transcript = new Transcript();
  process = new Process();
  lane = new Lane();
  #open;
  #server;
  #log;
  #topic;
  #connection = null;
  #attempt = 0; // of the current outage
  #life = 0; // what belongs to an earlier one is stale
  #timer = 0;

  constructor(open, server, log) {
    this.#open = open;
    this.#server = server;
    this.#log = log;
  }

  // Forgets everything and reads `topic` afresh: from now on, or from the earliest event and folded.
  watch(topic, late) {
    this.#hangUp();
    this.#topic = topic;
    this.late = late;
    this.connections = 0;
    this.reader = new Reader();
    this.transcript = new Transcript();
    this.process = new Process();
    this.lane = new Lane();
    this.#attempt = 0;
    this.#log.clear();
    this.#log.note(late ? `reads ${topic} from the earliest event, folded` : `reads ${topic} from now on`);
    this.#connect();
  }

  drop() {
    this.#hangUp();
    this.#become('dropped', 'by you');
    this.#log.note(`dropped by you at ${this.reader.cursor ?? 'the start'}`);
  }

  restore() {
    this.#hangUp();
    this.#attempt = 0;
    this.#connect();
  }

  #hangUp() {
    this.#life++;
    clearTimeout(this.#timer);
    this.#connection?.close();
    this.#connection = null;
  }

  async #connect() {
    const life = ++this.#life;
    this.#become('connecting', '');
    try {
      const token = await this.#server.token();
      const cursor = this.reader.cursor;
      const wantsPast = cursor !== null || this.late;
      const tail = wantsPast ? await this.#server.tail(this.#topic) : null;
      if (life !== this.#life) {
        return;
      }
      if (wantsPast) {
        this.#beginResume();
        this.reader.resume.expect(tail);
        this.#log.note(`asks for ${cursor === null ? 'earliest' : `what follows ${cursor}`}`);
      }
      this.#connection = this.#open(
        { topic: this.#topic, token, after: cursor ?? (this.late ? 'earliest' : 'now'), fold: this.late },
        this.#callbacks(life),
      );
    } catch (error) {
      if (life === this.#life) {
        this.#onEnd({ reason: 'unreachable', text: error.message, reconnect: true, retryAfterMillis: 0 });
      }
    }
  }

  #beginResume() {
    this.reader.beginResume(Date.now(), this.reader.cursor === null);
  }

  #callbacks(life) {
    const alive = (f) => (argument) => {
      if (life === this.#life) {
        f(argument);
      }
    };
    return {
      onStart: alive((cursor) => this.#onStart(cursor)),
      onEvent: alive((event) => this.#onEvent(event)),
      onInterrupted: alive(() => this.#onInterrupted()),
      onEnd: alive((how) => this.#onEnd(how)),
    };
  }

  #onStart(cursor) {
    this.#attempt = 0;
    this.connections++;
    this.reader.startAt(cursor);
    this.#become('live', '');
    this.#log.note(`connected, reading starts at ${cursor}`);
    if (this.reader.resume?.needsTail) {
      this.#askForTail();
    }
  }

  #onEvent(event) {
    const outcome = this.reader.accept(event, Date.now());
    if (outcome.kind === 'event') {
      this.transcript.accept(event);
      this.process.accept(event);
    }
    this.lane.accept(event, outcome);
    this.#log.event(event, outcome);
  }

  // EventSource brings the connection back by itself, with Last-Event-ID; only the check is ours.
  #onInterrupted() {
    if (this.state !== 'waiting') {
      this.#become('waiting', 'the browser');
      this.retryAt = 0;
      this.#log.note(`connection lost at ${this.reader.cursor ?? 'the start'}; the browser reconnects by itself`);
      this.#beginResume();
    }
  }

  async #askForTail() {
    const resume = this.reader.resume;
    while (resume !== null && resume === this.reader.resume && !resume.settled) {
      try {
        resume.expect(await this.#server.tail(this.#topic));
        return;
      } catch {
        await new Promise((done) => setTimeout(done, 500));
      }
    }
  }

  #onEnd({ reason, text, reconnect, retryAfterMillis }) {
    this.#connection = null;
    if (!reconnect) {
      this.#become('refused', reason);
      this.#log.note(`closed by the server: ${reason} (${text}); no reconnect`);
      return;
    }
    const backoff = Math.min(BACKOFF_LIMIT_MILLIS, BACKOFF_FIRST_MILLIS * 2 ** this.#attempt++);
    const least = retryAfterMillis > 0 ? retryAfterMillis : backoff / 2;
    const wait = least + Math.random() * least;
    if (this.state !== 'waiting') {
      this.#log.note(`connection lost: ${text}`);
    }
    this.retryAt = Date.now() + wait;
    this.#become('waiting', reason);
    this.#timer = setTimeout(() => this.#connect(), wait);
  }

  #become(state, detail) {
    this.state = state;
    this.detail = detail;
    this.lane.connected(state === 'live', Date.now());
  }
}
