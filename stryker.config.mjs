// `npm run mutation` sets what is mutated and which specs hold it: see spec/mutation/rooms.cjs.
const { MUTATION_FILES: files, MUTATION_SPECS: specs = '', MUTATION_REPORT: report } = process.env;
if (!files || !report) throw new Error('start it by npm run mutation -- <room>');

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  plugins: ['./spec/mutation/runner.mjs'],
  testRunner: 'specs',
  specs: specs.split(','),
  // Express 4 runs the same lines a second time.
  skip: 'Express 4',
  mutate: files.split(','),
  coverageAnalysis: 'perTest',
  concurrency: 1,
  timeoutMS: 15_000,
  timeoutFactor: 3,
  dryRunTimeoutMinutes: 15,
  allowEmpty: true,
  disableTypeChecks: false,
  ignorePatterns: ['/dist', '/coverage', '/reports', '/docs', '/examples', '/spec/bench', '/spec/browser', '/.git', '*.tgz'],
  reporters: ['json', 'clear-text'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false, reportMutants: false },
  jsonReporter: { fileName: report },
};
