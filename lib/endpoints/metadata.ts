import type { Settings } from '../options/settings';
import type { KeyRing } from '../tokens/keys';

/** Where each endpoint stands for its clients: by configuration alone, whatever `Host` a request names. */
export const endpointUrl = (issuer: string, path: string): string => `${issuer.replace(/\/$/, '')}${path}`;

/** RFC 8414 §3.1 and RFC 9728 §3: the well-known name goes between host and path. */
export function wellKnownPath(name: string, url: string): string {
  return `/.well-known/${name}${new URL(url).pathname.replace(/\/$/, '')}`;
}

const SECRET_METHODS = ['client_secret_basic', 'client_secret_post'];

/**
 * The authorization server metadata (RFC 8414 §2), which serves as OpenID Provider configuration too: one document, so that
 * the two cannot disagree. Every member is true of this server; what has no elements is left out (§3.2).
 */
export function serverMetadata({ issuer }: Settings, grantTypes: readonly string[], keys: KeyRing): object {
  // Where no grant has a user there is nothing for a public client, and nobody to make claims about.
  const hasUsers = grantTypes.includes('refresh_token');
  const methods = hasUsers ? [...SECRET_METHODS, 'none'] : SECRET_METHODS;
  return {
    issuer,
    token_endpoint: endpointUrl(issuer, '/token'),
    token_endpoint_auth_methods_supported: methods,
    grant_types_supported: grantTypes,
    // Required, although there is no authorization endpoint to take one.
    response_types_supported: [],
    revocation_endpoint: endpointUrl(issuer, '/revoke'),
    revocation_endpoint_auth_methods_supported: methods,
    introspection_endpoint: endpointUrl(issuer, '/introspect'),
    introspection_endpoint_auth_methods_supported: SECRET_METHODS,
    jwks_uri: endpointUrl(issuer, '/jwks'),
    ...(hasUsers ? openIdMembers(issuer, keys) : {}),
  };
}

const openIdMembers = (issuer: string, keys: KeyRing): object => ({
  userinfo_endpoint: endpointUrl(issuer, '/userinfo'),
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: idTokenAlgs(keys),
});

/** What the keys sign, and what a client's own secret does (OpenID Connect Core §10.1). */
function idTokenAlgs(keys: KeyRing): readonly string[] {
  return [...new Set([...keys.all().map(({ alg }) => alg), 'HS256', 'HS384', 'HS512'])];
}
