// What the events of a run add up to: readable output, and the use of a process over time.

import { SPAN_MILLIS } from './timeline.js';

const TEXT_KEPT = 24_000;
const PARTS_KEPT = 12;
const QUIET_MILLIS = 1_000;

// The text of each run, joined from its token chunks, in parts: a run that speaks again after another one fell quiet
// goes on below it. Bounded: the oldest text and the oldest parts go.
export class Transcript {
  parts = []; // {id, title, ending, failed, text, cut, time}: `cut` is how much was taken off the front of `text`
  version = 0;

  accept(event) {
    const data = event.data ?? {};
    switch (event.type) {
      case 'run_start':
        this.#begin(event.run_id, data.command === undefined ? '' : `$ ${data.command}`, event.ts);
        break;
      case 'token_chunk':
        this.#append(this.#speaking(event), String(data.text ?? ''));
        break;
      case 'run_end':
        this.#end(this.#part(event.run_id, event.ts), data);
        break;
      case 'error':
        this.#end(this.#part(event.run_id, event.ts), { ...data, exit_code: data.code ?? 'error' });
        break;
      default:
        return;
    }
    this.version++;
  }

  #begin(id = '', title, time) {
    const part = { id, title, ending: '', failed: false, text: '', cut: 0, time };
    this.parts.push(part);
    if (this.parts.length > PARTS_KEPT) {
      this.parts.shift();
    }
    return part;
  }

  #part(id = '', time) {
    return this.parts.findLast((part) => part.id === id) ?? this.#begin(id, '', time);
  }

  #speaking({ run_id: id, ts }) {
    let part = this.#part(id, ts);
    const last = this.parts.at(-1);
    if (part !== last && ts - last.time > QUIET_MILLIS) {
      part = this.#begin(id, '(continued)', ts);
    }
    part.time = ts;
    return part;
  }

  #append(part, text) {
    part.text += text;
    const over = part.text.length - TEXT_KEPT;
    if (over > TEXT_KEPT / 4) {
      const line = part.text.indexOf('\n', over) + 1;
      const cut = line > 0 ? line : over;
      part.text = part.text.slice(cut);
      part.cut += cut;
    }
  }

  #end(part, { exit_code: exitCode, duration_ms: millis, message }) {
    part.failed = exitCode !== undefined && exitCode !== 0;
    const parts = [part.failed ? `failed (${exitCode})` : 'done'];
    if (message !== undefined) {
      parts.push(message);
    }
    if (millis !== undefined) {
      parts.push(`${(millis / 1000).toFixed(1)} s`);
    }
    part.ending = parts.join(' · ');
  }
}

// CPU (percent of one core) and memory (MiB) of the process behind the runs, over the last minute.
export class Process {
  cpu = [];
  memory = [];
  #before = null;

  accept(event) {
    const { cpu_seconds: cpuSeconds, rss_bytes: rssBytes } = event.data ?? {};
    if (event.type !== 'progress' || typeof cpuSeconds !== 'number') {
      return;
    }
    const before = this.#before;
    if (before !== null && before.run === event.run_id && event.ts > before.time) {
      const percent = ((cpuSeconds - before.cpuSeconds) * 100_000) / (event.ts - before.time);
      push(this.cpu, event.ts, Math.max(0, percent));
    }
    this.#before = { run: event.run_id, time: event.ts, cpuSeconds };
    if (typeof rssBytes === 'number') {
      push(this.memory, event.ts, rssBytes / 2 ** 20);
    }
  }
}

function push(samples, time, value) {
  samples.push({ time, value });
  while (samples[0].time < time - SPAN_MILLIS - 5_000) {
    samples.shift();
  }
}
