'use strict';
// Builds dist/: one CommonJS build by tsc, and beside each public entry a
// one-line .mjs and .d.mts that re-export it. Two builds would give two classes
// and break `instanceof`, so there is only ever one.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { isDeepStrictEqual } = require('node:util');
const { pathToFileURL } = require('node:url');
const entries = require('./entries');

const root = path.join(__dirname, '..');
const file = (...parts) => path.join(root, ...parts);
const readJson = (name) => JSON.parse(fs.readFileSync(file(name), 'utf8'));
const packageName = readJson('package.json').name;

const condition = (source, types, code) => ({
  types: `./dist/${source}.${types}`,
  default: `./dist/${source}.${code}`,
});

const wantedExports = {
  ...Object.fromEntries(
    entries.map(({ subpath, source }) => [
      subpath,
      { import: condition(source, 'd.mts', 'mjs'), require: condition(source, 'd.ts', 'js') },
    ]),
  ),
  './package.json': './package.json',
};

// What a compiler goes by that reads no "exports": `moduleResolution: node10`, the default of `module: commonjs` up to TypeScript 5.
const wantedTypes = {
  '*': Object.fromEntries(entries.filter(({ subpath }) => subpath !== '.').map(({ subpath, source }) => [subpath.slice(2), [`./dist/${source}.d.ts`]])),
};

const wantedPaths = Object.fromEntries(
  entries.map(({ subpath, source }) => [path.posix.join(packageName, subpath), [`./lib/${source}.ts`]]),
);

/** Compares package.json and tsconfig.json with the table of entries, or brings them in line. */
function syncExports(write) {
  const targets = [
    ['package.json', (json) => json, 'exports', wantedExports],
    ['package.json', (json) => json, 'typesVersions', wantedTypes],
    ['tsconfig.json', (json) => json.compilerOptions, 'paths', wantedPaths],
  ];
  for (const [name, within, member, wanted] of targets) {
    const json = readJson(name);
    const current = within(json)[member];
    const same = isDeepStrictEqual(current, wanted) && isDeepStrictEqual(Object.keys(current), Object.keys(wanted));
    if (same) continue;
    if (!write) {
      throw new Error(`"${member}" in ${name} differs from scripts/entries.js: run node scripts/build.js --write-exports`);
    }
    within(json)[member] = wanted;
    fs.writeFileSync(file(name), tidy(JSON.stringify(json, null, 2)) + '\n');
    console.log(`${name}: "${member}" written`);
  }
}

/** Puts arrays of short strings on one line, as they are written by hand in tsconfig.json. */
function tidy(text) {
  return text.replace(/("(?:paths|lib|types|include|express-token-endpoint[^"]*)": )?\[\s+("[^"]*"(?:,\s+"[^"]*")*)\s+\]/g, (all, key, items) =>
    key ? `${key}[${items.replace(/,\s+/g, ', ')}]` : all,
  );
}

function compile() {
  fs.rmSync(file('dist'), { recursive: true, force: true });
  execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  });
}

const runtimeNames = (exported) =>
  Object.keys(exported).filter((name) => !['__esModule', 'default', 'module.exports'].includes(name)).sort();

async function writeEsmEntry({ subpath, source }) {
  const base = path.posix.basename(source);
  const built = require(file('dist', `${source}.js`));
  const names = runtimeNames(built);
  const list = names.length > 0 ? `{ ${names.join(', ')} }` : '{}';
  fs.writeFileSync(file('dist', `${source}.mjs`), `export ${list} from './${base}.js';\n`);
  fs.writeFileSync(file('dist', `${source}.d.mts`), `export * from './${base}.js';\n`);

  const esm = await import(pathToFileURL(file('dist', `${source}.mjs`)).href);
  const strangers = names.filter((name) => esm[name] !== built[name]);
  if (strangers.length > 0 || !isDeepStrictEqual(runtimeNames(esm), names)) {
    throw new Error(`${subpath}: import and require do not give the same exports (${strangers.join(', ')})`);
  }
  console.log(`${path.posix.join(packageName, subpath)}: ${names.length} names`);
}

async function main() {
  if (process.argv.includes('--write-exports')) {
    syncExports(true);
    return;
  }
  syncExports(false);
  compile();
  for (const entry of entries) await writeEsmEntry(entry);
}

main().catch((error) => {
  console.error(error.status === undefined ? error.message : 'the compiler found errors, see above');
  process.exitCode = 1;
});
