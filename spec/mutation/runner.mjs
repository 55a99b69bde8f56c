import { createRequire } from 'node:module';
import path from 'node:path';
import { commonTokens, declareClassPlugin, PluginKind, tokens } from '@stryker-mutator/api/plugin';
import { determineHitLimitReached, DryRunStatus, TestStatus, toMutantRunResult } from '@stryker-mutator/api/test-runner';

const ACTIVE = '__STRYKER_ACTIVE_MUTANT__';
const require = createRequire(import.meta.url);
const stryker = (globalThis.__stryker__ ??= {});

/**
 * Runs jest's own circus without jest around it: a spec file and its copy of `lib` stay loaded from mutant to mutant,
 * so that one costs the tests that reach it and nothing else. A mutant counts as killed when a test fails with it
 * and passes right after without it; where it does not, the modules are loaded afresh and the mutant tried again.
 */
class SpecRunner {
  static inject = tokens(commonTokens.options);
  #suites = new Map();
  /** Source file → the tests that killed in it before, the latest first. */
  #killers = new Map();

  constructor(options) {
    this.specs = options.specs;
    this.skip = options.skip ? new RegExp(options.skip) : undefined;
  }

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    Error.stackTraceLimit = 3;
    const { loadSuite, runSuite } = require(path.resolve('spec/mutation/suite.cjs'));
    this.load = (spec) => loadSuite(spec, this.skip);
    this.run = runSuite;
  }

  #suite(spec) {
    const known = this.#suites.get(spec);
    if (known) return known;
    const made = this.load(spec);
    this.#suites.set(spec, made);
    return made;
  }

  async dryRun({ coverageAnalysis }) {
    const results = [];
    for (const spec of this.specs) {
      const suite = this.#suite(spec);
      const watch = coverageAnalysis === 'perTest' ? attributing(suite) : undefined;
      results.push(...(await this.run(suite, { timeout: 30_000, watch })));
      watch?.end();
      if (watch) mergeShared(suite);
    }
    return { status: DryRunStatus.Complete, tests: results.map(asResult), mutantCoverage: stryker.mutantCoverage };
  }

  async mutantRun({ activeMutant, testFilter, hitLimit, disableBail, reloadEnvironment, sandboxFileName }) {
    Object.assign(stryker, { hitCount: hitLimit ? 0 : undefined, hitLimit });
    const wanted = testFilter && new Set(testFilter);
    const file = path.relative(process.cwd(), sandboxFileName);
    try {
      const failure = await this.#kill(String(activeMutant.id), wanted, file, reloadEnvironment);
      const limit = determineHitLimitReached(stryker.hitCount, hitLimit);
      if (limit) return limit;
      const tests = failure ? [failure] : [...(wanted ?? [])].map((id) => ({ id, ms: 0 }));
      return toMutantRunResult({ status: DryRunStatus.Complete, tests: tests.map(asResult) }, disableBail);
    } finally {
      Object.assign(stryker, { hitCount: undefined, hitLimit: undefined });
    }
  }

  /** The first failure that the mutant and nothing else brought about. */
  async #kill(id, wanted, file, fresh) {
    const killers = this.#killers.get(file) ?? [];
    const likely = killers.filter((test) => !wanted || wanted.has(test)).slice(0, 12);
    const rounds = [
      ...bySpec(likely),
      ...this.#bestFirst(killers).map((spec) => [spec, wanted && new Set([...wanted].filter((test) => test.startsWith(`${spec}: `) && !likely.includes(test)))]),
    ];
    for (const [spec, tests] of rounds) {
      if (tests?.size === 0) continue;
      const failure = await this.#runWith(id, spec, tests, fresh);
      if (!failure) continue;
      this.#killers.set(file, [failure.id, ...killers.filter((test) => test !== failure.id)].slice(0, 60));
      return failure;
    }
    return undefined;
  }

  #bestFirst(killers) {
    const rank = (spec) => killers.filter((test) => test.startsWith(`${spec}: `)).length;
    return [...this.specs].sort((one, other) => rank(other) - rank(one));
  }

  async #runWith(id, spec, wanted, fresh) {
    if (fresh) return this.#runFresh(id, spec, wanted);
    const suite = this.#suite(spec);
    const failure = await mutated(id, () => this.#firstFailure(suite, wanted));
    if (!failure) return undefined;
    const hits = stryker.hitCount;
    stryker.hitCount = undefined;
    const control = await this.#firstFailure(suite, new Set([failure.id]));
    stryker.hitCount = hits;
    if (!control) return failure;
    this.#suites.delete(spec);
    return this.#runFresh(id, spec, wanted);
  }

  async #runFresh(id, spec, wanted) {
    try {
      return await mutated(id, () => this.#firstFailure(this.load(spec), wanted));
    } catch (error) {
      return { id: `${spec}: is loaded`, ms: 0, failure: String(error) };
    }
  }

  async #firstFailure(suite, wanted) {
    const results = await this.run(suite, { wanted, bail: true, timeout: 5000 });
    return results.find(({ failure }) => failure !== undefined);
  }
}

async function mutated(id, work) {
  stryker.activeMutant = id;
  process.env[ACTIVE] = id;
  try {
    return await work();
  } finally {
    stryker.activeMutant = undefined;
    delete process.env[ACTIVE];
  }
}

/** Counts what runs in a test for that test, and what runs in `beforeAll` for every test of the file. */
function attributing(suite) {
  const watch = ({ name, test, hook }) => {
    if (name === 'test_started') stryker.currentTestId = test.id;
    else if (name === 'test_done' || name === 'test_skip') stryker.currentTestId = `${suite.spec}: *`;
    else if (name === 'hook_start' && hook.type === 'beforeAll') stryker.currentTestId = `${suite.spec}: *`;
  };
  watch.end = () => (stryker.currentTestId = undefined);
  return watch;
}

function mergeShared({ spec, tests }) {
  const perTest = stryker.mutantCoverage?.perTest ?? {};
  const shared = perTest[`${spec}: *`];
  if (!shared) return;
  delete perTest[`${spec}: *`];
  for (const id of tests.keys()) perTest[id] = { ...shared, ...perTest[id] };
}

function bySpec(tests) {
  const groups = new Map();
  for (const test of tests) {
    const spec = test.slice(0, test.indexOf(': '));
    groups.set(spec, (groups.get(spec) ?? new Set()).add(test));
  }
  return [...groups];
}

const asResult = ({ id, ms, failure }) => ({
  id,
  name: id,
  timeSpentMs: ms,
  ...(failure === undefined ? { status: TestStatus.Success } : { status: TestStatus.Failed, failureMessage: failure }),
});

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'specs', SpecRunner)];
export const strykerValidationSchema = {
  type: 'object',
  properties: { specs: { type: 'array', items: { type: 'string' }, default: [] }, skip: { type: 'string' } },
};
