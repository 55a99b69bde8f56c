import type { TokenResponse } from './token-request';

/** Tokens, and when to ask for the next. */
export interface Held {
  readonly tokens: TokenResponse;
  /** Milliseconds since 1970. */
  readonly renewAt: number;
}

/** Renew this long before the end, or when a tenth of the lifetime is left if that is less. */
const MARGIN_SECONDS = 30;

export function hold(tokens: TokenResponse): Held {
  const { expiresIn } = tokens;
  const margin = expiresIn === undefined ? 0 : Math.min(MARGIN_SECONDS, expiresIn / 10);
  return { tokens, renewAt: expiresIn === undefined ? Infinity : Date.now() + (expiresIn - margin) * 1000 };
}
