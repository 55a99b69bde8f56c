import bodyParser from 'body-parser';
import type { Request, RequestHandler, Response } from 'express';
import { after, type Awaitable } from '../awaitable';
import { invalidRequest, OAuthError } from '../errors';
import type { Patience } from '../patience';
import { decodeUtf8 } from '../utf8';
import { formOf, parseForm, type Form } from './form';
import { singleHeader } from './headers';
import { isPlain, onceHere, readPlain, takeWhole } from './plain-body';

/** A body may have this many bytes; the longest legal token request is far below. */
export const BODY_LIMIT: number = 32 * 1024;
/** What says it is larger than this is not read off either, which would only let its sender read the answer in peace. */
const DRAIN_LIMIT = 1024 * 1024;

const FORM_TYPE = /^application\/x-www-form-urlencoded[ \t]*(?:;|$)/i;
const CHARSET = /;[ \t]*charset[ \t]*=[ \t]*"?([^";\s]*)/gi;
const readAny = bodyParser.raw({ type: () => true, limit: BODY_LIMIT, inflate: false });

/** `handler`, as soon as a body that came with the head can be read at once. */
export const onceRead =
  (handler: RequestHandler): RequestHandler =>
  (req, res, next) => {
    onceHere(req, BODY_LIMIT, () => handler(req, res, next));
  };

/** Reads the form in a request's body, whether or not a parser of the app has been there before. */
export function readForm(req: Request, res: Response, patience: Patience): Awaitable<Form> {
  checkType(singleHeader(req, 'content-type'));
  const parsed = req.readableDidRead;
  if (Number(req.headers['content-length']) > (parsed ? BODY_LIMIT : DRAIN_LIMIT)) throw tooLarge();
  return parsed ? toForm(leftBehind(req)) : after(takeWhole(req, BODY_LIMIT) ?? waitForBytes(req, res, patience), toForm);
}

function toForm(read: unknown): Form {
  if (Buffer.isBuffer(read)) return parseForm(textOf(read));
  if (typeof read === 'string') return parseForm(read.includes('\uFFFD') ? notUtf8() : read);
  if (typeof read === 'object' && read !== null && !Array.isArray(read)) return formOf(read);
  throw bodyGone();
}

function checkType(type: string | undefined): void {
  if (type === undefined || !FORM_TYPE.test(type)) {
    throw invalidRequest('Content-Type must be application/x-www-form-urlencoded');
  }
  // Looking through all matches takes a microsecond, where there can be none too.
  if (!type.includes(';')) return;
  for (const [, charset = ''] of type.matchAll(CHARSET)) {
    if (!/^utf-?8$/i.test(charset)) throw invalidRequest('The charset must be UTF-8');
  }
}

/** What a parser of the app made of the body. */
function leftBehind(req: Request): unknown {
  const body: unknown = req.body;
  // Express 4 puts an empty object there for a body that none of its parsers took; then somebody else read it.
  return typeof body === 'object' && body !== null && !Buffer.isBuffer(body) && Object.keys(body).length === 0 ? undefined : body;
}

/** The bytes of the body, if they come in time. */
function waitForBytes(req: Request, res: Response, patience: Patience): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const arrived = patience.begin(() => {
      reject(new OAuthError('invalid_request', 'The body took too long to arrive', { status: 408 }));
    });
    const done = (error: unknown, bytes?: unknown): void => {
      arrived();
      if (error === undefined || error === null) resolve(bytes);
      else reject(unreadable(error));
    };
    if (isPlain(req, BODY_LIMIT)) {
      readPlain(req, done);
      return;
    }
    // What another parser left there (an empty object, in Express 4) is not the body of this request.
    (req as { body?: unknown }).body = undefined;
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Express declares body on the class
    readAny(req, res, (error?: unknown) => { done(error, req.body ?? Buffer.alloc(0)); });
  });
}

function textOf(bytes: Buffer): string {
  return decodeUtf8(bytes) ?? notUtf8();
}

function notUtf8(): never {
  throw invalidRequest('The body must be form-encoded UTF-8');
}

function unreadable(error: unknown): OAuthError {
  const type = (error as { type?: unknown }).type;
  if (type === 'entity.too.large') return tooLarge();
  if (type === 'encoding.unsupported') return invalidRequest('The body must not be compressed');
  if (type === 'stream.encoding.set') return bodyGone();
  return invalidRequest('The body could not be read');
}

const tooLarge = (): OAuthError => new OAuthError('request_too_large', `The body may have at most ${String(BODY_LIMIT)} bytes`);

function bodyGone(): OAuthError {
  const cure = 'The request body was already read by other middleware: mount the OAuth router before it, or leave req.body';
  return new OAuthError('invalid_request', cure, { cause: new Error(cure) });
}
