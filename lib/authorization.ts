/**
 * What an access token represents (RFC 6749 §1.4): who acts, for whom, how far, and where.
 * A grant decides it, an access token carries it, `requireBearer` reads it back.
 */
export interface Authorization {
  readonly clientId: string;
  /** The user (resource owner). Absent: the app acts for itself. */
  readonly userId?: string;
  readonly scopes: readonly string[];
  /** The resource servers it is meant for (RFC 9068 §2.2 `aud`); never empty. */
  readonly audience: readonly string[];
  /** When the user proved who they are, in seconds since 1970; the same through all refreshes. */
  readonly authTime?: number;
  /** The refresh token family it belongs to, if it has one. */
  readonly familyId?: string;
}
