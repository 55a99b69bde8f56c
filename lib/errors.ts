/** Every error code of this package with its status (RFC 6749 §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1, RFC 8707 §2). */
const STATUS = {
  invalid_request: 400,
  invalid_client: 401,
  invalid_grant: 400,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  unsupported_token_type: 400,
  invalid_scope: 400,
  invalid_target: 400,
  invalid_token: 401,
  insufficient_scope: 403,
  server_error: 500,
  temporarily_unavailable: 503,
  // The same codes where HTTP has a better status for them.
  method_not_allowed: 405,
  request_too_large: 413,
  throttled: 429,
} as const;

const WIRE_CODE: Readonly<Record<string, string>> = {
  method_not_allowed: 'invalid_request',
  request_too_large: 'invalid_request',
  throttled: 'temporarily_unavailable',
};

export type OAuthErrorCode = keyof typeof STATUS;

export interface OAuthErrorOptions {
  /** HTTP status, 400 to 599; default: the one that belongs to the code, 400 for a code of your own. */
  readonly status?: number;
  /** `error_uri`: a page for the developer of the client. */
  readonly uri?: string;
  /** `Retry-After`, in seconds. */
  readonly retryAfter?: number;
  /** For the operator alone: it goes to the fault event, never to the client. */
  readonly cause?: unknown;
}

const CODE = /^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/;
const URI = /^[\x21\x23-\x5B\x5D-\x7E]+$/;

/**
 * A refusal that the client may read. Throw it from `verifyUser`, `grantScopes` or a grant of your own
 * to refuse in your own words; anything else that is thrown is a fault and its text stays inside.
 */
export class OAuthError extends Error {
  override readonly name = 'OAuthError';
  /** `error` of the answer. */
  readonly code: string;
  readonly status: number;
  /** `error_description`, reduced to the characters that RFC 6749 §5.2 allows. */
  readonly description: string | undefined;
  readonly uri: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: OAuthErrorCode | (string & {}), description?: string, options: OAuthErrorOptions = {}) {
    super(description ?? code, 'cause' in options ? { cause: options.cause } : undefined);
    if (!CODE.test(code)) throw new TypeError('OAuthError: the code may hold printable ASCII without " and \\');
    if (options.uri !== undefined && !URI.test(options.uri)) throw new TypeError('OAuthError: uri is no URI reference');
    if (options.retryAfter !== undefined && !isDelay(options.retryAfter)) throw new TypeError('OAuthError: retryAfter must be a number of seconds');
    this.code = (Object.hasOwn(WIRE_CODE, code) ? WIRE_CODE[code] : undefined) ?? code;
    this.status = checkedStatus(options.status ?? (Object.hasOwn(STATUS, code) ? STATUS[code as OAuthErrorCode] : 400));
    this.description = description === undefined ? undefined : printable(description);
    this.uri = options.uri;
    this.retryAfter = options.retryAfter;
  }
}

const isStatus = (status: number): boolean => Number.isInteger(status) && status >= 400 && status <= 599;

function checkedStatus(status: number): number {
  if (isStatus(status)) return status;
  throw new TypeError('OAuthError: status must be a whole number from 400 to 599');
}

const isDelay = (seconds: number): boolean => Number.isFinite(seconds) && seconds >= 0;

function printable(text: string): string {
  return text.replace(/["\\]/g, "'").replace(/[\r\n\t]+/g, ' ').replace(/[^\x20-\x7E]/g, '?') || '?';
}

/** A refusal for lack of the right client credentials; the same words whatever was wrong with them. */
export const invalidClient = (): OAuthError => new OAuthError('invalid_client', 'Client authentication failed');

export const invalidRequest = (description: string): OAuthError => new OAuthError('invalid_request', description);

/** A part the answer depends on failed or took too long: the client may try again, the operator gets the cause. */
export const unavailable = (cause: unknown, retryAfter = 2): OAuthError =>
  new OAuthError('temporarily_unavailable', 'The service cannot answer right now', { cause, retryAfter });

export const serverError = (cause: unknown): OAuthError =>
  new OAuthError('server_error', 'The request could not be completed', { cause });

/** What was caught, as an answer: a refusal stays itself, anything else is a fault. */
export function toOAuthError(caught: unknown): OAuthError {
  try {
    if (caught instanceof OAuthError && isWhole(caught)) return caught;
  } catch {
    // What cannot be looked at is no refusal.
  }
  return serverError(caught);
}

/** A subclass of the app's may have set fields of its own over those that were checked: they must not break the answer, nor look like none. */
function isWhole({ code, status, description, uri, retryAfter }: OAuthError): boolean {
  const fits = (value: unknown, pattern: RegExp): boolean => value === undefined || (typeof value === 'string' && pattern.test(value));
  return isStatus(status) && typeof code === 'string' && fits(code, CODE) && fits(description, CODE) && fits(uri, URI) && (retryAfter === undefined || isDelay(retryAfter));
}
