'use strict';
// npm run mutation -- grants clients/secrets …: rooms of lib, or single files of them; without a word all rooms.
const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const rooms = require('./rooms.cjs');

const root = path.resolve(__dirname, '../..');
const onlyUnits = process.argv.includes('--units');
const wishes = process.argv.slice(2).filter((word) => word !== '--units');

function filesOf(wish) {
  const [room, ...rest] = wish.split('/');
  if (!Object.hasOwn(rooms, room)) throw new Error(`there is no room "${room}"; there are ${Object.keys(rooms).join(', ')}`);
  if (rest.length > 0) return [{ room, file: rest.join('/') }];
  return fs
    .readdirSync(path.join(root, 'lib', room), { recursive: room !== '.', encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ room, file: name.slice(0, -3) }));
}

/** Specs of these files; with `--units` those alone that need no server, quick enough to take all files of a room at once. */
function runsOf(wish) {
  const files = filesOf(wish);
  const specsOf = ({ room, file }) => rooms[room][file] ?? rooms[room]['*'];
  const { room } = files[0];
  if (!onlyUnits) return files.map((one) => ({ files: [one], specs: specsOf(one), report: `${room}/${one.file}` }));
  const specs = [...new Set(files.flatMap(specsOf))].filter((spec) => spec.startsWith('spec/units/'));
  return [{ files, specs, report: files.length === 1 ? wish : `${room}/all` }];
}

for (const { files, specs, report } of (wishes.length > 0 ? wishes : Object.keys(rooms)).flatMap(runsOf)) {
  const name = `reports/mutation/${report}.json`;
  const { status } = spawnSync(process.execPath, [path.join(root, 'node_modules/@stryker-mutator/core/bin/stryker.js'), 'run'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...process.env,
      MUTATION_FILES: files.map(({ room, file }) => `lib/${room}/${file}.ts`).join(','),
      MUTATION_SPECS: specs.filter((spec) => fs.existsSync(path.join(root, spec))).join(','),
      MUTATION_REPORT: name,
    },
  });
  if (status !== 0) {
    process.exitCode = 1;
    continue;
  }
  const full = path.join(root, name);
  // A file of types alone has no mutants and no report.
  if (!fs.existsSync(full)) continue;
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();
  fs.writeFileSync(full, JSON.stringify({ ...JSON.parse(fs.readFileSync(full, 'utf8')), commit, onlyUnits }));
}
