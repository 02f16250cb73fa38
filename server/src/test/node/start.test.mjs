// The launcher's cache of loaded classes: made once a build, used by what it starts, and never in the way.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, readdir, rm, truncate, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { LAUNCHER } from './harness.mjs';

const run = promisify(execFile);
const LIMIT_MILLIS = 300_000;
const ROOT = path.resolve(path.dirname(LAUNCHER), '..');
const NEEDED = ['scripts', 'pom.xml', 'server/target/built', 'server/target/dist'].concat(
  ['codec', 'client', 'server'].flatMap((module) => [`${module}/pom.xml`, `${module}/src/main`]),
);

let root; // a copy of the build, so that nobody else's cache is broken here
let classes; // where the JVM writes down what it loads

before(async () => {
  await run(LAUNCHER, ['--version'], { timeout: LIMIT_MILLIS }); // builds, if need be
  root = await mkdtemp(path.join(os.tmpdir(), 'pushrod-start-'));
  classes = path.join(root, 'classes.log');
  for (const part of NEEDED) {
    await cp(path.join(ROOT, part), path.join(root, part), { recursive: true, preserveTimestamps: true });
  }
  await utimes(path.join(root, 'server/target/built'), new Date(), new Date()); // folders are newer than what they hold
});

after(() => rm(root, { recursive: true, force: true }));

// Runs the copied launcher; `shared` is how many classes of ours did not come from jars.
async function start(args, env = {}) {
  const { stdout, stderr } = await run(path.join(root, 'scripts/pushrod'), args, {
    env: { ...process.env, PUSHROD_AOT: '', PUSHROD_JVM_FLAGS: `-Xlog:class+load:file=${classes}`, ...env },
    timeout: LIMIT_MILLIS,
  });
  const ours = (await readFile(classes, 'utf8')).split('\n').filter((line) => line.includes(' io.pushrod.'));
  return { stdout, stderr, shared: ours.filter((line) => line.includes('source: shared objects file')).length };
}

async function cache() {
  const files = await readdir(path.join(root, 'server/target/aot')).catch(() => []);
  return files.filter((file) => file.endsWith('.aot')).map((file) => path.join(root, 'server/target/aot', file));
}

test('no cache is made when it is switched off', async () => {
  const { stderr, shared } = await start(['serve', '--help'], { PUSHROD_AOT: 'off' });
  assert.equal(stderr, '');
  assert.equal(shared, 0);
  assert.deepEqual(await cache(), []);
});

test('a cache is made once, and used by servers and commands', async () => {
  const first = await start(['serve', '--help']);
  assert.equal(first.stderr, 'pushrod: preparing a faster start (once per build)\n');
  assert.ok(first.shared > 0, `${first.shared} classes of ours from the cache`);
  assert.equal((await cache()).length, 1);
  const command = await start(['--version']);
  assert.equal(command.stderr, '');
  assert.ok(command.shared > 0, `${command.shared} classes of ours from the cache`);
});

test('a cache that another collector or object layout made useless is not mentioned', async () => {
  for (const flag of ['-XX:+UseZGC', '-XX:-UseCompactObjectHeaders', '-Xshare:off']) {
    const { stdout, stderr } = await start(['serve', '--help'], {
      PUSHROD_JVM_FLAGS: `${flag} -Xlog:class+load:file=${classes}`,
    });
    assert.match(stdout, /^Usage: pushrod serve /, flag);
    assert.equal(stderr, '', flag);
  }
});

test('a broken cache is left alone without a word', async () => {
  const [file] = await cache();
  await truncate(file, 1_000_000);
  const { stdout, stderr, shared } = await start(['--version']);
  assert.match(stdout, /^pushrod [^\n]+\n$/);
  assert.equal(stderr, '');
  assert.equal(shared, 0);
});
