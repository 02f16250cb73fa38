// What the events of a run add up to: readable output, and the use of a process over time.

import { SPAN_MILLIS } from './timeline.js';

const TEXT_KEPT = 24_000;
const RUNS_KEPT = 12;

// The text of each run, joined from its token chunks. Bounded: the oldest text and the oldest runs go.
export class Transcript {
  runs = []; // {id, title, ending, failed, text, cut}: `cut` is how much was taken off the front of `text`
  version = 0;

  accept(event) {
    const data = event.data ?? {};
    switch (event.type) {
      case 'run_start':
        this.#run(event.run_id).title = data.command ?? '';
        break;
      case 'token_chunk':
        this.#append(this.#run(event.run_id), String(data.text ?? ''));
        break;
      case 'run_end':
        this.#end(this.#run(event.run_id), data);
        break;
      case 'error':
        this.#end(this.#run(event.run_id), { ...data, exit_code: data.code ?? 'error' });
        break;
      default:
        return;
    }
    this.version++;
  }

  #run(id = '') {
    let run = this.runs.findLast((r) => r.id === id);
    if (run === undefined) {
      run = { id, title: '', ending: '', failed: false, text: '', cut: 0 };
      this.runs.push(run);
      if (this.runs.length > RUNS_KEPT) {
        this.runs.shift();
      }
    }
    return run;
  }

  #append(run, text) {
    run.text += text;
    const over = run.text.length - TEXT_KEPT;
    if (over > TEXT_KEPT / 4) {
      const line = run.text.indexOf('\n', over) + 1;
      const cut = line > 0 ? line : over;
      run.text = run.text.slice(cut);
      run.cut += cut;
    }
  }

  #end(run, { exit_code: exitCode, duration_ms: millis, message }) {
    run.failed = exitCode !== undefined && exitCode !== 0;
    const parts = [run.failed ? `failed (${exitCode})` : 'done'];
    if (message !== undefined) {
      parts.push(message);
    }
    if (millis !== undefined) {
      parts.push(`${(millis / 1000).toFixed(1)} s`);
    }
    run.ending = parts.join(' · ');
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
