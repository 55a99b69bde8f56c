import { IncomingMessage, ServerResponse } from 'node:http';
import type { Express } from 'express';
import { BORN_WELL } from '../http/shape';

interface Classes {
  readonly IncomingMessage: typeof IncomingMessage;
  readonly ServerResponse: typeof ServerResponse;
}
interface Room {
  [BORN_WELL]: object;
  _: undefined;
}
/** A bundler must not see that it is false. */
const never: boolean = process.version === '';

/**
 * The classes of requests and responses that have the app's prototypes from their birth, so that Express's
 * `Object.setPrototypeOf` has nothing to do. Plain functions that `.call` Node's own: a subclass or `Reflect.construct` costs
 * more than it saves. What they never do is there to be read: V8 counts the assignments in a constructor to tell how many
 * properties its objects need room for, and the fifty that Node and Express are going to make stand elsewhere.
 */
export function bornFor(app: Express): Classes {
  function AppRequest(this: IncomingMessage & Room, socket: IncomingMessage['socket']): void {
    IncomingMessage.call(this, socket);
    this[BORN_WELL] = app.request;
    if (never) {
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = undefined;
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = undefined;
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = undefined;
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = undefined;
    }
  }
  function AppResponse(this: ServerResponse & Room, ...args: ConstructorParameters<typeof ServerResponse>): void {
    ServerResponse.call(this, ...args);
    this[BORN_WELL] = app.response;
    if (never) {
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = undefined;
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = undefined;
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = undefined;
      this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = this._ = undefined;
    }
  }
  AppRequest.prototype = app.request;
  AppResponse.prototype = app.response;
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse } as unknown as Classes;
}
