// npm run bench [-- --quick] [--only=<pattern>] [--rounds=<n>] [--milliseconds=<n>] [--json=<file>]
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startChild } from './child';
import { startRow } from './measure';
import { measureRounds } from './rounds';
import { rows } from './rows';
import { BARE, FORM } from './rows/floors';
import { toTable } from './table';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string', default: '' }, rounds: { type: 'string' }, milliseconds: { type: 'string' }, json: { type: 'string' } } });
  const { quick } = values;
  const wanted = new RegExp(values.only, 'i');
  const rounds = Number(values.rounds ?? (quick ? 1 : 7));
  const milliseconds = Number(values.milliseconds ?? (quick ? 250 : 1000));
  const warmUp = quick ? 300 : 2500;
  const driver = startChild('driver.js');
  const floors = { bare: await startRow(BARE, driver, warmUp), form: await startRow(FORM, driver, warmUp) };
  const running = [];
  for (const row of rows.filter(({ name, slow = false }) => wanted.test(name) && !(quick && slow))) running.push(await startRow(row, driver, warmUp));
  const results = await measureRounds({ floors, rows: running, rounds, milliseconds }, driver);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify([...results].map(([{ name }, samples]) => ({ name, samples }))));
  console.log(toTable(results));
  for (const { server } of [...running, floors.bare, floors.form]) server.stop();
  driver.stop();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
