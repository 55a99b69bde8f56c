// A million distinct names and tokens, and what is remembered of them:
//   npm run exhaustion [-- --count=1000000]
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parseArgs } from 'node:util';
import type { Request, Response } from 'express';
import { generateSecret, oauthRouter } from '../../lib';
import { createAsk } from '../../lib/ask';
import { DEFAULT_LIMITS, type CounterName, type CounterSettings } from '../../lib/throttle/limits';
import { createThrottle } from '../../lib/throttle/throttle';
import type { Guess } from '../../lib/throttle/guess';

/** What is under attack: the counters that every path asks, and `requireBearer`. Without the wire, which would be most of the time. */
function createVictim(): { readonly guess: ReturnType<typeof createThrottle>; readonly showToken: (token: string) => void } {
  const counter = (name: CounterName): CounterSettings => ({ ...DEFAULT_LIMITS[name], shared: undefined });
  const settings = { userAndAddress: counter('userAndAddress'), user: counter('user'), address: counter('address'), clientAndAddress: counter('clientAndAddress'), client: counter('client'), token: counter('token'), known: undefined };
  const oauth = oauthRouter({ issuer: 'https://auth.example/oauth', keys: [{ alg: 'HS256', secret: generateSecret() }], findClient: () => undefined, onEvent: () => undefined });
  const handler = oauth.requireBearer('a');
  return {
    guess: createThrottle(settings, { ask: createAsk(1), emit: () => undefined }),
    showToken(token) {
      const res = { setHeader: () => undefined, end: () => undefined, headersSent: false };
      const authorization = `Bearer ${token}`;
      handler({ headers: { authorization }, rawHeaders: ['Authorization', authorization], baseUrl: '', path: '/' } as unknown as Request, res as unknown as Response, () => {
        throw new Error('a token that nobody issued got through');
      });
    },
  };
}

/** Each from a network of its own: what is refused for one network must not hide what another leaves behind. */
const from = (number: number): Request =>
  ({ ip: `2001:db8:${(number >> 16).toString(16)}:${(number & 0xffff).toString(16)}::1`, headers: {}, app: { get: () => 1 } }) as unknown as Request;

async function fail(guess: Guess): Promise<void> {
  try {
    await guess.take();
    await guess.wrong();
  } catch {
    // Refused: there is no room for it.
  }
}
async function succeed(guess: Guess): Promise<void> {
  await guess.take().then(guess.right, () => undefined);
}

type Victim = ReturnType<typeof createVictim>;

/** What there can be a million of. */
export const KINDS: Readonly<Record<string, (victim: Victim, number: number) => Promise<void> | void>> = {
  'tokens at a route': ({ showToken }, number) => { showToken(`e30.e30.${String(number).padStart(86, 'x')}`); },
  'tokens at other endpoints': ({ guess }, number) => guess.token(`client ${String(number)}`, from(number)).wrong().catch(() => undefined),
  'user names': ({ guess }, number) => fail(guess.password(`user ${String(number)}`, `client ${String(number)}`, from(number))),
  'logins that succeed': ({ guess }, number) => succeed(guess.password(`user ${String(number)}`, 'client', from(number))),
  'clients of a wrong secret': ({ guess }, number) => fail(guess.secret([`client ${String(number)}`], from(number), true)),
};

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Megabytes of heap that are kept when all that runs has come to its end. */
export async function heapKept(): Promise<number> {
  for (let turn = 0; turn < 4; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    collect();
  }
  return process.memoryUsage().heapUsed / 1e6;
}

/** Megabytes of heap that are kept after each of ten parts. */
export async function sendMany(kind: string, count: number): Promise<readonly number[]> {
  const victim = createVictim();
  const send = KINDS[kind];
  if (send === undefined) throw new Error(`there is no kind ${kind}`);
  const kept: number[] = [];
  for (let number = 1; number <= count; number += 1) {
    await send(victim, number);
    if (number % 1000 === 0) await new Promise(setImmediate);
    if (number % Math.floor(count / 10) === 0) {
      collect();
      kept.push(process.memoryUsage().heapUsed / 1e6);
    }
  }
  return kept;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { count: { type: 'string', default: '1000000' } } });
  console.log(`Node ${process.version}\n\n| ${values.count} distinct | heap in MB, after each tenth | seconds |\n|---|---|---|`);
  for (const kind of Object.keys(KINDS)) {
    const start = performance.now();
    const kept = await sendMany(kind, Number(values.count));
    console.log(`| ${kind} | ${kept.map((megabytes) => megabytes.toFixed(0)).join(', ')} | ${((performance.now() - start) / 1000).toFixed(0)} |`);
  }
}

if (require.main === module) void main();
