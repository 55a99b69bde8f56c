import diagnostics from 'node:diagnostics_channel';

interface Subject {
  readonly clientId?: string;
  readonly userId?: string;
}
interface Granted extends Subject {
  readonly grantType: string;
  readonly scopes: readonly string[];
  /** Fingerprint of the access token: its `jti`, which opens nothing. */
  readonly tokenId: string;
  readonly familyId?: string;
}

/**
 * What an operator may want to know, one event per happening. No event holds a secret, a password or a token.
 * `address` is `req.ip`. Times are left to the listener.
 */
export type OAuthEvent =
  | ({ readonly type: 'token_issued' } & Granted)
  | ({ readonly type: 'token_refreshed' } & Granted)
  | ({ readonly type: 'token_refused'; readonly error: string; readonly grantType?: string; readonly address?: string } & Subject)
  | ({ readonly type: 'token_replayed'; readonly familyId: string } & Subject)
  | ({ readonly type: 'token_revoked'; readonly tokenId?: string; readonly familyId?: string } & Subject)
  | { readonly type: 'login_failed'; readonly clientId: string; readonly username: string; readonly address?: string }
  | { readonly type: 'client_refused'; readonly clientId?: string; readonly address?: string }
  | { readonly type: 'throttled'; readonly by: string; readonly clientId?: string; readonly address?: string }
  | { readonly type: 'bearer_refused'; readonly error: string; readonly path: string; readonly address?: string }
  | { readonly type: 'fault'; readonly where: string; readonly cause: unknown };

export type Emit = (event: OAuthEvent) => void;

const channel = diagnostics.channel('express-token-endpoint');

/** Sends each event to `onEvent` and to the diagnostics channel `express-token-endpoint`; a listener that fails harms nobody. */
export function createEmit(onEvent: Emit | undefined): Emit {
  return (event) => {
    if (channel.hasSubscribers) channel.publish(event);
    if (onEvent) callListener(onEvent, event);
    else if (event.type === 'fault') print(`fault in ${event.where}`, event.cause);
  };
}

function callListener(listener: (event: OAuthEvent) => unknown, event: OAuthEvent): void {
  const report = (cause: unknown): void => {
    print('onEvent failed', cause);
  };
  try {
    Promise.resolve(listener(event)).catch(report);
  } catch (cause) {
    report(cause);
  }
}

function print(what: string, cause: unknown): void {
  try {
    console.error(`express-token-endpoint: ${what}:`, cause);
  } catch {
    // What cannot be printed must not take the answer with it.
    console.error(`express-token-endpoint: ${what}`);
  }
}
