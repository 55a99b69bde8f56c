'use strict';
// Packs the package and uses the tarball as strangers would: apps in ESM,
// CommonJS and TypeScript of both module styles, on Express 4 and on 5. Each
// gets a token by client_credentials over a socket and calls a protected route
// with it; the TypeScript apps are compiled with compilers from 5.0 to 7.0. The packed
// TokenClient meets oidc-provider, Passport's clients meet the packed router, the command line runs. Then publint and
// attw judge the tarball, and its size is held to a budget.
const { execFile, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const entries = require('./entries');

const run = promisify(execFile);
const root = path.join(__dirname, '..');
const { name: packageName, devDependencies } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

const versionOf = (name) => devDependencies[name].replace(/^npm:.+@/, '');
const majors = [
  { major: 4, install: [`express@${versionOf('express4')}`, `@types/express@${versionOf('@types/express4')}`] },
  { major: 5, install: [`express@${versionOf('express')}`, `@types/express@${versionOf('@types/express')}`] },
];
const compilers = ['typescript', '@types/node'].map((name) => `${name}@${versionOf(name)}`);
/** The oldest and the newest compiler that the types are for; the one of this repository runs anyway. */
const otherCompilers = { ts50: '5.0.4', ts70: '7.0.2' };
/** Programs of others that meet the package, each in an app of spec/package. */
const strangers = {
  'oidc-provider.mjs': ['oidc-provider@9.13.3'],
  'passport.mjs': ['passport@0.7.0', 'passport-oauth2@1.8.0', 'passport-oauth2-refresh@2.2.0', 'passport-oauth2-password-grant@0.0.4'],
};

/** Bytes: what a user downloads, what lies on the disk, and how much code of ours that is. */
const budget = { tarball: 260_000, unpacked: 900_000 };

// The app of a user, once; only the lines that import differ between module styles.
const app = (types) => `
async function main()${types ? ': Promise<void>' : ''} {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const origin = 'http://127.0.0.1:' + String(address.port);

  const clients = new Map${types ? '<string, Client>' : ''}();
  const grants = ['client_credentials'];
  clients.set('modern', { id: 'modern', secretHash: await hashSecret('a secret'), grants, scopes: ['storage'] });
  clients.set('bcrypt', { id: 'bcrypt', secretHash: BCRYPT_HASH, grants, scopes: ['storage'] });

  const oauth = oauthRouter({ issuer: origin + '/oauth', findClient: (clientId) => clients.get(clientId) });
  const app = express();
  app.use('/oauth', oauth);
  app.use(oauth.wellKnown);
  app.get('/files', oauth.requireBearer('storage'), (req, res) => {
    res.json({ for: getAuth(req).clientId });
  });
  server.on('request', app);

  try {
    for (const id of clients.keys()) {
      const answer = await fetch(origin + '/oauth/token', {
        method: 'POST',
        headers: { authorization: 'Basic ' + Buffer.from(id + ':a secret').toString('base64') },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'storage' }),
      });
      const { access_token: token } = (await answer.json())${types ? ' as { access_token?: string }' : ''};
      if (answer.status !== 200 || token === undefined) throw new Error('no token for ' + id + ': ' + String(answer.status));
      const files = await fetch(origin + '/files', { headers: { authorization: 'Bearer ' + token } });
      const body = (await files.json())${types ? ' as { for?: string }' : ''};
      if (files.status !== 200 || body.for !== id) throw new Error('refused with a good token: ' + String(files.status));
    }
    const refused = await fetch(origin + '/files');
    if (refused.status !== 401) throw new Error('let in without a token: ' + String(refused.status));
    if (!(new OAuthError('invalid_grant', 'words') instanceof Error)) throw new Error('OAuthError is no Error');
  } finally {
    server.close();
    server.closeAllConnections();
    (oauth${types ? ' as { close?: () => unknown }' : ''}).close?.();
  }
}

main().catch((error${types ? ': unknown' : ''}) => {
  console.error(error);
  process.exitCode = 1;
});
`;

const names = ['oauthRouter', 'hashSecret', 'getAuth', 'OAuthError'].join(', ');
const asImports = `import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import { ${names} } from '${packageName}';
`;
const asRequires = `'use strict';
const { once } = require('node:events');
const { createServer } = require('node:http');
const express = require('express');
const { ${names} } = require('${packageName}');
`;
const typeImport = `import type { Client } from '${packageName}';\n`;

const apps = [
  { title: 'ESM app', file: 'app-esm.mjs', text: asImports + app(false) },
  { title: 'CommonJS app', file: 'app-cjs.cjs', text: asRequires + app(false) },
  { title: 'TypeScript app (ESM)', file: 'typed-esm.mts', runs: 'out/typed-esm.mjs', text: asImports + typeImport + app(true) },
  { title: 'TypeScript app (CommonJS)', file: 'typed-cjs.cts', runs: 'out/typed-cjs.cjs', text: asImports + typeImport + app(true) },
];

// `import` and `require` must hand out the very same things, for every public entry.
const identity = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const own = (names) => names.filter((name) => !['default', 'module.exports', '__esModule'].includes(name)).sort().join();
for (const entry of ENTRIES) {
  const esm = await import(entry);
  const cjs = require(entry);
  if (own(Object.keys(esm)) !== own(Object.keys(cjs))) throw new Error(entry + ': other names through import');
  for (const name of Object.keys(cjs)) if (esm[name] !== cjs[name]) throw new Error(entry + ': two ' + name);
}
const { OAuthError } = await import(ENTRIES[0]);
if (!(new (require(ENTRIES[0]).OAuthError)('invalid_grant', 'words') instanceof OAuthError)) throw new Error('two classes');
`;

const tsconfig = {
  compilerOptions: {
    target: 'es2022',
    module: 'nodenext',
    moduleResolution: 'nodenext',
    types: ['node'],
    outDir: 'out',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
  },
  include: ['typed-*'],
};

let failures = 0;

async function check(title, work) {
  const began = Date.now();
  try {
    await work();
    console.log(`ok     ${title} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
    return true;
  } catch (error) {
    failures += 1;
    console.log(`failed ${title}`);
    console.log([error.message, error.stdout, error.stderr].filter(Boolean).join('\n'));
    return false;
  }
}

const npmInstall = (cwd, packages) =>
  run(npm, ['install', '--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock', ...packages], {
    cwd,
    timeout: 300_000,
  });

async function tryWith({ major, install }, tarball, directory, bcryptHash, compilersDirectory) {
  const write = (file, text) => fs.writeFileSync(path.join(directory, file), text);
  const node = (file) => run(process.execPath, [file], { cwd: directory, timeout: 30_000 });
  fs.mkdirSync(directory);
  write('package.json', JSON.stringify({ name: `app-express-${major}`, private: true }));
  write('tsconfig.json', JSON.stringify(tsconfig));
  write('identity.mjs', identity.replaceAll('ENTRIES', JSON.stringify(entries.map(({ subpath }) => path.posix.join(packageName, subpath)))));
  // Every entry, in an app that has no driver of any store.
  const imports = entries.map(({ subpath }, at) => `import * as entry${at} from '${path.posix.join(packageName, subpath)}';`);
  const typedEntries = `${imports.join('\n')}\nexport const all: readonly object[] = [${entries.map((_, at) => `entry${at}`).join(', ')}];\n`;
  write('typed-entries.mts', typedEntries);
  write('older.ts', typedEntries);
  for (const { file, text } of apps) write(file, text.replaceAll('BCRYPT_HASH', `'${bcryptHash}'`));

  const on = `Express ${major}`;
  if (!(await check(`${on}: install the tarball`, () => npmInstall(directory, [tarball, ...install, ...compilers])))) return;
  await check(`${on}: import and require are one`, () => node('identity.mjs'));
  const compiled = await check(`${on}: TypeScript apps compile`, () =>
    run(process.execPath, [path.join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'], { cwd: directory, timeout: 300_000 }),
  );
  for (const [alias, version] of Object.entries(otherCompilers)) {
    await check(`${on}: TypeScript ${version} compiles them, too`, () =>
      run(process.execPath, [path.join(compilersDirectory, 'node_modules', alias, 'bin', 'tsc'), '-p', '.', '--noEmit'], { cwd: directory, timeout: 300_000 }),
    );
  }
  // What an app has that was begun years ago: `module: commonjs`, and with it a compiler that reads no "exports".
  const older = ['--module', 'commonjs', '--moduleResolution', 'node10', '--target', 'es2022', '--strict', '--esModuleInterop', '--skipLibCheck', 'false', '--noEmit'];
  await check(`${on}: TypeScript ${otherCompilers.ts50} finds every entry by node10`, () =>
    run(process.execPath, [path.join(compilersDirectory, 'node_modules', 'ts50', 'bin', 'tsc'), ...older, 'older.ts'], { cwd: directory, timeout: 300_000 }),
  );
  for (const { title, file, runs } of apps) {
    if (runs === undefined || compiled) await check(`${on}: ${title} runs`, () => node(runs ?? file));
  }
}

function pack(directory) {
  const output = execFileSync(npm, ['pack', '--json', '--pack-destination', directory], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 300_000,
  });
  const tarball = fs.readdirSync(directory).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`npm pack left no tarball:\n${output}`);
  return path.join(directory, tarball);
}

/** The command as `npx` finds it, in an app that has the package. */
async function tryCommandLine(directory) {
  const command = (...args) => run(path.join(directory, 'node_modules', '.bin', 'express-token-endpoint'), args, { cwd: directory, timeout: 30_000 });
  const { stdout } = await command('secret', '--id', 'worker', '--json');
  const { secretHash } = JSON.parse(stdout);
  if (!/^sha256:/.test(secretHash)) throw new Error(`no hash: ${secretHash}`);
  await command('keys', '--out', 'key.json');
  const { stdout: token } = await command('token', '--key', 'key.json', '--issuer', 'http://localhost:3000/oauth');
  if (token.split('.').length !== 3) throw new Error(`no token: ${token}`);
  const failed = await command('doctor', 'nonsense').then(() => undefined, (error) => error);
  if (failed?.code !== 2) throw new Error('doctor took nonsense');
}

async function tryWithStrangers(tarball, directory, file, packages) {
  fs.mkdirSync(directory);
  fs.writeFileSync(path.join(directory, 'package.json'), JSON.stringify({ name: 'strangers', private: true }));
  fs.copyFileSync(path.join(root, 'spec', 'package', file), path.join(directory, file));
  await npmInstall(directory, [tarball, ...packages, `express@${versionOf('express')}`]);
  await run(process.execPath, [file], { cwd: directory, timeout: 60_000 });
}

/** What it weighs, printed, and refused where it grew past the budget without somebody's say. */
async function weigh(tarball) {
  const packed = fs.statSync(tarball).size;
  const { stdout } = await run('tar', ['-tvzf', tarball]);
  const unpacked = stdout.trim().split('\n').reduce((sum, line) => sum + Number(line.split(/\s+/)[2]), 0);
  console.log(`       ${packed} bytes packed, ${unpacked} unpacked`);
  if (packed > budget.tarball || unpacked > budget.unpacked) throw new Error(`more than the budget: ${JSON.stringify(budget)}`);
}

async function main() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'express-token-endpoint-package-'));
  try {
    const tarball = pack(directory);
    const bcryptHash = await require('bcrypt').hash('a secret', 10);
    const compilersDirectory = path.join(directory, 'compilers');
    fs.mkdirSync(compilersDirectory);
    fs.writeFileSync(path.join(compilersDirectory, 'package.json'), JSON.stringify({ name: 'compilers', private: true }));
    await check('install other compilers', () => npmInstall(compilersDirectory, Object.entries(otherCompilers).map(([alias, version]) => `${alias}@npm:typescript@${version}`)));
    for (const express of majors) {
      await tryWith(express, tarball, path.join(directory, `express-${express.major}`), bcryptHash, compilersDirectory);
    }
    await check('the command line', () => tryCommandLine(path.join(directory, 'express-5')));
    for (const [file, packages] of Object.entries(strangers)) {
      await check(`with ${packages.join(', ')}`, () => tryWithStrangers(tarball, path.join(directory, file.replace('.mjs', '')), file, packages));
    }
    await check('size', () => weigh(tarball));
    const tool = (name, args) => run(path.join(root, 'node_modules', '.bin', name), args, { cwd: root, timeout: 120_000 });
    await check('publint', () => tool('publint', [tarball, '--strict']));
    await check('attw', () => tool('attw', [tarball, '--no-color', '--no-emoji']));
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
  process.exitCode = failures === 0 ? 0 : 1;
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
