import type { Request, Response } from 'express';
import type { Awaitable } from '../awaitable';
import { readForm } from '../http/body';
import type { Form } from '../http/form';
import { singleHeader } from '../http/headers';
import { createPatience } from '../patience';
import { isInTheClear, overTlsOnly } from './tls';

/** The first step of every endpoint that takes a form. */
export type ReadRequest = (req: Request, res: Response) => Awaitable<Form>;

interface Parts {
  readonly requireTls: boolean;
  /** Seconds. */
  readonly timeout: number;
}

export function createReadRequest({ requireTls, timeout }: Parts): ReadRequest {
  const patience = createPatience(timeout);
  return (req, res) => {
    // Nothing here asks for the host, but two of them are how requests are smuggled past a proxy (RFC 9112 §3.2).
    singleHeader(req, 'host');
    if (isInTheClear(req, requireTls)) throw overTlsOnly();
    return readForm(req, res, patience);
  };
}
