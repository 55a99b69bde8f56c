import type { Grant } from '../grants/grant';
import type { Problems } from './check';

const BUILT_IN = ['client_credentials', 'password', 'refresh_token'];

/** Reads the option `grants`. A grant may be of any class, so members of its own are its own. */
export function readGrants(grants: unknown, problems: Problems): readonly Grant[] {
  if (grants === undefined) return [];
  if (!Array.isArray(grants)) {
    problems.add('grants', grants, 'an array of { type, handle }');
    return [];
  }
  const taken = [...BUILT_IN];
  for (const [at, grant] of grants.entries()) checkGrant(`grants[${String(at)}]`, grant, taken, problems);
  return grants as Grant[];
}

function checkGrant(path: string, grant: unknown, taken: string[], problems: Problems): void {
  if (typeof grant !== 'object' || grant === null) {
    problems.add(path, grant, 'an object with type and handle');
    return;
  }
  const { type, handle } = grant as Readonly<Record<string, unknown>>;
  if (typeof type !== 'string' || type === '') problems.add(`${path}.type`, type, 'a grant type, an absolute URI by RFC 6749 §4.5');
  else if (taken.includes(type)) problems.add(`${path}.type`, type, 'a type that no other grant has', `taken are ${BUILT_IN.join(', ')} and those before it`);
  else taken.push(type);
  if (typeof handle !== 'function') problems.add(`${path}.handle`, handle, 'a function (client, params, request) => GrantDecision | undefined');
}
