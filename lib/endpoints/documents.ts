import type { RequestHandler } from 'express';
import { onlyMethods } from './method';
import { sendPublicJson } from '../http/send';

/** Seconds that a document may be kept: a new key stands in the JWKS at least that long before it signs. */
export const DOCUMENT_AGE = 300;

/** A document that anyone may read, made anew for each request. */
export type Document = () => object;

const refuse = onlyMethods('GET', 'HEAD');

/** Serves one document (RFC 8414 §3, RFC 7517 §5). */
export const serveDocument =
  (document: Document): RequestHandler =>
  (req, res, next) => {
    if (req.method === 'GET' || req.method === 'HEAD') sendPublicJson(res, document(), DOCUMENT_AGE);
    else refuse(req, res, next);
  };

/** Serves documents by their exact path, with the query where it is part of it: a route would read a pattern in what a URL may hold. */
export function serveDocuments(documents: ReadonlyMap<string, Document>): RequestHandler {
  return (req, res, next) => {
    const document = documents.get(req.path) ?? documents.get(req.url);
    if (document === undefined) next();
    else serveDocument(document)(req, res, next);
  };
}
