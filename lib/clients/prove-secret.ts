import { after, type Awaitable } from '../awaitable';
import type { Guess } from '../throttle/guess';
import type { KnownClient } from './client';
import { rememberSecrets } from './remembered';
import { compareSecret, costOf, fakeHash, isSlowHash, sameSecret } from './secrets';

/** A secret, and whose it should be: one reading of what was presented. */
export interface Candidate {
  readonly client: KnownClient | undefined;
  readonly secret: string;
}

/** Finds the candidate whose secret is right, if there is one. */
export type ProveSecret = (candidates: readonly Candidate[], guess: Guess) => Awaitable<Candidate | undefined>;

/** What a secret is compared with where there is no client. */
const FAKE_SHA256 = `sha256:${'0'.repeat(64)}`;

/**
 * Looks first at what costs nothing, so that a secret that can be read in two ways costs one hash at most, and none while it is
 * remembered. Whoever fails has paid for as many slow hashes as the dearest client has: the clock must not tell which exist.
 */
export function createProveSecret(): ProveSecret {
  const remembered = rememberSecrets();
  let dearestCost = '00';
  let mostHashes = 0;

  const meet = ({ client }: Candidate): void => {
    const slow = slowHashes(client);
    mostHashes = Math.max(mostHashes, slow.length);
    for (const cost of slow.map(costOf)) if (cost > dearestCost) dearestCost = cost;
  };
  const isRightAtOnce = ({ client, secret }: Candidate): boolean => {
    const hashes = client?.secretHashes ?? [FAKE_SHA256];
    const plain = hashes.length === 0 && client?.secret !== undefined && sameSecret(secret, client.secret);
    return plain || hashes.some((hash) => (isSlowHash(hash) ? remembered.has(secret, hash) : compareSecret(secret, hash) === true));
  };
  const compareSlowly = async (secret: string, hash: string, guess: Guess): Promise<boolean> => {
    const caller = guess.caller();
    // What is being compared already is the same guess: it needs no point of its own.
    return remembered.learn(secret, hash, caller.lane, async () => {
      await guess.take();
      return compareSecret(secret, hash, caller);
    });
  };

  const proveSlowly = async (candidates: readonly Candidate[], guess: Guess): Promise<Candidate | undefined> => {
    for (const candidate of candidates) {
      const real = slowHashes(candidate.client);
      const fakes = Array.from({ length: mostHashes - real.length }, () => fakeHash(dearestCost));
      const rest = real.flatMap((hash) => makeUp(costOf(hash), dearestCost));
      for (const hash of [...real, ...rest, ...fakes]) if (await compareSlowly(candidate.secret, hash, guess)) return candidate;
    }
    return undefined;
  };

  return (candidates, guess) => {
    candidates.forEach(meet);
    return after(guess.look(() => candidates.find(isRightAtOnce)), (found) => found ?? proveSlowly(candidates, guess));
  };
}

/** Nobody finds a longer one by trying, however often. */
export const canBeGuessed = (secret: string): boolean => secret.length < 32;

/** What costs with a hash of `cost` as much as one of `dearest`: each step doubles the work, as 4 + 4 + 8 make 16. */
const makeUp = (cost: string, dearest: string): readonly string[] =>
  Array.from({ length: Number(dearest) - Number(cost) }, (_, step) => fakeHash(String(Number(cost) + step).padStart(2, '0')));

const slowHashes = (client: KnownClient | undefined): readonly string[] => client?.secretHashes.filter(isSlowHash) ?? [];
