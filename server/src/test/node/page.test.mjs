// The demo page's book-keeping, without a browser.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const source = await readFile(
  new URL('../../main/resources/io/pushrod/server/demo/reader.js', import.meta.url),
  'utf8',
);
const { Reader } = await import(`data:text/javascript,${encodeURIComponent(source)}`);

const event = (seq, more = {}) => ({ id: `e1-${seq}`, seq, type: 'custom:n', ts: 1000, data: {}, ...more });
const gap = (reason, from, to, id) => ({ id, type: 'gap', ts: 1000, data: { reason, from, to } });

function readerAt(seq) {
  const reader = new Reader();
  reader.startAt(`e1-${seq}`);
  return reader;
}

function resumed(reader, last, epoch = 'e1') {
  reader.beginResume(0);
  reader.resume.expect({ epoch, last });
  return () => reader.resume.verdict(reader, 5);
}

test('counts what continues and keeps the cursor', () => {
  const reader = readerAt(4);
  [5, 6, 7].forEach((seq) => assert.equal(reader.accept(event(seq), 1003).kind, 'event'));
  assert.equal(reader.cursor, 'e1-7');
  assert.deepEqual([reader.received, reader.lost, reader.duplicates], [3, 0, 0]);
  assert.equal(reader.lags.last, 3);
});

test('sees a duplicate', () => {
  const reader = readerAt(4);
  reader.accept(event(5), 0);
  assert.equal(reader.accept(event(5), 0).kind, 'duplicate');
  assert.equal(reader.duplicates, 1);
  assert.equal(reader.cursor, 'e1-5');
});

test('sees a hole that nobody announced', () => {
  const reader = readerAt(4);
  assert.equal(reader.accept(event(8), 0).hole, 3);
  assert.equal(reader.lost, 3);
});

test('takes a folded event for the range it covers', () => {
  const reader = readerAt(4);
  const outcome = reader.accept(event(9, { from_seq: 5 }), 0);
  assert.deepEqual([outcome.covered, outcome.hole, reader.folded, reader.covered], [5, 0, 1, 5]);
});

test('counts the part of a folded event that came before as duplicates', () => {
  const reader = readerAt(6);
  const outcome = reader.accept(event(9, { from_seq: 5 }), 0);
  assert.deepEqual([outcome.kind, outcome.covered, reader.duplicates], ['event', 3, 2]);
});

test('continues behind an announced gap', () => {
  const reader = readerAt(4);
  const outcome = reader.accept(gap('trimmed', 'e1-5', 'e1-9', 'e1-9'), 0);
  assert.deepEqual([outcome.kind, outcome.count, reader.gone, reader.lost], ['gap', 5, 5, 0]);
  reader.accept(event(10), 0);
  assert.equal(reader.lost, 0);
});

test('a signal has no place in the order', () => {
  const reader = readerAt(4);
  assert.equal(reader.accept({ type: 'typing', ts: 0, data: {} }, 0).kind, 'signal');
  assert.equal(reader.cursor, 'e1-4');
});

test('says that all that was missed came', () => {
  const reader = readerAt(4);
  const verdict = resumed(reader, 7);
  assert.equal(verdict().tone, 'busy');
  [5, 6, 7].forEach((seq) => assert.ok(reader.accept(event(seq), 3).replay));
  assert.match(verdict().text, /^Missed 3, all 3 delivered, 0 duplicates/);
  assert.equal(verdict().tone, 'good');
  assert.ok(!reader.accept(event(8), 3).replay);
});

test('counts what was missed as one event or many', () => {
  const reader = readerAt(4);
  const verdict = resumed(reader, 9);
  reader.accept(event(10, { from_seq: 5 }), 3);
  assert.match(verdict().text, /^Missed 5, all 5 delivered as 1 event, 0 duplicates/);
});

test('says so when nothing was missed', () => {
  const verdict = resumed(readerAt(4), 4);
  assert.deepEqual(verdict(), { tone: 'good', text: 'Missed 0: nothing was published meanwhile, 0 duplicates' });
});

test('says what was lost, repeated or announced as gone', () => {
  const lossy = readerAt(4);
  const lost = resumed(lossy, 9);
  lossy.accept(event(8), 3);
  lossy.accept(event(8), 3);
  lossy.accept(event(9), 3);
  assert.match(lost().text, /^Missed 5, 2 delivered, 3 lost without a word, 1 duplicate/);
  assert.equal(lost().tone, 'bad');

  const trimmed = readerAt(4);
  const gone = resumed(trimmed, 9);
  trimmed.accept(gap('trimmed', 'e1-5', 'e1-7', 'e1-7'), 3);
  [8, 9].forEach((seq) => trimmed.accept(event(seq), 3));
  assert.match(gone().text, /^Missed 5, 2 delivered, 3 announced as gone \(trimmed\), 0 duplicates/);
  assert.equal(gone().tone, 'notice');
});

test('tells a new log that was announced from one that was not', () => {
  const told = readerAt(4);
  const announced = resumed(told, 2, 'e2');
  assert.equal(announced().tone, 'busy');
  told.accept(gap('epoch', 'e1-5', null, 'e2-0'), 3);
  assert.equal(announced().tone, 'notice');

  const untold = readerAt(4);
  const silent = resumed(untold, 2, 'e2');
  untold.accept(event(1, { id: 'e2-1' }), 3);
  assert.equal(silent().tone, 'bad');
});

test('a late joiner is held against the whole past', () => {
  const reader = new Reader();
  reader.beginResume(0, true);
  reader.resume.expect({ epoch: 'e1', last: 50 });
  reader.startAt('e1-10');
  reader.accept(event(50, { from_seq: 11 }), 3);
  assert.match(reader.resume.verdict(reader, 5).text, /^Joined late: 40 in the past, all 40 delivered as 1 event/);
});

test('a late joiner of a topic without a past missed nothing', () => {
  const reader = new Reader();
  reader.beginResume(0, true);
  reader.resume.expect({ epoch: '', last: 0 });
  reader.startAt('e1-0');
  assert.match(reader.resume.verdict(reader, 5).text, /^Joined late: 0 in the past/);
});
