import type { Request } from 'express';
import type { Ask } from '../ask';
import { after, attempt, type Awaitable } from '../awaitable';
import { invalidClient } from '../errors';
import type { Emit } from '../events';
import type { Guess } from '../throttle/guess';
import type { Throttle } from '../throttle/throttle';
import { readClient, type Client, type KnownClient } from './client';
import type { Credential } from '../http/basic';
import type { Params } from '../http/form';
import { readCredentials, type Credentials } from './credentials';
import { canBeGuessed, createProveSecret, type Candidate } from './prove-secret';

export type FindClient = (clientId: string) => Awaitable<Client | undefined>;
/** Finds out which client sent a request (RFC 6749 §2.3), or refuses with `invalid_client`. */
export type Authenticate = (req: Request, params: Params) => Awaitable<KnownClient>;

type Method = Credentials['method'];

interface Parts {
  readonly ask: Ask;
  readonly findClient: FindClient;
  readonly throttle: Throttle;
  readonly emit: Emit;
}

export function createAuthenticate({ ask, findClient, throttle, emit }: Parts): Authenticate {
  const proveSecret = createProveSecret();
  /** A client that may not come in this way is as good as none: its secret is never looked at. */
  const look = (method: Method, { id, secret }: Credential): Awaitable<Candidate> =>
    after(ask('findClient', () => findClient(id)), (found) => {
      const client = readClient(id, found);
      return { secret, client: client && isOpen(client, method) ? client : undefined };
    });
  const find = (method: Method, [first, ...rest]: Credentials['readings']): Awaitable<readonly Candidate[]> =>
    first === undefined ? [] : after(look(method, first), (one) => after(find(method, rest), (others) => [one, ...others]));

  const byName = ({ method, readings }: Credentials): Awaitable<KnownClient | undefined> =>
    after(find(method, readings), (candidates) => candidates.map(({ client }) => client).find((client) => client?.public === true));
  const bySecret = ({ method, readings }: Credentials, req: Request): Awaitable<KnownClient | undefined> => {
    const guess = throttle.secret(readings.map(({ id }) => id), req, readings.some(({ secret }) => canBeGuessed(secret)));
    return after(attempt(() => prove(method, readings, guess), undecided(guess)), (client) => client ?? after(guess.wrong(), nobody));
  };
  const prove = (method: Method, readings: Credentials['readings'], guess: Guess): Awaitable<KnownClient | undefined> =>
    after(find(method, readings), (candidates) =>
      after(proveSecret(candidates, guess), (found) => {
        if (found?.client) guess.right();
        return found?.client;
      }),
    );

  const report = (req: Request, clientId: string | undefined): void => {
    emit({
      type: 'client_refused',
      ...(clientId === undefined ? {} : { clientId }),
      ...(req.ip === undefined ? {} : { address: req.ip }),
    });
  };
  const read = (req: Request, params: Params): Credentials => {
    try {
      return readCredentials(req, params);
    } catch (error) {
      report(req, undefined);
      throw error;
    }
  };

  return (req, params) => {
    const credentials = read(req, params);
    return after(credentials.method === 'none' ? byName(credentials) : bySecret(credentials, req), (client) => {
      if (client) return client;
      report(req, credentials.readings[0]?.id);
      throw invalidClient();
    });
  };
}

const nobody = (): undefined => undefined;

function undecided(guess: Guess): (error: unknown) => never {
  return (error) => {
    guess.undecided();
    throw error;
  };
}

const isOpen = ({ disabled, authMethod }: KnownClient, method: Method): boolean =>
  disabled !== true && (authMethod ?? method) === method;
