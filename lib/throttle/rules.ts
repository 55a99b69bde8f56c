import type { Charge } from './charge';
import type { Counter } from './counter';
import type { CounterName } from './limits';
import { bounded } from './names';

export type Counters = Readonly<Record<CounterName, Counter>>;

/** A name with the network it is tried from. */
export interface Pair {
  readonly name: string;
  readonly network: string;
}

const keyOf = ({ name, network }: Pair): string => `${name}@${network}`;

/**
 * Wrong passwords. Where a user has logged in before, only what fails there counts: a stranger elsewhere can make a user wait on
 * a new address, and no longer than the span of a counter.
 */
export function passwordCharges(counters: Counters, pair: Pair, clientId: string): readonly Charge[] {
  return [
    { counter: counters.userAndAddress, key: keyOf(pair), refuses: 'all' },
    { counter: counters.user, key: pair.name, refuses: 'strangers' },
    { counter: counters.address, key: pair.network, refuses: 'strangers' },
    { counter: counters.client, key: `login ${bounded(clientId)}`, refuses: 'strangers' },
  ];
}

/**
 * Wrong secrets. A full counter of the client refuses nobody: it leaves each address one try instead of twenty, so that a good
 * client gets in from wherever it is.
 */
export function secretCharges(counters: Counters, pairs: readonly Pair[], isKnown: boolean): readonly Charge[] {
  const { client, clientAndAddress, address } = counters;
  const charges: Charge[] = [];
  for (const pair of pairs) {
    const key = `secret ${pair.name}`;
    const oneTry = !isKnown && client.isFull(key);
    charges.push({ counter: client, key, refuses: 'nobody' });
    charges.push({ counter: clientAndAddress, key: keyOf(pair), refuses: 'all', most: oneTry ? 1 : undefined });
  }
  if (pairs[0]) charges.push({ counter: address, key: pairs[0].network, refuses: 'strangers' });
  return charges;
}

const lookKey = (pair: Pair): string => `look ${keyOf(pair)}`;

/**
 * Whether a secret may be compared where that costs nothing though there is no room: not by a stranger, and where the client has
 * been before not for ever, or whoever shares its address could try all that people think of.
 */
export function mayLookAtSecret({ client, clientAndAddress }: Counters, pairs: readonly Pair[], isKnown: boolean): boolean {
  if (isKnown) return !pairs.some((pair) => client.isFull(lookKey(pair)));
  return clientAndAddress.isQuiet() || !pairs.some((pair) => clientAndAddress.isFull(keyOf(pair)));
}

/** Counts such a look that came to nothing. */
export async function countLook({ client }: Counters, pairs: readonly Pair[]): Promise<void> {
  await Promise.all(pairs.map((pair) => client.count(lookKey(pair))));
}

/** Tokens of nobody's making. They are too long to be guessed, so a good one passes whatever was counted. */
export const tokenCharges = ({ token }: Counters, pair: Pair): readonly Charge[] => [{ counter: token, key: keyOf(pair), refuses: 'all' }];
