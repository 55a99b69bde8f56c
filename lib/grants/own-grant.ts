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
    audience: audience === undefined ? policy.audience(client, request.resources) : [...new Set(audience)],
    scopes: scopes === undefined ? await policy.scopes({ client, user, requested: request.scopes }) : [...new Set(scopes)],
    ...(userId === undefined ? {} : { userId, authTime: Math.floor(Date.now() / 1000) }),
  };
}

const MEMBERS: readonly string[] = ['clientId', 'userId', 'scopes', 'audience'];

/** An empty answer means much here, so nothing may pass for one: no list of rows, no error that was returned, no name mistyped. */
function readDecision(type: string, decision: unknown, client: KnownClient): GrantDecision {
  const problem = (what: string): TypeError => new TypeError(`grant ${type} answered ${what}`);
  if (!isPlainObject(decision)) throw problem('what is neither undefined nor an authorization, a plain object');
  const { clientId, userId, scopes, audience } = decision;
  const stranger = Object.keys(decision).find((name) => !MEMBERS.includes(name));
  if (stranger !== undefined) throw problem(`an authorization with ${JSON.stringify(stranger)}; there are ${MEMBERS.join(', ')}`);
  if (clientId !== undefined && clientId !== client.id) throw problem('an authorization of another client');
  if (userId !== undefined && (typeof userId !== 'string' || userId === '')) throw problem('a userId that is not a string');
  if (scopes !== undefined && !(Array.isArray(scopes) && scopes.every(isScope))) throw problem('scopes that are not an array of scope names');
  if (audience !== undefined && !(Array.isArray(audience) && audience.length > 0 && audience.every((one) => typeof one === 'string' && one !== ''))) {
    throw problem('an audience that is not an array of texts');
  }
  return decision;
}

/** Of any realm: its prototype is nobody's child. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
