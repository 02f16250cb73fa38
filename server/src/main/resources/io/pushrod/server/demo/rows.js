// The list of what arrived: the last few hundred rows, drawn together however many events came.

import { count, describe } from './reader.js';

const ROWS_KEPT = 300;
const PREVIEW_LENGTH = 240;

export class EventList {
  #list;
  #jump;
  #kept = []; // the last rows, drawn or not
  #fresh = 0; // how many at the end of #kept are not drawn
  #held = 0; // how many came while the reader looked at older ones
  #holding = false;

  // `list` scrolls; `jump` is the button that returns to its end.
  constructor(list, jump) {
    this.#list = list;
    this.#jump = jump;
    list.addEventListener('scroll', () => this.#onScroll());
    list.addEventListener('click', ({ target }) => this.#toggle(target.closest('.row')));
    list.addEventListener('keydown', (event) => this.#onKey(event));
    jump.addEventListener('click', () => this.#release());
  }

  clear() {
    this.#kept = [];
    this.#fresh = 0;
    this.#list.replaceChildren();
    this.#release();
  }

  note(text) {
    this.#add({ kind: 'note', text });
  }

  event(event, outcome) {
    if (outcome.hole > 0) {
      this.#add({ kind: 'hole', text: describe(event, outcome) });
    }
    this.#add({ kind: outcome.kind, event, outcome });
  }

  #add(row) {
    this.#kept.push(row);
    this.#fresh++;
    if (this.#kept.length > 2 * ROWS_KEPT) {
      this.#kept = this.#kept.slice(-ROWS_KEPT);
    }
  }

  draw() {
    if (this.#fresh === 0) {
      return;
    }
    if (this.#holding) {
      this.#held += this.#fresh;
      this.#fresh = 0;
      this.#jump.textContent = `${count(this.#held)} newer ↓`;
      this.#jump.hidden = false;
      return;
    }
    const rows = this.#kept.slice(-Math.min(this.#fresh, ROWS_KEPT));
    this.#fresh = 0;
    this.#list.append(...rows.map(render));
    while (this.#list.childElementCount > ROWS_KEPT) {
      this.#list.firstElementChild.remove();
    }
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  #onScroll() {
    const below = this.#list.scrollHeight - this.#list.scrollTop - this.#list.clientHeight;
    if (below > 40) {
      this.#holding = true;
    } else if (this.#holding) {
      this.#release();
    }
  }

  #release() {
    this.#holding = false;
    this.#jump.hidden = true;
    if (this.#held > 0) {
      this.#held = 0;
      this.#list.replaceChildren();
      this.#fresh = this.#kept.length;
    }
    this.#list.scrollTop = this.#list.scrollHeight;
  }

  // Up and Down walk the rows, Enter opens one, Escape returns to the end.
  #onKey(event) {
    const row = event.target.closest('.row');
    const next = {
      ArrowUp: row === null ? this.#list.lastElementChild : row.previousElementSibling,
      ArrowDown: row?.nextElementSibling,
    }[event.key];
    if (next) {
      this.#holding = true;
      next.focus();
      event.preventDefault();
    } else if (event.key === 'Enter' || event.key === ' ') {
      this.#toggle(row);
      event.preventDefault();
    } else if (event.key === 'Escape') {
      this.#list.focus();
      this.#release();
    }
  }

  #toggle(row) {
    if (row?.json === undefined || String(getSelection()) !== '') {
      return;
    }
    const open = row.classList.toggle('open');
    row.lastElementChild.textContent = open ? JSON.stringify(row.json, null, 2) : row.preview;
    this.#holding ||= open;
    row.scrollIntoView({ block: 'nearest' });
  }
}

function render({ kind, text, event, outcome }) {
  const row = element('li', `row ${kind}`);
  row.tabIndex = -1;
  if (text !== undefined) {
    row.append(element('span', 'what', text));
    return row;
  }
  if (outcome.replay) {
    row.classList.add('replayed');
  }
  row.json = event;
  row.preview = kind === 'gap' ? describe(event, { ...outcome, hole: 0 }) : preview(event);
  row.append(element('span', 'seq', kind === 'gap' ? '' : String(event.seq ?? '–')));
  row.append(element('span', 'type', event.type));
  if (kind === 'duplicate') {
    row.append(element('span', 'mark', 'seen before'));
  } else if (event.from_seq !== undefined) {
    row.classList.add('folded');
    row.append(element('span', 'mark', `${event.from_seq}–${event.seq} in one`));
  }
  row.append(element('span', 'what', row.preview));
  return row;
}

function preview({ type, data }) {
  if (type === 'token_chunk' && typeof data?.text === 'string') {
    return data.text.replaceAll('\n', '⏎').slice(0, PREVIEW_LENGTH);
  }
  return JSON.stringify(data ?? null).slice(0, PREVIEW_LENGTH);
}

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) {
    made.textContent = text;
  }
  return made;
}
