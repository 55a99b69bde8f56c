import type { JsonWebKey, KeyObject } from 'node:crypto';
import type { OAuthEvent } from '../events';
import type { Alg } from '../tokens/algorithms';

/** What `resourceServer` takes. Times are in seconds. */
export interface ResourceServerOptions {
  /** Whose tokens are accepted: the `issuer` of the `oauthRouter` in the other process, character by character. */
  readonly issuer: string;
  /** Who this resource server is: a token must name one of these in `aud`. */
  readonly audience: string | readonly string[];
  /** The issuer's public keys, where they are not to be fetched. */
  readonly keys?: readonly VerificationKeyOption[];
  /** How the keys of the issuer's JWKS are kept, where they are fetched. */
  readonly jwks?: JwksOptions;
  /** Have the issuer verify each token (RFC 7662): needed for opaque tokens, and to hear of revocations. */
  readonly introspection?: IntrospectionOptions;
  /** How long the issuer may take before the answer is 503; default 5. */
  readonly timeout?: number;
  /** Events `bearer_refused` and `fault`. Without it, faults go to `console.error`. */
  readonly onEvent?: (event: OAuthEvent) => void;
  /** The realm in challenges; default `oauth`. */
  readonly realm?: string;
}

/** A key that tokens are verified with. Without `kid` it gets its RFC 7638 thumbprint, as at the issuer. */
export type VerificationKeyOption =
  | { readonly kid?: string; readonly alg: Alg; readonly publicKey: string | Buffer | JsonWebKey | KeyObject }
  | { readonly kid?: string; readonly alg: Alg; readonly secret: string | Uint8Array | KeyObject };

export interface JwksOptions {
  /** The keys are fetched again after this, behind the requests that use them; default 300. */
  readonly maxAge?: number;
  /** How long fetched keys are used while the issuer does not answer; default 7200, longer than the usual life of a token. */
  readonly keepFor?: number;
  /** How often at most an unknown `kid` has the keys fetched again; default 10. */
  readonly cooldown?: number;
}

export interface IntrospectionOptions {
  /** Default: the `introspection_endpoint` of the issuer's metadata. */
  readonly endpoint?: string;
  /** A client of the issuer with `introspection: true` and this resource server among its `audiences`. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** How long a good answer is believed, and never past the token's end; default 10. 0: every request asks. */
  readonly cacheFor?: number;
}
