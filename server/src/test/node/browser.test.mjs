import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { Server, until } from './harness.mjs';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];
const absent = !existsSync(CHROMIUM) && !process.env.CI && `no browser at ${CHROMIUM}: apt-get install chromium, or set CHROMIUM`;

let server;
let profile;
let browser;
let page;
const complaints = [];

before(async () => {
  if (absent) {
    return;
  }
  server = await Server.start('demo');
  profile = await mkdtemp(path.join(os.tmpdir(), 'pushrod-browser-'));
  browser = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, args: FLAGS });
  page = await browser.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && /Content Security Policy/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  await page.goto(server.url);
});
after(async () => {
  await browser?.close();
  await server?.stop();
  if (profile) {
    await rm(profile, { recursive: true, force: true });
  }
});

const figure = async (side, name) =>
  Number((await page.textContent(`#${side} [data-of=${name}]`)).replaceAll(',', ''));

for (const [side, name] of [
  ['ws', 'WebSocket'],
  ['sse', 'SSE'],
]) {
  test(`the demo page sees events move over ${name}, and misses none through Drop and Restore`, { skip: absent }, async () => {
    await until(async () => (await figure(side, 'received')) >= 5, `events over ${name}`);
    await page.click(`[aria-label="Drop ${name}"]`);
    await page.waitForSelector(`#${side}[data-state=dropped]`);
    const other = side === 'ws' ? 'sse' : 'ws';
    const dropped = await figure(other, 'seq');
    const kept = await figure(side, 'received');
    await until(async () => (await figure(other, 'seq')) >= dropped + 5, 'events that this side misses');
    assert.equal(await figure(side, 'received'), kept, 'a dropped side receives nothing');
    await page.click(`[aria-label="Restore ${name}"]`);
    const verdict = await until(async () => {
      const text = await page.textContent(`#${side} .verdict[data-tone]`);
      return /^Missed/.test(text) && !text.endsWith('…') && text;
    }, 'verdict');
    const [, missed, delivered] = /^Missed ([\d,]+), all ([\d,]+) delivered\b.*, 0 duplicates/.exec(verdict) ?? assert.fail(verdict);
    assert.equal(missed, delivered);
    for (const trouble of ['duplicates', 'lost', 'gaps']) {
      assert.equal(await figure(side, trouble), 0, trouble);
    }
  });
}

test('a side that joins late gets the folded past and the same end', { skip: absent }, async () => {
  await page.check('#ws .late input');
  const verdict = await until(async () => {
    const text = await page.textContent('#ws .verdict');
    return /^Joined late/.test(text) && !text.endsWith('…') && text;
  }, 'verdict');
  assert.match(verdict, /0 duplicates/);
  assert.equal(await figure('ws', 'lost'), 0);
});

test('what the page publishes comes back on both sides', { skip: absent }, async () => {
  await page.fill('#text', 'a line from the browser');
  await page.click('text=Send token_chunk');
  await until(async () => (await page.textContent('#output')).includes('a line from the browser'), 'the line in the output');
  await page.click('text=Burst of 200');
  await until(async () => / to /.test(await page.textContent('#published')), 'acknowledged burst');
  const last = Number(/-(\d+) in/.exec(await page.textContent('#published'))[1]);
  await until(async () => (await figure('ws', 'seq')) >= last && (await figure('sse', 'seq')) >= last, 'burst on both sides');
});

test('both sides come back by themselves when the server was killed, and say that its log is new', { skip: absent }, async () => {
  await server.crash();
  await page.waitForSelector('#ws[data-state=waiting]');
  await page.waitForSelector('#sse[data-state=waiting]');
  await server.boot();
  for (const side of ['ws', 'sse']) {
    await page.waitForSelector(`#${side}[data-state=live]`);
    await until(async () => /^The log is a new one/.test(await page.textContent(`#${side} .verdict`)), `verdict on ${side}`);
    assert.equal(await figure(side, 'gaps'), 1);
    assert.equal(await figure(side, 'lost'), 0);
  }
});

test('the page breaks no rule of its own security policy', { skip: absent }, () => {
  assert.deepEqual(complaints, []);
});
