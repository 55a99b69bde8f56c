'use strict';
// Everything `npm test` promises, step by step. A failed step does not keep the
// later ones from running. Arguments go to jest alone. The last line says how
// many jest tests and steps passed and failed.
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const root = path.join(__dirname, '..');
const bin = (name) => path.join(root, 'node_modules', '.bin', name);
const script = (name) => [process.execPath, path.join(__dirname, name)];
const minutes = 60_000;

const steps = [
  { name: 'types', command: [bin('tsc'), '--noEmit'], limit: 5 * minutes },
  { name: 'lint', command: [bin('eslint'), '.'], limit: 5 * minutes },
  { name: 'build', command: script('build.js'), limit: 5 * minutes },
  { name: 'trace', command: script('trace.js'), limit: 1 * minutes },
  { name: 'jest', command: [bin('jest')], limit: 40 * minutes },
  { name: 'package', command: script('package-test.js'), limit: 15 * minutes },
];

/** Runs a command with its output shown and handed to `read`, and says whether it ended well and in time. */
function succeeds([file, ...args], limit, read) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, stdio: ['ignore', ...(read ? ['pipe', 'pipe'] : ['inherit', 'inherit'])] });
    for (const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]]) from?.on('data', read).pipe(to, { end: false });
    const timer = setTimeout(() => {
      console.log(`not done after ${limit / minutes} minutes: stopped`);
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
    }, limit);
    const end = (ok) => {
      clearTimeout(timer);
      resolve(ok);
    };
    child.on('error', (error) => {
      console.log(String(error));
      end(false);
    });
    child.on('exit', (code) => end(code === 0));
  });
}

async function runStep({ command, limit }) {
  const ok = await succeeds(command, limit);
  return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** The secrets of the specs' clients begin so: none may stand in what the package prints. */
const MARK = 'secret-of-';

/** Looks for the mark in output that comes in pieces. */
function lookForSecrets() {
  let end = '';
  const found = { any: false, read: (piece) => {
    const text = end + piece.toString('latin1');
    found.any ||= text.includes(MARK);
    end = text.slice(-MARK.length);
  } };
  return found;
}

async function runJest({ command, limit }, args) {
  const secrets = lookForSecrets();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'express-token-endpoint-jest-'));
  const outputFile = path.join(directory, 'results.json');
  try {
    const ok = await succeeds([...command, '--json', '--outputFile', outputFile, ...args], limit, secrets.read);
    if (!fs.existsSync(outputFile)) return { passed: 0, failed: 1 };
    const results = JSON.parse(fs.readFileSync(outputFile, 'utf8'));
    const skipped = results.numPendingTests + results.numTodoTests;
    if (skipped > 0) console.log(`jest skipped ${skipped} tests`);
    if (secrets.any) console.log(`a secret stands in the output above: look for ${MARK}`);
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites + (secrets.any ? 1 : 0);
    return { passed: results.numPassedTests, failed: ok ? failed : Math.max(failed, 1) };
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

async function main() {
  const jestArguments = process.argv.slice(2);
  const total = { passed: 0, failed: 0 };
  const summary = [];
  for (const step of steps) {
    console.log(`\n=== ${step.name}`);
    const began = Date.now();
    const { passed, failed } = step.name === 'jest' ? await runJest(step, jestArguments) : await runStep(step);
    total.passed += passed;
    total.failed += failed;
    const seconds = ((Date.now() - began) / 1000).toFixed(1);
    summary.push(`${step.name.padEnd(8)} ${failed === 0 ? 'ok' : 'FAILED'} (${passed} passed, ${failed} failed, ${seconds} s)`);
  }
  console.log(`\n${summary.join('\n')}\n`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

main().catch((error) => {
  console.error(error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
});
