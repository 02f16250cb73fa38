// What one side has read, and whether it adds up. Knows no page and no network.

const LAGS_KEPT = 512;

// The text form of a cursor is `<epoch>-<sequence>`.
export function parseCursor(text) {
  const dash = text.lastIndexOf('-');
  return { epoch: text.slice(0, dash), seq: Number(text.slice(dash + 1)) };
}

// The last few delays, in milliseconds.
class Lags {
  #ring = new Float64Array(LAGS_KEPT);
  #count = 0;

  add(millis) {
    this.#ring[this.#count++ % LAGS_KEPT] = millis;
  }

  get last() {
    return this.#count === 0 ? null : this.#ring[(this.#count - 1) % LAGS_KEPT];
  }

  quantile(q) {
    const n = Math.min(this.#count, LAGS_KEPT);
    if (n === 0) {
      return null;
    }
    const sorted = this.#ring.slice(0, n).sort();
    return sorted[Math.min(n - 1, Math.floor(q * n))];
  }
}

// A reader holds its place (epoch and sequence), checks that each event continues it, and counts.
export class Reader {
  epoch = null;
  seq = null;
  received = 0; // events as they came; a folded one counts once
  covered = 0; // sequences those events stand for
  duplicates = 0;
  gaps = 0; // announced by the server
  gone = 0; // sequences inside those gaps
  lost = 0; // sequences that are missing and nobody said so
  folded = 0;
  signals = 0;
  trouble = ''; // the last gap or hole, in words
  lags = new Lags();
  resume = null;

  get cursor() {
    return this.epoch === null ? null : `${this.epoch}-${this.seq}`;
  }

  // The server says where reading starts. Only a fresh reader takes that over: a resumed one knows better.
  startAt(cursor) {
    if (this.epoch === null) {
      Object.assign(this, parseCursor(cursor));
      if (this.resume) {
        Object.assign(this.resume, { epoch: this.epoch, seq: this.seq });
      }
    }
  }

  // From here on, what arrives is held against what was missed. `late` is a fresh reader that wants the past too.
  beginResume(now, late = false) {
    this.resume = new ResumeCheck(this.epoch, this.seq, now, late);
  }

  // Takes one event and says what it was: event, duplicate, gap or signal; `hole` is what is missing before it.
  accept(event, now) {
    if (event.id === undefined) {
      this.signals++;
      return { kind: 'signal', hole: 0 };
    }
    const outcome = event.type === 'gap' && event.seq === undefined ? this.#gap(event) : this.#event(event, now);
    this.trouble = describe(event, outcome) ?? this.trouble;
    this.resume?.onEvent(this, outcome, now);
    return outcome;
  }

  #event(event, now) {
    const at = parseCursor(event.id);
    const first = event.from_seq ?? event.seq;
    const outcome = { kind: 'event', hole: 0, duplicates: 0, covered: event.seq - first + 1, first, replay: false };
    this.received++;
    if (this.epoch !== null && at.epoch !== this.epoch) {
      outcome.hole = Math.max(1, first - 1); // a new log, and no gap said so
    } else if (this.seq !== null) {
      outcome.hole = Math.max(0, first - this.seq - 1);
      outcome.duplicates = Math.max(0, Math.min(event.seq, this.seq) - first + 1);
    }
    this.lost += outcome.hole;
    this.duplicates += outcome.duplicates;
    outcome.covered -= outcome.duplicates;
    if (outcome.covered === 0) {
      outcome.kind = 'duplicate';
      return outcome;
    }
    this.covered += outcome.covered;
    this.folded += event.from_seq === undefined ? 0 : 1;
    this.epoch = at.epoch;
    this.seq = at.seq;
    outcome.replay = this.resume !== null && this.resume.isMissed(event);
    if (!outcome.replay) {
      this.lags.add(now - event.ts);
    }
    return outcome;
  }

  #gap(event) {
    const at = parseCursor(event.id);
    const { reason, from, to } = event.data;
    const outcome = { kind: 'gap', reason, from, to, count: null, hole: 0, duplicates: 0, covered: 0 };
    this.gaps++;
    if (to !== null && to !== undefined) {
      const first = parseCursor(from).seq;
      outcome.count = parseCursor(to).seq - first + 1;
      outcome.hole = this.seq === null ? 0 : Math.max(0, first - this.seq - 1);
      this.gone += outcome.count;
      this.lost += outcome.hole;
    }
    this.epoch = at.epoch;
    this.seq = at.seq;
    return outcome;
  }
}

// Holds what came after a reconnect against `tail`: the server's last sequence, asked for apart from the stream.
class ResumeCheck {
  #late;
  #startedAt;
  #doneAt = null;
  #tail = null;
  #events = 0;
  #delivered = 0;
  #duplicates = 0;
  #lost = 0;
  #gone = 0;
  #reasons = new Set();
  #verdict = null;

  constructor(epoch, seq, now, late) {
    this.epoch = epoch;
    this.seq = seq;
    this.#startedAt = now;
    this.#late = late;
  }

  // `tail` is {epoch, last}; an empty epoch means that the topic has no log.
  expect(tail) {
    this.#tail = tail;
  }

  get needsTail() {
    return this.#tail === null;
  }

  get settled() {
    return this.#verdict !== null;
  }

  isMissed(event) {
    return this.#verdict === null && (this.#tail === null || event.seq <= this.#tail.last);
  }

  onEvent(reader, outcome, now) {
    if (this.#verdict !== null) {
      return;
    }
    this.#events += outcome.kind === 'event' ? 1 : 0;
    this.#delivered += outcome.covered;
    this.#duplicates += outcome.duplicates;
    this.#lost += outcome.hole;
    this.#gone += outcome.count ?? 0;
    if (outcome.kind === 'gap') {
      this.#reasons.add(outcome.reason);
    }
    this.verdict(reader, now);
  }

  // {tone, text}: tone is busy until it is settled, then good, notice or bad.
  verdict(reader, now) {
    if (this.#verdict === null) {
      const verdict = this.#judge(reader, now);
      if (verdict.tone === 'busy') {
        return verdict;
      }
      this.#verdict = verdict;
    }
    return this.#verdict;
  }

  #judge(reader, now) {
    const tail = this.#tail;
    if (tail === null || this.epoch === null) {
      return { tone: 'busy', text: 'Back. Asking the server what was missed…' };
    }
    const nothingYet = this.#late && tail.epoch === '';
    if (tail.epoch !== this.epoch && !nothingYet) {
      return this.#judgeNewLog(reader);
    }
    const missed = Math.max(0, tail.last - this.seq);
    const beyond = Math.max(0, reader.seq - Math.max(tail.last, this.seq));
    const delivered = this.#delivered - Math.min(beyond, this.#delivered);
    if (reader.seq < tail.last) {
      return { tone: 'busy', text: `${this.#opening(missed)}, ${count(delivered)} delivered so far…` };
    }
    this.#doneAt ??= now;
    return this.#judgeReplay(missed, delivered);
  }

  #judgeReplay(missed, delivered) {
    const bad = this.#lost > 0 || this.#duplicates > 0;
    const parts = [this.#opening(missed)];
    if (missed > 0) {
      const folded = this.#events < delivered ? ` as ${plural(this.#events, 'event')}` : '';
      parts.push((delivered === missed ? `all ${count(missed)} delivered` : `${count(delivered)} delivered`) + folded);
    }
    if (this.#gone > 0) {
      parts.push(`${count(this.#gone)} announced as gone (${[...this.#reasons].join(', ')})`);
    }
    if (this.#lost > 0) {
      parts.push(`${count(this.#lost)} lost without a word`);
    }
    if (missed === 0) {
      parts[0] += ': nothing was published meanwhile';
    }
    parts.push(plural(this.#duplicates, 'duplicate'));
    const took = missed > 0 ? ` (${Math.max(1, Math.round(this.#doneAt - this.#startedAt))}\u00a0ms)` : '';
    return { tone: bad ? 'bad' : this.#gone > 0 ? 'notice' : 'good', text: parts.join(', ') + took };
  }

  #judgeNewLog(reader) {
    if (this.#reasons.has('epoch')) {
      return {
        tone: 'notice',
        text: `The log is a new one, and a gap event said so: ${this.epoch} ended at ${count(this.seq)}, ${reader.epoch} goes on.`,
      };
    }
    if (reader.epoch !== this.epoch) {
      return { tone: 'bad', text: `The log changed from ${this.epoch} to ${reader.epoch} without a gap event` };
    }
    return { tone: 'busy', text: 'Back. The server has another log; waiting for its gap event…' };
  }

  #opening(missed) {
    return this.#late ? `Joined late: ${count(missed)} in the past` : `Missed ${count(missed)}`;
  }
}

// A gap or a hole in words; undefined where there is none.
export function describe(event, { kind, hole, reason, from, to, count: missing }) {
  if (hole > 0) {
    return `${count(hole)} missing before ${event.id}, and nothing said so`;
  }
  if (kind === 'gap') {
    return missing === null
      ? `${reason}: the log that had ${from} is gone`
      : `${reason}: ${count(missing)} missing, ${from} to ${to}`;
  }
  return undefined;
}

function plural(n, noun) {
  return `${count(n)} ${noun}${n === 1 ? '' : 's'}`;
}

export function count(n) {
  return n.toLocaleString('en-US');
}
