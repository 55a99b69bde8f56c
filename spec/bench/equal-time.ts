// Whether the time of a refusal tells which clients and users exist. Interleaved samples over HTTP, and an effect size:
//   npm run equal-time [-- --samples=300]
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { effectOf } from './equal-time/effect';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

interface Case {
  readonly name: string;
  readonly path: string;
  /** Two requests that are refused alike: each a Basic credential and a body. */
  readonly sides: readonly [Side, Side];
  /** A quick case gets ten times the samples. */
  readonly quick?: true;
}
interface Side {
  readonly credentials: string;
  readonly body: string;
}

const secret = (credentials: string): Side => ({ credentials, body: 'grant_type=client_credentials' });
const password = (username: string): Side => ({ credentials: 'quick:right', body: `grant_type=password&username=${username}&password=wrong` });

const CASES: readonly Case[] = [
  { name: 'SHA-256 clients: none of that id, wrong secret', path: '/sha256', sides: [secret('nobod:wrong'), secret('quick:wrong')], quick: true },
  { name: 'bcrypt clients: none of that id, wrong secret', path: '/bcrypt', sides: [secret('nobo:wrong'), secret('slow:wrong')] },
  { name: 'both kinds: none of that id, wrong secret for bcrypt', path: '/both', sides: [secret('nobo:wrong'), secret('slow:wrong')] },
  { name: 'both kinds: none of that id, wrong secret for SHA-256', path: '/both', sides: [secret('nobod:wrong'), secret('quick:wrong')] },
  { name: 'users: none of that name, wrong password', path: '/users', sides: [password('bob'), password('ana')] },
  { name: 'for comparison, a verifier that does not hash for nobody', path: '/careless', sides: [password('bob'), password('ana')] },
];

/** Microseconds until the whole answer is there. */
function timeOf(port: number, path: string, { credentials, body }: Side): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: `Basic ${Buffer.from(credentials).toString('base64')}` };
    const began = process.hrtime.bigint();
    const sent = request({ agent, port, host: '127.0.0.1', path: `${path}/token`, method: 'POST', headers }, (response) => {
      response.resume().on('end', () => {
        if (response.statusCode === 400 || response.statusCode === 401) resolve(Number(process.hrtime.bigint() - began) / 1000);
        else reject(new Error(`${path} answered ${String(response.statusCode)}`));
      });
    });
    sent.on('error', reject).end(body);
  });
}

async function measure(port: number, { path, sides, quick }: Case, samples: number): Promise<[number[], number[]]> {
  const times: [number[], number[]] = [[], []];
  const warmUp = quick ? 500 : 5;
  const count = samples * (quick ? 10 : 1);
  for (let round = -warmUp; round < count; round += 1) {
    // Which comes first is left to chance, so that no rhythm of the machine favours one.
    for (const side of Math.random() < 0.5 ? ([0, 1] as const) : ([1, 0] as const)) {
      const took = await timeOf(port, path, sides[side]);
      if (round >= 0) times[side].push(took);
    }
  }
  return times;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { samples: { type: 'string', default: '300' } } });
  const server = fork(join(__dirname, 'equal-time', 'server.ts'), { execArgv: process.execArgv });
  const [port] = (await once(server, 'message')) as [number];
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  console.log(`commit ${commit}, Node ${process.version}, ${String(cpus().length)} cores, ${cpus()[0]?.model.trim() ?? ''}\n`);
  console.log("| case | samples | medians, µs | Cliff's delta | by chance alone |\n|---|---|---|---|---|");
  for (const each of CASES) {
    const [first, second] = await measure(port, each, Number(values.samples));
    const { medians, delta, chance } = effectOf(first, second);
    console.log(`| ${each.name} | ${String(first.length)} | ${medians.map((one) => one.toFixed(0)).join(', ')} | ${delta.toFixed(3)} | ±${chance.toFixed(3)} |`);
  }
  agent.destroy();
  server.kill();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
