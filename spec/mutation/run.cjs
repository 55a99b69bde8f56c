'use strict';
// npm run mutation -- grants clients/secrets …: rooms of lib, or single files of them; without a word all rooms.
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const rooms = require('./rooms.cjs');

const root = path.resolve(__dirname, '../..');
const wishes = process.argv.slice(2);

function filesOf(wish) {
  const [room, ...rest] = wish.split('/');
  if (!Object.hasOwn(rooms, room)) throw new Error(`there is no room "${room}"; there are ${Object.keys(rooms).join(', ')}`);
  if (rest.length > 0) return [{ room, file: rest.join('/') }];
  return fs
    .readdirSync(path.join(root, 'lib', room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ room, file: name.slice(0, -3) }));
}

for (const { room, file } of (wishes.length > 0 ? wishes : Object.keys(rooms)).flatMap(filesOf)) {
  const specs = (rooms[room][file] ?? rooms[room]['*']).filter((spec) => fs.existsSync(path.join(root, spec)));
  const report = `reports/mutation/${room}/${file}.json`;
  const { status } = spawnSync(process.execPath, [path.join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js'), 'run'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, MUTATION_FILE: `lib/${room}/${file}.ts`, MUTATION_SPECS: specs.join(','), MUTATION_REPORT: report },
  });
  if (status !== 0) {
    process.exitCode = 1;
    continue;
  }
  const full = path.join(root, report);
  // A file of types alone has no mutants and no report.
  if (!fs.existsSync(full)) continue;
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  fs.writeFileSync(full, JSON.stringify({ ...JSON.parse(fs.readFileSync(full, 'utf8')), commit }));
}
