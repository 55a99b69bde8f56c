'use strict';
const entries = require('./scripts/entries');

// Packages that ship ES modules only: jest loads them through the transform.
const esmOnly = ['jose', 'openid-client', 'oauth4webapi'];

const swc = (parser) => [
  '@swc/jest',
  {
    swcrc: false,
    jsc: { parser, target: 'es2023' },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  },
];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/spec/**/*.spec.ts'],
  transform: {
    '\\.[cm]?ts$': swc({ syntax: 'typescript' }),
    '\\.[cm]?js$': swc({ syntax: 'ecmascript' }),
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:${esmOnly.join('|')})/)`],
  // `import … from 'express-token-endpoint/…'` in specs and examples means the source, as in tsconfig.json.
  moduleNameMapper: Object.fromEntries(
    entries.map(({ subpath, source }) => [
      `^express-token-endpoint${subpath.slice(1)}$`,
      `<rootDir>/lib/${source}.ts`,
    ]),
  ),
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/\\.stryker-tmp/'],
  globalSetup: '<rootDir>/spec/support/engines/setup.ts',
  globalTeardown: '<rootDir>/spec/support/engines/teardown.ts',
  maxWorkers: 2,
  testTimeout: 120_000,
  // The command's entry runs as a process of its own in its spec, where nobody counts.
  collectCoverageFrom: ['lib/**/*.ts', '!lib/cli/index.ts'],
  coverageDirectory: 'coverage',
  coverageThreshold: { global: { branches: 95 } },
};
