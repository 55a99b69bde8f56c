import type { Ask } from '../ask';
import type { Authorization } from '../authorization';
import type { KnownClient } from '../clients/client';
import { OAuthError } from '../errors';
import { isScope } from '../scopes';
import type { Grant, GrantDecision, GrantHandler, TokenRequest } from './grant';
import type { Policy } from './policy';

/** Makes a grant of the app's own a grant like the others: what it answers is checked, and completed by the policy. */
export function ownGrant(grant: Grant, policy: Policy, ask: Ask): GrantHandler {
  return {
    type: grant.type,
    async handle(client, request) {
      const decision: unknown = await ask(`grant ${grant.type}`, () => grant.handle(client, request.params, request));
      if (decision === undefined || decision === null || decision === false) {
        throw new OAuthError('invalid_grant', 'The grant is not valid');
      }
      return { authorization: await complete(readDecision(grant.type, decision, client), { client, request, policy }) };
    },
  };
}

interface Context {
  readonly client: KnownClient;
  readonly request: TokenRequest;
  readonly policy: Policy;
}

async function complete({ userId, scopes, audience }: GrantDecision, { client, request, policy }: Context): Promise<Authorization> {
  const user = userId === undefined ? undefined : { id: userId };
  return {
    clientId: client.id,
    audience: audience ?? policy.audience(client, request.resources),
    scopes: scopes ?? (await policy.scopes({ client, user, requested: request.scopes })),
    ...(userId === undefined ? {} : { userId, authTime: Math.floor(Date.now() / 1000) }),
  };
}

function readDecision(type: string, decision: unknown, client: KnownClient): GrantDecision {
  const { clientId, userId, scopes, audience } = decision as Readonly<Record<string, unknown>>;
  const problem = (what: string): TypeError => new TypeError(`grant ${type} answered ${what}`);
  if (typeof decision !== 'object') throw problem('no authorization but a ' + typeof decision);
  if (clientId !== undefined && clientId !== client.id) throw problem('an authorization of another client');
  if (userId !== undefined && (typeof userId !== 'string' || userId === '')) throw problem('a userId that is not a string');
  if (scopes !== undefined && !(Array.isArray(scopes) && scopes.every(isScope))) throw problem('scopes that are not an array of scope names');
  if (audience !== undefined && !(Array.isArray(audience) && audience.length > 0 && audience.every((one) => typeof one === 'string' && one !== ''))) {
    throw problem('an audience that is not an array of texts');
  }
  return decision as GrantDecision;
}
