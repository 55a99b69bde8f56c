import type { Request } from 'express';
import type { Ask } from '../ask';
import { isPromise, type Awaitable } from '../awaitable';
import { invalidClient } from '../errors';
import type { Emit } from '../events';
import { readClient, type Client, type KnownClient } from './client';
import type { Credentials } from './credentials';
import { rememberSecrets, type RememberedSecrets } from './remembered';
import { compareSecret, sameSecret } from './secrets';

export type FindClient = (clientId: string) => Awaitable<Client | undefined>;
/** Turns credentials into the client they belong to, or refuses with `invalid_client`. */
export type Authenticate = (credentials: Credentials, req: Request) => Promise<KnownClient>;

interface Parts {
  readonly ask: Ask;
  readonly findClient: FindClient;
  readonly emit: Emit;
}

export function createAuthenticate({ ask, findClient, emit }: Parts): Authenticate {
  const remembered = rememberSecrets();
  // What a secret is compared with where there is no client: as dear as the dearest hash met so far.
  let standIn: string | undefined;

  return async ({ method, readings }, req) => {
    for (const { id, secret } of readings) {
      const client = readClient(id, await ask('findClient', () => findClient(id)));
      standIn = dearer(standIn, client);
      if ((await proves(client, secret, { method, standIn, remembered })) && client !== undefined) return client;
    }
    const clientId = readings[0]?.id;
    emit({
      type: 'client_refused',
      ...(clientId === undefined ? {} : { clientId }),
      ...(req.ip === undefined ? {} : { address: req.ip }),
    });
    throw invalidClient();
  };
}

interface Means {
  readonly method: Credentials['method'];
  readonly standIn: string | undefined;
  readonly remembered: RememberedSecrets;
}

async function proves(client: KnownClient | undefined, secret: string, means: Means): Promise<boolean> {
  const { method } = means;
  if (method === 'none') return client?.public === true && isOpen(client, method);
  const matches = client === undefined || client.public === true ? await wasted(secret, means) : await matchesOne(secret, client, means);
  return matches && client !== undefined && isOpen(client, method);
}

const isOpen = ({ disabled, authMethod }: KnownClient, method: Credentials['method']): boolean =>
  disabled !== true && (authMethod ?? method) === method;

async function matchesOne(secret: string, client: KnownClient, means: Means): Promise<boolean> {
  const { secretHashes } = client;
  const { remembered } = means;
  if (secretHashes.length === 0) {
    return client.secret === undefined ? wasted(secret, means) : sameSecret(secret, client.secret);
  }
  if (secretHashes.some((hash) => isSlow(hash) && remembered.has(secret, hash))) return true;
  for (const hash of secretHashes) {
    const answer = isSlow(hash) ? remembered.learn(secret, hash, async () => compareSecret(secret, hash)) : compareSecret(secret, hash);
    if (isPromise(answer) ? await answer : answer) return true;
  }
  return false;
}

/** The time of a comparison, for a client that is not there: the clock must not tell which exist. */
async function wasted(secret: string, { standIn }: Means): Promise<false> {
  if (standIn !== undefined) await compareSecret(secret, standIn);
  return false;
}

const isSlow = (hash: string): boolean => hash.startsWith('$2');

function dearer(standIn: string | undefined, client: KnownClient | undefined): string | undefined {
  const [hash] = client?.secretHashes ?? [];
  if (hash === undefined) return standIn;
  if (!isSlow(hash)) return standIn ?? `sha256:${'0'.repeat(64)}`;
  const fake = `${hash.slice(0, 7)}${'.'.repeat(53)}`;
  return standIn === undefined || !isSlow(standIn) || fake.slice(4, 6) > standIn.slice(4, 6) ? fake : standIn;
}
