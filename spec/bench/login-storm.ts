// What a storm of logins at bcrypt cost 12 does to the other routes of the process, and to those who log in rightly:
//   npm run login-storm [-- --seconds=10 --rounds=3]
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { attempt, oneConnection, passwordOf, probe, secretOf, type Answer, type Attempt } from './login-storm/wire';

const CLIENTS = 32;

/** Who makes the storm, and who comes rightly meanwhile. */
interface Storm {
  readonly name: string;
  /** The next attempt of one of the clients. */
  readonly raging: (client: number, number: number) => Attempt;
  /** Milliseconds between the attempts of one client; absent: at once. */
  readonly pace?: number;
  /** Whether its clients wait as long as they are told to. */
  readonly polite?: true;
  /** One who has been there before. */
  readonly known: Attempt;
  /** One who has never been there. */
  readonly unknown: (number: number) => Attempt;
}

const address = (number: number): string => `203.0.113.${String(number)}`;
const HOME = '198.51.100.7';
const victim = (number: number): string => `victim${String(number)}`;
const friend = passwordOf('friend', 'right', HOME);
const friendElsewhere = (number: number): Attempt => passwordOf('friend', 'right', `198.51.100.${String(20 + number)}`);

const STORMS: readonly Storm[] = [
  { name: 'guessing passwords, each client from an address of its own', raging: (client) => passwordOf(victim(client), 'wrong', address(client)), known: friend, unknown: friendElsewhere },
  { name: 'logging in, each client a user of its own', raging: (client) => passwordOf(`user${String(client)}`, 'right', address(client)), known: friend, unknown: friendElsewhere },
  { name: 'guessing passwords, all from one address, and waiting when told to', raging: (client) => passwordOf(victim(client), 'wrong', address(200)), polite: true, known: friend, unknown: friendElsewhere },
  {
    name: 'guessing passwords from the very address of those who log in rightly',
    raging: (client) => passwordOf(victim(client), 'wrong', HOME),
    polite: true,
    known: friend,
    unknown: (number) => passwordOf(`newcomer${String(number)}`, 'right', HOME),
  },
  {
    name: 'a thousand wrong secrets of clients a second, each from an address of its own',
    raging: (client, number) => secretOf(victim(client), `wrong${String(number)}`, address(client)),
    pace: CLIENTS,
    known: secretOf('friend', 'right', HOME),
    unknown: (number) => secretOf(`newcomer${String(number)}`, 'right', `198.51.100.${String(20 + number)}`),
  },
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
  const rage = async (client: number, { raging, polite, pace = 0 }: Storm): Promise<Answer[]> => {
    const agent = oneConnection();
    const answers: Answer[] = [];
    for (let number = 0; !isOver(); number += 1) {
      const answer = await attempt(port, agent, raging(client, number));
      answers.push(answer);
      const wait = polite && answer.retryAfter > 0 ? answer.retryAfter * 1000 : pace - answer.took;
      if (wait > 0) await sleep(Math.min(wait, Math.max(0, end - performance.now())));
    }
    agent.destroy();
    return answers;
  };
  /** One login at a time, as people make them. */
  const others = async (next: ((number: number) => Attempt) | undefined): Promise<Answer[]> => {
    const agent = oneConnection();
    const answers: Answer[] = [];
    for (let number = 0; next && !isOver(); number += 1) {
      answers.push(await attempt(port, agent, next(number)));
      await sleep(500);
    }
    agent.destroy();
    return answers;
  };
  const [routes, file, raging, known, unknown] = await Promise.all([
    probe(port, '/protected', { authorization: `Bearer ${token}` }, isOver),
    probe(port, '/file', {}, isOver),
    Promise.all(storm ? Array.from({ length: CLIENTS }, (_, client) => rage(client, storm)) : []),
    others(storm && (() => storm.known)),
    others(storm?.unknown),
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
    const { text } = await attempt(port, oneConnection(), storm.known);
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
  console.log(tell('right, by one who has been there before', all(raging, (phase) => phase.known)));
  console.log(tell('right, by one who has never been there', all(raging, (phase) => phase.unknown)));
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
