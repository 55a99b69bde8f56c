import type { Request } from 'express';
import type { Ask } from '../ask';
import type { Awaitable } from '../awaitable';
import { invalidClient } from '../errors';
import type { Emit } from '../events';
import type { Throttle } from '../throttle/throttle';
import { readClient, type Client, type KnownClient } from './client';
import type { Params } from '../http/form';
import { readCredentials, type Credentials } from './credentials';
import { createProveSecret, type Candidate } from './prove-secret';

export type FindClient = (clientId: string) => Awaitable<Client | undefined>;
/** Finds out which client sent a request (RFC 6749 §2.3), or refuses with `invalid_client`. */
export type Authenticate = (req: Request, params: Params) => Promise<KnownClient>;

interface Parts {
  readonly ask: Ask;
  readonly findClient: FindClient;
  readonly throttle: Throttle;
  readonly emit: Emit;
}

export function createAuthenticate({ ask, findClient, throttle, emit }: Parts): Authenticate {
  const proveSecret = createProveSecret();
  const find = async (readings: Credentials['readings']): Promise<readonly Candidate[]> => {
    const candidates: Candidate[] = [];
    for (const { id, secret } of readings) {
      candidates.push({ secret, client: readClient(id, await ask('findClient', () => findClient(id))) });
    }
    return candidates;
  };
  const byName = async (readings: Credentials['readings']): Promise<KnownClient | undefined> => {
    const candidates = await find(readings);
    return candidates.map(({ client }) => client).find((client) => client?.public === true && isOpen(client, 'none'));
  };
  const bySecret = async ({ method, readings }: Credentials, req: Request): Promise<KnownClient | undefined> => {
    const guess = throttle.secret(readings.map(({ id }) => id), req);
    try {
      const client = (await proveSecret(await find(readings), guess))?.client;
      if (client && isOpen(client, method)) {
        guess.right();
        return client;
      }
    } catch (error) {
      guess.undecided();
      throw error;
    }
    await guess.wrong();
    return undefined;
  };

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

  return async (req, params) => {
    const credentials = read(req, params);
    const client = await (credentials.method === 'none' ? byName(credentials.readings) : bySecret(credentials, req));
    if (client) return client;
    report(req, credentials.readings[0]?.id);
    throw invalidClient();
  };
}

const isOpen = ({ disabled, authMethod }: KnownClient, method: Credentials['method']): boolean =>
  disabled !== true && (authMethod ?? method) === method;
