import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz } from './fuzz';
import { bearerTarget, TARGETS } from './targets';

/** `npm run fuzz -- --cases 10000000 [--seed 1] [--record]`: all parsers, the cases shared out among them. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { cases: { type: 'string', default: '1000000' }, seed: { type: 'string', default: String(Date.now() % 1e9) }, record: { type: 'boolean' } } });
  const corpus = JSON.parse(readFileSync(join(__dirname, 'corpus.json'), 'utf8')) as Record<string, string[]>;
  const targets = [...TARGETS, await bearerTarget()];
  const share = Math.ceil(Number(values.cases) / targets.length);
  const lines: string[] = [];
  let failed = 0;
  for (const target of targets) {
    const start = Date.now();
    const { cases, slowest, failures } = fuzz(target, corpus[target.name] ?? [], share, Number(values.seed));
    failed += failures.length;
    lines.push(`| ${target.name} | ${String(cases)} | ${String(failures.length)} | ${slowest > 0 ? slowest.toFixed(1) : 'none'} | ${String(Math.round((Date.now() - start) / 1000))} |`);
    console.log(lines.at(-1));
    for (const failure of failures) console.error(failure);
  }
  if (values.record === true) record(`npm run fuzz -- --cases ${values.cases} --seed ${values.seed} --record`, lines);
  process.exitCode = failed === 0 ? 0 : 1;
}

function record(command: string, lines: readonly string[]): void {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD']).toString().trim();
  const text = `# The last long fuzz run\n\n\`${command}\` on commit ${commit}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.\n\n| parser | cases | failures | slow twice (over 50 ms) | seconds |\n|---|---|---|---|---|\n${lines.join('\n')}\n`;
  writeFileSync(join(__dirname, 'LAST.md'), text);
}

void main();
