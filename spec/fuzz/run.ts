// Many cases through every target; every parser gets an equal share of them, and whole answers of a server a tenth of that on top:
//   npm run fuzz [-- --cases=10000000 --seed=1 --only=form,basic --keep]
// With --keep, inputs that led where none led before go into the corpus.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fuzz, LIMIT } from './fuzz';
import { serverTargets } from './servers';
import { PARSERS, type Target } from './targets';

type Corpus = Record<string, string[]>;

const CORPUS = join(__dirname, 'corpus.json');
/** A corpus is replayed over HTTP in every run of the specs. */
const MOST_KEPT = 60;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { cases: { type: 'string', default: '1000000' }, seed: { type: 'string', default: String(Date.now() % 1e9) }, only: { type: 'string' }, keep: { type: 'boolean', default: false } } });
  const [bearer, ...servers] = await serverTargets();
  const parsers = [...PARSERS, ...(bearer ? [bearer] : [])];
  const share = Math.ceil(Number(values.cases) / parsers.length);
  const corpus = JSON.parse(readFileSync(CORPUS, 'utf8')) as Corpus;
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  console.log(`commit ${commit}, Node ${process.version}, seed ${values.seed}\n\n| target | cases | failures | slower than 50 ms | outcomes not in the corpus | seconds |\n|---|---|---|---|---|---|`);
  const only = values.only?.split(',');
  const run = async (target: Target, cases: number): Promise<void> => {
    if (only && !only.includes(target.name)) return;
    const start = Date.now();
    const result = await fuzz(target, corpus[target.name] ?? [], cases, Number(values.seed));
    console.log(`| ${target.name} | ${String(result.cases)} | ${String(result.failures.length)} | ${result.slowest > LIMIT ? result.slowest.toFixed(1) : 'none'} | ${String(result.found.length)} | ${String(Math.round((Date.now() - start) / 1000))} |`);
    for (const failure of result.failures) console.error(failure);
    if (result.failures.length > 0) process.exitCode = 1;
    if (values.keep) keep(corpus, target.name, result.found);
  };
  for (const target of parsers) await run(target, share);
  for (const target of servers) await run(target, Math.ceil(share / 10));
}

function keep(corpus: Corpus, name: string, found: readonly string[]): void {
  corpus[name] = [...(corpus[name] ?? []), ...found].slice(0, MOST_KEPT);
  writeFileSync(CORPUS, `{\n${Object.entries(corpus).map(([target, inputs]) => `  ${JSON.stringify(target)}: [\n${inputs.map((input) => `    ${ascii(input)}`).join(',\n')}\n  ]`).join(',\n')}\n}\n`);
}

const ascii = (text: string): string => JSON.stringify(text).replace(/[^\x20-\x7e]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);

void main();
