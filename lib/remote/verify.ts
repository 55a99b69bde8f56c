import type { Awaitable } from '../awaitable';
import type { AccessToken } from '../tokens/claims';

/** The token, if it is good for this resource server; nothing where it is no good. */
export type Verify = (token: string) => Awaitable<AccessToken | undefined>;

/** How far our clock may be ahead of the issuer's, in seconds. */
export const LATE = 5;
