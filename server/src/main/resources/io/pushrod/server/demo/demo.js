// The page: two sides, what they show, and the publish box. Nothing here decides; it wires and draws.

import { count } from './reader.js';
import { EventList } from './rows.js';
import { Side } from './side.js';
import { OutputView } from './output.js';
import { Plot } from './timeline.js';
import { openEventSource, openWebSocket } from './transports.js';

const DRAW_MILLIS = 45; // every second or third frame: enough for the eye, a third of the work
const DRAW_SLOWLY_MILLIS = 250; // figures that would only flicker
const DRAW_PLOTS_MILLIS = matchMedia('(prefers-reduced-motion: reduce)').matches ? 1_000 : DRAW_MILLIS;
const BURST = 200;

const $ = (selector, root = document) => root.querySelector(selector);

// The server, apart from the streams.
const server = {
  async token() {
    const { token } = await ask('/demo/token');
    return token;
  },

  // The last sequence of a topic, asked for as history; an empty epoch means that it has no log.
  async tail(topic) {
    const path = topic.split('/').map(encodeURIComponent).join('/');
    try {
      const { epoch = '', last = 0 } = await ask(`/v1/topics/${path}/events?after=now&limit=1`, {
        headers: await authorization(),
      });
      return { epoch, last };
    } catch (error) {
      if (error.status === 404) {
        return { epoch: '', last: 0 };
      }
      throw error;
    }
  },

  async publish(contentType, body) {
    const headers = { ...(await authorization()), 'content-type': contentType };
    const response = await request('/v1/publish', { method: 'POST', headers, body });
    return (await response.text()).trim().split('\n').map((line) => JSON.parse(line));
  },
};

async function authorization() {
  return { authorization: `Bearer ${await server.token()}` };
}

async function ask(path, options) {
  return (await request(path, options)).json();
}

async function request(path, options = {}) {
  const response = await fetch(path, { signal: AbortSignal.timeout(5_000), cache: 'no-store', ...options });
  if (response.ok) {
    return response;
  }
  const { error } = await response.json().catch(() => ({}));
  const failure = new Error(error ? `${error.code}: ${error.message}` : `${path} answered ${response.status}`);
  failure.status = response.status;
  throw failure;
}

// What one side shows, and the figures of it that a screen reader may ask for.
class SideView {
  #root;
  #figures;
  #verdict;
  #trouble;
  #state;
  #drop;
  #restore;
  #late;
  #lane;
  #rate;

  constructor(id, name, path, open) {
    this.#root = $(`#${id}`);
    this.#root.append($('#side').content.cloneNode(true));
    const heading = $('h2', this.#root);
    heading.id = `${id}-title`;
    heading.textContent = name;
    $('.path', this.#root).textContent = `GET ${path}`;
    this.#figures = Object.fromEntries(
      Array.from(this.#root.querySelectorAll('[data-of]'), (node) => [node.dataset.of, node]),
    );
    this.#verdict = $('.verdict', this.#root);
    this.#trouble = $('.trouble', this.#root);
    this.#state = $('.state', this.#root);
    this.#lane = new Plot($(`#${id}-lane`));
    this.#rate = $(`#${id}-rate`);
    const rows = $('.rows', this.#root);
    rows.setAttribute('aria-label', `Events over ${name}`);
    this.list = new EventList(rows, $('.jump', this.#root));
    this.side = new Side(open, server, this.list);
    this.#wire(name);
  }

  #wire(name) {
    this.#drop = $('.drop', this.#root);
    this.#restore = $('.restore', this.#root);
    this.#late = $('.late input', this.#root);
    this.#drop.setAttribute('aria-label', `Drop ${name}`);
    this.#restore.setAttribute('aria-label', `Restore ${name}`);
    this.#drop.addEventListener('click', () => this.side.drop());
    this.#restore.addEventListener('click', () => this.side.restore());
    this.#late.addEventListener('change', () => this.watch(page.topic));
  }

  watch(topic) {
    this.side.watch(topic, this.#late.checked);
  }

  recolour() {
    this.#lane.recolour();
  }

  drawNow() {
    this.list.draw();
    const { reader, state } = this.side;
    const { seq, cursor, received, duplicates, lost, gaps } = this.#figures;
    set(seq, reader.seq === null ? '–' : count(reader.seq));
    set(cursor, reader.cursor ?? '–');
    set(received, count(reader.received));
    figure(duplicates, reader.duplicates);
    figure(lost, reader.lost);
    figure(gaps, reader.gaps);
    const away = state === 'dropped' || state === 'refused';
    this.#drop.disabled = away;
    this.#restore.disabled = !away && state !== 'waiting';
    this.#root.dataset.state = state;
    this.#trouble.hidden = reader.trouble === '';
    set(this.#trouble, reader.trouble);
    this.#drawVerdict();
  }

  #drawVerdict() {
    const { reader, state } = this.side;
    if (state === 'dropped') {
      say(this.#verdict, '', 'Events pass by now. Press Restore to fetch them.');
    } else if (state === 'waiting') {
      say(this.#verdict, '', 'The connection broke. This side comes back by itself.');
    } else if (reader.resume === null || (state !== 'live' && !reader.resume.settled)) {
      say(this.#verdict, '', 'Press Drop, wait a little, then press Restore.');
    } else {
      const { tone, text } = reader.resume.verdict(reader, Date.now());
      say(this.#verdict, tone, text);
    }
  }

  drawSlowly() {
    const { reader, state, detail, retryAt, lane } = this.side;
    const { lag, p95, folded, connections } = this.#figures;
    set(lag, millis(reader.lags.last));
    set(p95, millis(reader.lags.quantile(0.95)));
    set(folded, reader.folded === 0 ? '0' : `${count(reader.folded)} for ${count(reader.covered - reader.received + reader.folded)}`);
    set(connections, count(this.side.connections));
    const wait = Math.max(0, retryAt - Date.now());
    const words = {
      idle: 'idle',
      connecting: 'connecting',
      live: 'live',
      dropped: `dropped ${detail}`,
      waiting: wait > 0 ? `${detail}, again in ${(wait / 1000).toFixed(1)} s` : `lost, ${detail} reconnects`,
      refused: `closed: ${detail}`,
    };
    set(this.#state, words[state]);
    const rate = lane.rate(Date.now(), 2);
    set(this.#rate, `${rate > 0 && rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`);
  }

  drawPlot(now, full) {
    this.#lane.lane(this.side.lane, now, full);
  }
}

function set(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

function figure(node, n) {
  set(node, count(n));
  node.classList.toggle('alarm', n > 0);
}

function say(node, tone, text) {
  set(node, text);
  if (node.dataset.tone !== tone) {
    node.dataset.tone = tone;
  }
}

function millis(n) {
  if (n === null) {
    return '–';
  }
  return n >= 10_000 ? `${(n / 1000).toFixed(1)} s` : `${Math.round(n)} ms`;
}

const page = {
  topic: new URLSearchParams(location.search).get('topic') ?? $('#topic').value,
  sides: {},
};
page.sides.ws = new SideView('ws', 'WebSocket', '/v1/ws', openWebSocket);
page.sides.sse = new SideView('sse', 'SSE', '/v1/sse', openEventSource);
const views = Object.values(page.sides);
const output = new OutputView($('#output'));
const cpu = new Plot($('#cpu'));
const memory = new Plot($('#memory'));

function shown() {
  return page.sides[$('input[name=shown]:checked').value].side;
}

// The end of an axis that shows all samples: 1, 2 or 5 times a power of ten.
function axisEnd(samples, least) {
  const highest = samples.reduce((most, { value }) => Math.max(most, value), least);
  const power = 10 ** Math.floor(Math.log10(highest));
  return power * [1, 2, 5, 10].find((step) => step * power >= highest);
}

function drawPlots(now) {
  let full = 4;
  for (const { side } of views) {
    side.lane.forEach(now, (_time, live, replayed, folded) => {
      full = Math.max(full, live + replayed + folded);
    });
  }
  views.forEach((view) => view.drawPlot(now, full));
  const { process } = shown();
  const cpuEnd = axisEnd(process.cpu, 10);
  cpu.trace(process.cpu, now, cpuEnd);
  set($('#cpu-axis'), `to ${cpuEnd} %`);
  const memoryEnd = axisEnd(process.memory, 1);
  memory.trace(process.memory, now, memoryEnd);
  set($('#memory-axis'), `to ${memoryEnd} MiB`);
  output.draw(shown().transcript);
}

function drawProcess() {
  const { process } = shown();
  const percent = process.cpu.at(-1)?.value;
  const mebibytes = process.memory.at(-1)?.value;
  set($('#cpu-now'), percent === undefined ? '–' : `${Math.round(percent)} %`);
  set($('#memory-now'), mebibytes === undefined ? '–' : `${mebibytes < 10 ? mebibytes.toFixed(1) : Math.round(mebibytes)} MiB`);
}

let drawnAt = 0;
let slowAt = 0;
let plotsAt = 0;
function draw(time) {
  requestAnimationFrame(draw);
  if (time - drawnAt < DRAW_MILLIS) {
    return;
  }
  drawnAt = time;
  views.forEach((view) => view.drawNow());
  if (time - slowAt >= DRAW_SLOWLY_MILLIS) {
    slowAt = time;
    views.forEach((view) => view.drawSlowly());
    drawProcess();
  }
  if (time - plotsAt >= DRAW_PLOTS_MILLIS) {
    plotsAt = time;
    drawPlots(Date.now());
  }
}

function watch(topic) {
  page.topic = topic;
  $('#topic').value = topic;
  history.replaceState(null, '', topic === 'job/demo' ? location.pathname : `?topic=${encodeURIComponent(topic)}`);
  views.forEach((view) => view.watch(topic));
}

// The events that each form of the publish box stands for.
const composed = {
  'publish-text': () => [{ type: 'token_chunk', run_id: 'page', data: { text: `${$('#text').value}\n` } }],
  'publish-json': () => [{ type: $('#type').value, data: JSON.parse($('#data').value) }],
  'publish-burst': () =>
    Array.from({ length: BURST }, (_, i) => ({
      type: 'token_chunk',
      run_id: 'burst',
      data: { text: i === BURST - 1 ? `${i + 1}\n` : `${i + 1} ` },
    })),
};

// Several events go as NDJSON: one line each, answered by one line each.
async function publish(events) {
  const lines = events.map((event) => JSON.stringify({ topic: page.topic, ...event }));
  const started = performance.now();
  const answers =
    lines.length === 1
      ? await server.publish('application/json', lines[0])
      : await server.publish('application/x-ndjson', `${lines.join('\n')}\n`);
  const took = Math.round(performance.now() - started);
  const failed = answers.find(({ error }) => error !== undefined);
  if (failed) {
    throw new Error(`${failed.error.code}: ${failed.error.message}`);
  }
  const ids = answers.flatMap(({ published }) => published.map(({ id }) => id));
  return ids.length === 1 ? `${ids[0]} in ${took} ms` : `${ids[0]} to ${ids.at(-1)} in ${took} ms`;
}

for (const [id, compose] of Object.entries(composed)) {
  $(`#${id}`).addEventListener('submit', async (event) => {
    event.preventDefault();
    const said = $('#published');
    try {
      set(said, await publish(compose()));
      said.classList.remove('alarm');
    } catch (error) {
      set(said, error instanceof SyntaxError ? `not JSON: ${error.message}` : error.message);
      said.classList.add('alarm');
    }
  });
}

$('#watch').addEventListener('submit', (event) => {
  event.preventDefault();
  watch($('#topic').value);
});

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  views.forEach((view) => view.recolour());
  cpu.recolour();
  memory.recolour();
});

watch(page.topic);
requestAnimationFrame(draw);
