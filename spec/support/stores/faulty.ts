import { randomBytes } from 'node:crypto';
import type { Awaitable, Family, TokenStore } from '../../../lib';
import { storeAround } from '../store';
import { forgeRefreshToken, hashOf } from './forge';

/** What may become of a call: whether and when the engine does it, and what the caller hears. */
export const FAULTS = ['throws', 'rejects', 'never answers', 'is done, and answers too late', 'is done too late', 'is done, and fails', 'is done, and fails too late'] as const;
export type Fault = (typeof FAULTS)[number];

export interface FaultyStore {
  readonly store: TokenStore;
  /** From now on the `nth` call fails so, from 1 on; 0 is none. */
  arm(nth: number, fault: Fault): void;
  /** Nothing fails any more. Answers how many calls there were since it was armed. */
  disarm(): number;
  /** Lets happen what is too late. */
  release(): Promise<void>;
  /** Tokens that stand in the store since it was armed: nobody was ever given them. */
  readonly lost: { readonly refresh: string[]; readonly access: string[] };
}

type Call = () => Awaitable<unknown>;

/** A fault proxy around any store. */
export function faulty(inner: TokenStore): FaultyStore {
  const lost: FaultyStore['lost'] = { refresh: [], access: [] };
  const late: Call[] = [];
  let armed: { readonly nth: number; readonly fault: Fault } | undefined;
  let calls = 0;
  const wait = (call: Call): Promise<unknown> =>
    new Promise((resolve, reject) => {
      late.push(async () => {
        await Promise.resolve().then(call).then(resolve, reject);
      });
    });
  const failing: Readonly<Record<Fault, (call: Call) => Awaitable<unknown>>> = {
    throws() { throw new Error('the engine is away'); },
    rejects: () => Promise.reject(new Error('the engine is away')),
    'never answers': () => new Promise(() => undefined),
    async 'is done, and answers too late'(call) {
      const answer = await call();
      return wait(() => answer);
    },
    'is done too late': wait,
    async 'is done, and fails'(call) {
      await call();
      throw new Error('the connection broke');
    },
    async 'is done, and fails too late'(call) {
      await call();
      return wait(() => Promise.reject(new Error('the connection broke')));
    },
  };
  const store = storeAround((verb, call, args) => {
    if (!armed) return call();
    calls++;
    // Of a token that nobody is given only its maker knows the text; so another takes its place that the spec knows.
    const known = verb === 'createFamily' ? () => inner.createFamily(withKnownToken(args[0] as Family, lost.refresh))
      : verb === 'saveAccessToken' ? () => inner.saveAccessToken(knownAccessToken(lost.access), args[1] as string, args[2] as number)
      : call;
    return calls === armed.nth ? failing[armed.fault](known) : known();
  }, inner);
  return {
    store,
    lost,
    arm(nth, fault) {
      armed = { nth, fault };
      calls = 0;
    },
    disarm() {
      armed = undefined;
      return calls;
    },
    async release() {
      for (const call of late.splice(0)) await call();
    },
  };
}

function withKnownToken(family: Family, known: string[]): Family {
  const token = forgeRefreshToken(family, randomBytes(24));
  known.push(token);
  return { ...family, current: hashOf(token) };
}

function knownAccessToken(known: string[]): string {
  const token = `at_${randomBytes(32).toString('base64url')}`;
  known.push(token);
  return hashOf(token);
}
