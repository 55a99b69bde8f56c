import type { Ask } from '../ask';
import { after, type Awaitable } from '../awaitable';
import type { Client } from '../clients/client';
import { targetRefused } from '../resources';
import { common, includesAll, isScope, scopeRefused } from '../scopes';
import type { User } from './user';

export interface ScopeQuestion {
  readonly client: Client;
  /** Absent: the app acts for itself. */
  readonly user: User | undefined;
  /** The scopes asked for; none: the client left it to the server. */
  readonly requested: readonly string[];
}

/** The app's last word on scopes. */
export type GrantScopes = (question: ScopeQuestion) => Awaitable<readonly string[]>;

/** How far an authorization reaches: the same rules for every grant. */
export interface Policy {
  scopes(question: ScopeQuestion): Awaitable<readonly string[]>;
  /** Of scopes once granted, those that still may be; `invalid_scope` if that is none. */
  stillAllowed(question: ScopeQuestion): Awaitable<readonly string[]>;
  audience(client: Client, resources: readonly string[]): readonly string[];
  /** Of an audience once granted, what the client may still name, or of that what it names now; `invalid_target` where it may not. */
  stillMeant(client: Client, granted: readonly string[], resources: readonly string[]): readonly string[];
}

export function createPolicy(grantScopes: GrantScopes | undefined, ownAudience: readonly string[], ask: Ask): Policy {
  // Exact comparison (RFC 8707 §2): what is not registered, however it is spelt, is no resource of ours.
  const mayName = (client: Client, resource: string): boolean => ownAudience.includes(resource) || client.audiences?.includes(resource) === true;
  return {
    scopes: (question) => (grantScopes === undefined ? allowedScopes(question) : askedScopes(grantScopes, question, ask)),
    stillAllowed: (question) => (grantScopes === undefined ? remainingScopes(question) : askedScopes(grantScopes, question, ask)),
    audience(client, resources) {
      if (resources.length === 0) return ownAudience;
      if (!resources.every((one) => mayName(client, one))) throw targetRefused();
      return resources;
    },
    stillMeant(client, granted, resources) {
      const left = granted.filter((one) => mayName(client, one));
      if (left.length === 0 || !includesAll(left, resources)) throw targetRefused();
      return resources.length === 0 ? left : resources;
    },
  };
}

const usableScopes = ({ client, user }: ScopeQuestion): readonly string[] =>
  user?.scopes === undefined ? client.scopes : common(client.scopes, user.scopes);

function remainingScopes(question: ScopeQuestion): readonly string[] {
  const remaining = common(question.requested, usableScopes(question));
  if (remaining.length === 0) throw scopeRefused();
  return remaining;
}

function allowedScopes(question: ScopeQuestion): readonly string[] {
  const { client, requested } = question;
  const usable = usableScopes(question);
  if (requested.length === 0) return common(client.defaultScopes ?? [], usable);
  if (!includesAll(usable, requested)) throw scopeRefused();
  return requested;
}

function askedScopes(grantScopes: GrantScopes, question: ScopeQuestion, ask: Ask): Awaitable<readonly string[]> {
  return after(ask('grantScopes', () => grantScopes({ ...question, requested: question.requested.slice() })), (scopes: unknown) => {
    if (!Array.isArray(scopes) || !scopes.every(isScope)) throw new TypeError('grantScopes must answer an array of scope names');
    if (scopes.length === 0 && question.requested.length > 0) throw scopeRefused();
    return [...new Set(scopes)];
  });
}
