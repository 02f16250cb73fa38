// The last minute, drawn by hand: one lane per side, bars coloured by how events arrived, and traces of a process.
// The horizontal axis is the time of the event, so what is replayed later fills the hole that an outage left.

export const SPAN_MILLIS = 60_000;
const BUCKET_MILLIS = 100;
const BUCKETS = SPAN_MILLIS / BUCKET_MILLIS + 2;

// What one side received, in buckets of a tenth of a second.
export class Lane {
  #stamps = new Float64Array(BUCKETS).fill(-1);
  #live = new Float32Array(BUCKETS);
  #replayed = new Float32Array(BUCKETS);
  #folded = new Float32Array(BUCKETS);
  #gaps = new Uint8Array(BUCKETS);
  #outages = []; // {from, to}, by the clock of this page
  #spreading = null; // {from, covered} of a folded event whose end is not known yet

  accept(event, outcome) {
    if (outcome.kind === 'gap' || outcome.hole > 0) {
      this.#gaps[this.#bucket(event.ts)] = 1;
    }
    if (outcome.kind !== 'event') {
      return;
    }
    this.#spreadUntil(event.ts);
    if (outcome.covered > 1) {
      this.#spreading = { from: event.ts, covered: outcome.covered };
    } else {
      const series = outcome.replay ? this.#replayed : this.#live;
      series[this.#bucket(event.ts)] += 1;
    }
  }

  // A folded event has the time of its first part and stands for all that happened up to the next event.
  #spreadUntil(time) {
    if (this.#spreading !== null) {
      const { from, covered } = this.#spreading;
      const start = Math.max(from, time - SPAN_MILLIS);
      const steps = Math.max(1, Math.round((time - start) / BUCKET_MILLIS));
      for (let i = 0; i < steps; i++) {
        this.#folded[this.#bucket(start + i * BUCKET_MILLIS)] += covered / steps;
      }
      this.#spreading = null;
    }
  }

  connected(isConnected, now) {
    const open = this.#outages.at(-1)?.to === null;
    if (isConnected && open) {
      this.#outages.at(-1).to = now;
    } else if (!isConnected && !open) {
      this.#outages.push({ from: now, to: null });
    }
  }

  #bucket(time) {
    const number = Math.floor(time / BUCKET_MILLIS);
    const i = number % BUCKETS;
    if (this.#stamps[i] !== number) {
      this.#stamps[i] = number;
      this.#live[i] = this.#replayed[i] = this.#folded[i] = this.#gaps[i] = 0;
    }
    return i;
  }

  outagesSince(start) {
    while (this.#outages.length > 0 && (this.#outages[0].to ?? Infinity) < start) {
      this.#outages.shift();
    }
    return this.#outages;
  }

  // Calls `f(time, live, replayed, folded, gap)` for each bucket that holds something.
  forEach(now, f) {
    const last = Math.floor(now / BUCKET_MILLIS);
    for (let number = last - BUCKETS + 2; number <= last; number++) {
      const i = number % BUCKETS;
      if (this.#stamps[i] === number) {
        f(number * BUCKET_MILLIS, this.#live[i], this.#replayed[i], this.#folded[i], this.#gaps[i]);
      }
    }
  }

  // Sequences per second over the last `seconds`, the bucket that is still filling left out.
  rate(now, seconds) {
    let sum = 0;
    const to = Math.floor(now / BUCKET_MILLIS) * BUCKET_MILLIS;
    this.forEach(now, (time, live, replayed, folded) => {
      if (time >= to - seconds * 1000 && time < to) {
        sum += live + replayed + folded;
      }
    });
    return sum / seconds;
  }
}

// A canvas that keeps its pixels crisp and its colours those of the style sheet.
export class Plot {
  #canvas;
  #context;
  #colours;

  constructor(canvas) {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
    this.recolour();
  }

  recolour() {
    const style = getComputedStyle(this.#canvas);
    const of = (name) => style.getPropertyValue(`--${name}`).trim();
    this.#colours = Object.fromEntries(
      ['live', 'replayed', 'folded', 'gap', 'line', 'away', 'trace', 'trace-fill'].map((name) => [name, of(name)]),
    );
  }

  #begin() {
    const { clientWidth, clientHeight } = this.#canvas;
    const ratio = devicePixelRatio;
    const width = Math.round(clientWidth * ratio);
    const height = Math.round(clientHeight * ratio);
    if (this.#canvas.width !== width || this.#canvas.height !== height) {
      this.#canvas.width = width;
      this.#canvas.height = height;
    }
    this.#context.setTransform(1, 0, 0, 1, 0, 0);
    this.#context.clearRect(0, 0, width, height);
    return { width, height, ratio };
  }

  // `full` is the count per bucket that reaches the top; heights are logarithmic, so a burst leaves the rest visible.
  lane(lane, now, full) {
    const { width, height, ratio } = this.#begin();
    const c = this.#context;
    const x = (time) => Math.round(((time - now + SPAN_MILLIS) / SPAN_MILLIS) * width);
    this.#outages(lane, now, x, height, ratio);
    lane.forEach(now, (time, live, replayed, folded, gap) => {
      const left = x(time);
      const wide = Math.max(ratio, x(time + BUCKET_MILLIS) - left - (ratio >= 2 ? 1 : 0));
      let bottom = height;
      const total = live + replayed + folded;
      const tall = Math.max(2 * ratio, (Math.log1p(total) / Math.log1p(full)) * (height - 2 * ratio));
      for (const [n, colour] of [
        [live, 'live'],
        [replayed, 'replayed'],
        [folded, 'folded'],
      ]) {
        if (n > 0) {
          const part = (n / total) * tall;
          c.fillStyle = this.#colours[colour];
          c.fillRect(left, bottom - part, wide, part);
          bottom -= part;
        }
      }
      if (gap) {
        c.fillStyle = this.#colours.gap;
        c.fillRect(left, 0, 2 * ratio, height);
      }
    });
    this.#baseline(width, height, ratio);
  }

  #outages(lane, now, x, height, ratio) {
    const c = this.#context;
    c.strokeStyle = this.#colours.away;
    c.lineWidth = ratio;
    for (const { from, to } of lane.outagesSince(now - SPAN_MILLIS)) {
      const left = Math.max(0, x(from));
      const right = x(to ?? now);
      c.save();
      c.beginPath();
      c.rect(left, 0, right - left, height);
      c.clip();
      c.beginPath();
      const step = 6 * ratio;
      const phase = x(from) % step;
      for (let at = left - height - step + (phase - (left % step)); at < right; at += step) {
        c.moveTo(at, height);
        c.lineTo(at + height, 0);
      }
      c.stroke();
      c.restore();
    }
  }

  // `samples` is [{time, value}] in order; a pause of two seconds and more breaks the line.
  trace(samples, now, full) {
    const { width, height, ratio } = this.#begin();
    const x = (time) => ((time - now + SPAN_MILLIS) / SPAN_MILLIS) * width;
    const y = (value) => height - ratio - (Math.min(value, full) / full) * (height - 4 * ratio);
    let run = [];
    samples.forEach((sample, i) => {
      run.push(sample);
      const next = samples[i + 1];
      if (next === undefined || next.time - sample.time >= 2_000) {
        this.#curve(run, x, y, height, ratio);
        run = [];
      }
    });
    this.#baseline(width, height, ratio);
  }

  #curve(run, x, y, height, ratio) {
    const c = this.#context;
    c.beginPath();
    run.forEach(({ time, value }) => c.lineTo(x(time), y(value)));
    c.strokeStyle = this.#colours.trace;
    c.lineWidth = 1.5 * ratio;
    c.lineJoin = 'round';
    c.stroke();
    c.lineTo(x(run.at(-1).time), height);
    c.lineTo(x(run[0].time), height);
    c.fillStyle = this.#colours['trace-fill'];
    c.fill();
  }

  #baseline(width, height, ratio) {
    this.#context.fillStyle = this.#colours.line;
    this.#context.fillRect(0, height - ratio, width, ratio);
  }
}
