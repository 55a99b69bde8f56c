import http from 'node:http';
import https from 'node:https';
import type { Express } from 'express';
import { bornFor } from './born-for';

type Replaced = 'IncomingMessage' | 'ServerResponse';
export type HttpServerOptions = Omit<http.ServerOptions, Replaced>;
/** Those of `https.createServer` that bring what TLS needs: `key` and `cert`, `pfx`, or `SNICallback`. */
export type HttpsServerOptions = Omit<https.ServerOptions, Replaced> & (Needed<'key' | 'cert'> | Needed<'pfx'> | Needed<'SNICallback'>);
type Needed<Name extends keyof https.ServerOptions> = { readonly [Key in Name]: NonNullable<https.ServerOptions[Key]> };

/**
 * `http.createServer(app)`, or `https.createServer` where the options hold a key, only faster. Express gives each request and
 * response another prototype, which makes V8 forget what it knows of their shape; here they are born with that prototype.
 */
export function createServer(app: Express, options: HttpsServerOptions): https.Server;
export function createServer(app: Express, options?: HttpServerOptions): http.Server;
export function createServer(app: Express, options: HttpServerOptions | HttpsServerOptions = {}): http.Server | https.Server {
  const settings = { ...options, ...bornFor(app) };
  return isTls(options) ? https.createServer(settings, app) : http.createServer(settings, app);
}

const isTls = (options: object): boolean => ['key', 'pfx', 'SNICallback'].some((name) => name in options);
