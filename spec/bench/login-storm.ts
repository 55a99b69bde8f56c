// What a storm of password logins at bcrypt cost 12 does to the other routes of the process, and to those who log in rightly:
//   npm run bench:storm [-- --seconds=10 --rounds=3]
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { login, oneConnection, probe, type Answer, type Login } from './login-storm/wire';

const CLIENTS = 32;

/** Who makes the storm: the next attempt of one of the clients. */
interface Storm {
  readonly name: string;
  readonly attempt: (client: number) => Login;
  /** Whether its clients wait as long as they are told to. */
  readonly polite: boolean;
  /** Whether others log in rightly meanwhile, and what from. */
  readonly withOthers: boolean;
}

const address = (number: number): string => `203.0.113.${String(number)}`;
const STORMS: readonly Storm[] = [
  { name: 'guessing, each client from an address of its own', attempt: (client) => ({ username: `victim${String(client)}`, password: 'wrong', address: address(client) }), polite: false, withOthers: true },
  { name: 'logging in, each client a user of its own', attempt: (client) => ({ username: `user${String(client)}`, password: 'right', address: address(client) }), polite: false, withOthers: true },
  { name: 'guessing, all from one address, and waiting when told to', attempt: (client) => ({ username: `victim${String(client)}`, password: 'wrong', address: address(200) }), polite: true, withOthers: true },
];

interface Phase {
  readonly protected: readonly number[];
  readonly file: readonly number[];
  readonly storm: readonly Answer[];
  readonly known: readonly Answer[];
  readonly unknown: readonly Answer[];
}

async function runPhase(port: number, token: string, milliseconds: number, storm: Storm | undefined): Promise<Phase> {
  const end = performance.now() + milliseconds;
  const isOver = (): boolean => performance.now() > end;
  const rage = async (client: number, { attempt, polite }: Storm): Promise<Answer[]> => {
    const agent = oneConnection();
    const answers: Answer[] = [];
    while (!isOver()) {
      const answer = await login(port, agent, attempt(client));
      answers.push(answer);
      if (polite && answer.retryAfter > 0) await sleep(Math.min(answer.retryAfter * 1000, Math.max(0, end - performance.now())));
    }
    agent.destroy();
    return answers;
  };
  /** One login at a time, as people make them. */
  const others = async (from: (number: number) => string): Promise<Answer[]> => {
    const agent = oneConnection();
    const answers: Answer[] = [];
    for (let number = 0; storm?.withOthers && !isOver(); number += 1) {
      answers.push(await login(port, agent, { username: 'friend', password: 'right', address: from(number) }));
      await sleep(500);
    }
    agent.destroy();
    return answers;
  };
  const [routes, file, raging, known, unknown] = await Promise.all([
    probe(port, '/protected', { authorization: `Bearer ${token}` }, isOver),
    probe(port, '/file', {}, isOver),
    Promise.all(storm ? Array.from({ length: CLIENTS }, (_, client) => rage(client, storm)) : []),
    others(() => '198.51.100.7'),
    others((number) => `198.51.100.${String(20 + number)}`),
  ]);
  return { protected: routes, file, storm: raging.flat(), known, unknown };
}

const quantile = (values: readonly number[], share: number): number => values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * share)] ?? Number.NaN;
const milliseconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} ms`;

function compare(what: string, idle: readonly number[], storm: readonly number[], share: number): string {
  const [before, during] = [quantile(idle, share), quantile(storm, share)];
  return `| ${what} | ${milliseconds(before)} | ${milliseconds(during)} | ${(during / before).toFixed(2)} |`;
}

function tell(what: string, answers: readonly Answer[]): string {
  const counts = new Map<number, number>();
  for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1);
  const took = answers.map((answer) => answer.took);
  const statuses = [...counts].toSorted(([one], [other]) => one - other).map(([status, count]) => `${String(count)} × ${String(status)}`);
  return `- ${what}: ${statuses.join(', ')}; median ${milliseconds(quantile(took, 0.5))}, longest ${milliseconds(quantile(took, 1))}`;
}

async function runStorm(storm: Storm, { seconds, rounds }: { readonly seconds: number; readonly rounds: number }): Promise<void> {
  const idle: Phase[] = [];
  const raging: Phase[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // A server of its own for each round: what one round was throttled for is not the next one's.
    const server = fork(join(__dirname, 'login-storm', 'server.ts'), { execArgv: process.execArgv });
    const [port] = (await once(server, 'message')) as [number];
    const { text } = await login(port, oneConnection(), { username: 'friend', password: 'right', address: '198.51.100.7' });
    const { access_token: token } = JSON.parse(text) as { access_token: string };
    await runPhase(port, token, 2000, undefined);
    idle.push(await runPhase(port, token, seconds * 1000, undefined));
    raging.push(await runPhase(port, token, seconds * 1000, storm));
    server.kill();
    await once(server, 'exit');
  }
  const all = <T>(phases: readonly Phase[], of: (phase: Phase) => readonly T[]): T[] => phases.flatMap(of);
  const [quietRoute, busyRoute] = [all(idle, (phase) => phase.protected), all(raging, (phase) => phase.protected)];
  console.log(`\n${storm.name}\n\n| ${String(CLIENTS)} clients, ${String(rounds)} rounds of ${String(seconds)} s | idle | storm | ratio |\n|---|---|---|---|`);
  console.log(compare('protected route, median', quietRoute, busyRoute, 0.5));
  console.log(compare('protected route, 99th percentile', quietRoute, busyRoute, 0.99));
  console.log(compare('file route, median', all(idle, (phase) => phase.file), all(raging, (phase) => phase.file), 0.5));
  console.log(compare('file route, 99th percentile', all(idle, (phase) => phase.file), all(raging, (phase) => phase.file), 0.99));
  console.log(`\n${tell('the storm', all(raging, (phase) => phase.storm))}`);
  console.log(tell('right password, from where the user has logged in before', all(raging, (phase) => phase.known)));
  console.log(tell('right password, from a new address each time', all(raging, (phase) => phase.unknown)));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '10' }, rounds: { type: 'string', default: '3' } } });
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  console.log(`commit ${commit}, Node ${process.version}, ${String(cpus().length)} cores, ${cpus()[0]?.model.trim() ?? ''}`);
  for (const storm of STORMS) await runStorm(storm, { seconds: Number(values.seconds), rounds: Number(values.rounds) });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
