import type { RequireBearer } from './require-bearer';

/** Notes the scopes that the app's routes ask for, as the resource's metadata tells them (RFC 9728 §2). */
export function noteScopes(requireBearer: RequireBearer, noted: Set<string>): RequireBearer {
  return (...args) => {
    const handler = requireBearer(...args);
    for (const scope of [args[0] ?? []].flat()) noted.add(scope);
    return handler;
  };
}
