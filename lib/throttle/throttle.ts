import type { Request } from 'express';
import type { Ask } from '../ask';
import { OAuthError } from '../errors';
import type { Emit } from '../events';
import type { Charge } from './charge';
import { createCounter, type Refusal } from './counter';
import { createGuess, unlimitedGuess, type Guess } from './guess';
import { createKnown } from './known';
import type { CounterName, ThrottleSettings } from './limits';
import { bounded, foldName } from './names';
import { networkOf } from './network';
import { countLook, mayLookAtSecret, passwordCharges, secretCharges, tokenCharges, type Counters, type Pair } from './rules';
import { createSuspects } from './suspects';
import { createTrustProxyCheck } from './trust-proxy';

/** Who may guess how often; every path that takes a credential asks it. */
export interface Throttle {
  /** A user's password, through a client that has authenticated. */
  password(username: string, clientId: string, req: Request): Guess;
  /** A client's secret; several ids where one header can be read in several ways. One that nobody can guess is compared wherever that costs nothing. */
  secret(clientIds: readonly string[], req: Request, canBeGuessed: boolean): Guess;
  /** A token of nobody's making, shown by a client; only `wrong` is asked. */
  token(clientId: string, req: Request): Guess;
}

interface Tools {
  readonly ask: Ask;
  readonly emit: Emit;
}

/** What a guess is judged by, and told of. */
interface Rule {
  readonly req: Request;
  readonly clientId: string;
  readonly pairs: readonly Pair[];
  readonly charges: (isKnown: boolean) => readonly Charge[];
  /** Default: no. */
  readonly mayLook?: (isKnown: boolean) => boolean;
  readonly lookedInVain?: () => Promise<void>;
}

/** `undefined`: nobody is throttled. */
export function createThrottle(settings: ThrottleSettings | undefined, tools: Tools): Throttle {
  if (settings === undefined) return unlimited;
  const counters = createCounters(settings, tools);
  const known = createKnown({ limiter: settings.known, ...tools });
  const suspects = createSuspects();
  const checkTrustProxy = createTrustProxyCheck();

  const guess = (kind: 'user' | 'client', { req, clientId, pairs, charges, mayLook, lookedInVain }: Rule): Guess => {
    checkTrustProxy(req);
    const keys = pairs.map(({ name, network }) => `${kind} ${name}@${network}`);
    const network = pairs[0]?.network ?? '';
    const isKnown = keys.some((key) => known.has(key));
    return createGuess({
      charges,
      isKnown,
      caller: () => ({ lane: network, standing: isKnown ? 'known' : suspects.has(network) ? 'failed' : 'new' }),
      mayLook: () => mayLook?.(isKnown) ?? false,
      lookedInVain: () => lookedInVain?.() ?? Promise.resolve(),
      askKnown: async () => (await Promise.all(keys.map((key) => known.ask(key)))).includes(true),
      learn: () => {
        for (const key of keys) known.learn(key);
      },
      suspect: () => {
        suspects.add(network);
      },
      refuse: (refusal) => refuse(refusal, clientId, req, tools.emit),
    });
  };

  return {
    password(username, clientId, req) {
      const pair = { name: foldName(username), network: networkOf(req.ip) };
      return guess('user', { req, clientId, pairs: [pair], charges: () => passwordCharges(counters, pair, clientId) });
    },
    secret(clientIds, req, canBeGuessed) {
      const network = networkOf(req.ip);
      const pairs = [...new Set(clientIds)].map((id) => ({ name: bounded(id), network }));
      return guess('client', {
        req,
        clientId: clientIds[0] ?? '',
        pairs,
        charges: (isKnown) => secretCharges(counters, pairs, isKnown),
        mayLook: (isKnown) => (isKnown && !canBeGuessed) || mayLookAtSecret(counters, pairs, isKnown),
        lookedInVain: async () => (canBeGuessed ? countLook(counters, pairs) : undefined),
      });
    },
    token(clientId, req) {
      const pair = { name: bounded(clientId), network: networkOf(req.ip) };
      return guess('client', { req, clientId, pairs: [pair], charges: () => tokenCharges(counters, pair) });
    },
  };
}

function createCounters(settings: ThrottleSettings, tools: Tools): Counters {
  const counter = (name: CounterName): Counters[CounterName] => createCounter(name, settings[name], tools);
  return {
    userAndAddress: counter('userAndAddress'),
    user: counter('user'),
    address: counter('address'),
    clientAndAddress: counter('clientAndAddress'),
    client: counter('client'),
    token: counter('token'),
  };
}

/** The same words and status whoever was tried, and whether or not there is such a name. */
function refuse({ by, retryAfter }: Refusal, clientId: string, { ip: address }: Request, emit: Emit): OAuthError {
  emit({ type: 'throttled', by, clientId, ...(address === undefined ? {} : { address }) });
  return new OAuthError('throttled', 'Too many failed attempts: try again later', { retryAfter: Math.max(1, retryAfter) });
}

const unlimitedFor = (req: Request): Guess => unlimitedGuess(() => ({ lane: networkOf(req.ip), standing: 'new' }));

const unlimited: Throttle = {
  password: (_username, _clientId, req) => unlimitedFor(req),
  secret: (_clientIds, req) => unlimitedFor(req),
  token: (_clientId, req) => unlimitedFor(req),
};
