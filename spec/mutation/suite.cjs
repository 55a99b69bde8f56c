'use strict';
const path = require('node:path');
const circus = require('jest-circus');
const { jestExpect } = require('@jest/expect');
const { ModuleMocker } = require('jest-mock');
const { createLoader } = require('./load.cjs');

const root = process.cwd();
const mocker = new ModuleMocker(globalThis);
const { describe, it, test, beforeAll, beforeEach, afterAll, afterEach } = circus;
Object.assign(globalThis, { describe, it, test, beforeAll, beforeEach, afterAll, afterEach, expect: jestExpect });
globalThis.jest = { fn: mocker.fn.bind(mocker), spyOn: mocker.spyOn.bind(mocker), restoreAllMocks: mocker.restoreAllMocks.bind(mocker) };

/** What watches the run that is going on: only one goes on at a time. */
let watcher;
circus.addEventHandler(async (event) => {
  if (event.name === 'test_start') jestExpect.setState({ assertionCalls: 0, expectedAssertionsNumber: null, isExpectingAssertions: false, numPassingAsserts: 0, suppressedErrors: [] });
  if (event.name === 'test_done') {
    event.test.errors.push(...jestExpect.getState().suppressedErrors, ...jestExpect.extractExpectedAssertionsErrors().map(({ error }) => error));
  }
  await watcher?.(event);
});
for (const kind of ['uncaughtException', 'unhandledRejection']) {
  process.on(kind, (error) => {
    const running = circus.getState().currentlyRunningTest;
    if (running) running.errors.push(error);
  });
}

/** One spec file with a copy of the modules of its own: loaded once, run as often as asked. */
function loadSuite(spec, skip) {
  circus.resetState();
  createLoader()(path.join(root, spec));
  const block = circus.getState().rootDescribeBlock;
  const tests = new Map();
  collect(block, '', (name, one) => {
    let id = `${spec}: ${name}`;
    for (let more = 2; tests.has(id); more += 1) id = `${spec}: ${name} (${more})`;
    one.id = id;
    tests.set(id, one);
  });
  for (const one of tests.values()) one.written = skip?.test(one.id) ? 'skip' : one.mode;
  return { spec, block, tests };
}

function collect(block, prefix, found) {
  for (const child of block.children) {
    const name = `${prefix} ${String(child.name)}`.trim();
    if (child.type === 'describeBlock') collect(child, name, found);
    else found(name, child);
  }
}

/** Runs those tests of it that are wanted, all when nothing is said; the first failure ends the run if `bail`. */
async function runSuite(suite, { wanted, bail, timeout, watch } = {}) {
  circus.resetState();
  const state = circus.getState();
  state.rootDescribeBlock = suite.block;
  state.currentDescribeBlock = suite.block;
  state.testTimeout = timeout ?? 5000;
  for (const one of suite.tests.values()) {
    Object.assign(one, { errors: [], status: null, invocations: 0, mode: !wanted || wanted.has(one.id) ? one.written : 'skip' });
  }
  const results = [];
  watcher = async (event) => {
    watch?.(event);
    if (event.name === 'hook_failure' && !event.test) for (const one of suite.tests.values()) if (one.errors.length) results.push(resultOf(one));
    if (event.name !== 'test_done') return;
    results.push(resultOf(event.test));
    if (bail && event.test.errors.length > 0) for (const one of suite.tests.values()) if (one.status === null) one.mode = 'skip';
  };
  try {
    await circus.run();
  } finally {
    watcher = undefined;
    mocker.restoreAllMocks();
  }
  return results;
}

function resultOf(test) {
  const error = test.errors.flat().find((one) => one);
  return { id: test.id, ms: test.duration ?? 0, failure: test.errors.length > 0 ? String(error?.message ?? error) : undefined };
}

module.exports = { loadSuite, runSuite };
