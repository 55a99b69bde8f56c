'use strict';
// npm run mutation:summary writes docs/mutation.md from the reports of all runs until now.
const fs = require('node:fs');
const path = require('node:path');
const reasons = require('./reasons.cjs');

const root = path.resolve(__dirname, '../..');
const reports = path.join(root, 'reports/mutation');
const aims = { grants: 95, clients: 95, tokens: 95, bearer: 95 };

const KILLED = ['Killed', 'Timeout'];
const LIVED = ['Survived', 'NoCoverage'];
const count = (mutants, kinds) => mutants.filter(({ status }) => kinds.includes(status)).length;
const score = (killed, lived) => (killed + lived === 0 ? '–' : ((100 * killed) / (killed + lived)).toFixed(1));

/** The latest run of each file. */
const rows = new Map();
const names = fs.readdirSync(reports, { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.json'));
const written = (name) => fs.statSync(path.join(reports, name)).mtimeMs;
for (const name of names.sort((one, other) => written(one) - written(other))) {
  const { files, commit, onlyUnits } = JSON.parse(fs.readFileSync(path.join(reports, name), 'utf8'));
  for (const [file, { source, mutants }] of Object.entries(files)) {
    const lived = mutants.filter(({ status }) => LIVED.includes(status)).map((one) => survivor(file, source, one));
    rows.set(file, { file, run: `${commit}${onlyUnits ? ', units' : ''}`, killed: count(mutants, KILLED), lived });
  }
}
const rooms = new Map();
for (const row of [...rows.values()].filter(({ killed, lived }) => killed + lived.length > 0).sort((one, other) => (one.file < other.file ? -1 : 1))) {
  const [, room = ''] = row.file.split('/').slice(0, -1);
  rooms.set(room, [...(rooms.get(room) ?? []), row]);
}

function survivor(file, source, { location: { start, end }, replacement, status }) {
  const lines = source.split('\n');
  const line = lines[start.line - 1];
  const was = start.line === end.line ? line.slice(start.column - 1, end.column - 1) : `${line.slice(start.column - 1)} …`;
  const text = `${shorten(was)} → ${shorten(replacement)}`;
  const reason = (reasons[file] ?? []).find(([pattern]) => text.includes(pattern) || line.includes(pattern))?.[1];
  return { file, line: start.line, text, reason: reason ?? (status === 'NoCoverage' ? 'open: no spec of its file list reaches it' : 'open') };
}

function shorten(text) {
  const one = text.replace(/\s+/g, ' ');
  return one.length > 70 ? `${one.slice(0, 69)}…` : one;
}

const total = (some) => [some.reduce((sum, { killed }) => sum + killed, 0), some.reduce((sum, { lived }) => sum + lived.length, 0)];
const code = (text) => `\`\` ${text.replace(/\|/g, '\\|')} \`\``;

const table = [...rooms].map(([room, own]) => {
  const [killed, lived] = total(own);
  return `| \`${room === '' ? 'lib' : `lib/${room}`}\` | ${own.length} | ${killed + lived} | ${killed} | ${lived} | ${score(killed, lived)} | ${aims[room] ?? 90} |`;
});
const perFile = [...rooms.values()].flat().map(({ file, run, killed, lived }) => `| \`${file}\` | ${killed + lived.length} | ${lived.length} | ${score(killed, lived.length)} | ${run} |`);
const list = [...rooms.values()].flat().filter(({ lived }) => lived.length > 0).map(
  ({ file, lived }) => `### ${file}\n\n| line | mutant | reason |\n|---|---|---|\n${lived.map(({ line, text, reason }) => `| ${line} | ${code(text)} | ${reason} |`).join('\n')}`,
);
const all = total([...rooms.values()].flat());

const page = fs.readFileSync(path.join(__dirname, 'page.md'), 'utf8');
fs.writeFileSync(
  path.join(root, 'docs/mutation.md'),
  page
    .replace('{{table}}', () => [...table, `| together | ${[...rooms.values()].flat().length} | ${all[0] + all[1]} | ${all[0]} | ${all[1]} | ${score(...all)} | |`].join('\n'))
    .replace('{{files}}', () => perFile.join('\n'))
    .replace('{{survivors}}', () => list.join('\n\n')),
);
console.log(`${all[0]} of ${all[0] + all[1]} mutants killed: ${score(...all)} %`);
