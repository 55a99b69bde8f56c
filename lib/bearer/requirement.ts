import { isScope } from '../scopes';

export interface BearerOptions {
  /** One of the scopes is enough; default: all are needed. */
  readonly any?: boolean;
  /** Refuse tokens of an app that acts for itself. */
  readonly user?: boolean;
  /** Let a request without credentials pass, without `req.auth`; a bad token is refused all the same. */
  readonly optional?: boolean;
}

/** The arguments of `requireBearer`, checked. */
export interface Requirement {
  readonly scopes: readonly string[];
  readonly any: boolean;
  readonly user: boolean;
  readonly optional: boolean;
}

const OPTIONS = ['any', 'user', 'optional'];

/**
 * Reads the arguments when the route is defined. An `undefined` that was passed is refused: it is a variable nobody has set,
 * not the wish for a route without scopes.
 */
export function readRequirement(args: readonly unknown[]): Requirement {
  const [scope = [], options = {}] = args;
  if (typeof args[2] === 'function') throw wrong('it makes a handler and is none itself; write requireBearer() or requireBearer(scope)');
  if (args.length > 2) throw wrong('there are two arguments; pass several scopes as an array');
  if (args.length > 0 && args[0] === undefined) throw wrong('the scope is undefined; for any valid token call requireBearer() or pass []');
  const scopes: readonly unknown[] = Array.isArray(scope) ? scope : [scope];
  for (const one of scopes) {
    if (isScope(one)) continue;
    const several = typeof one === 'string' && one.split(' ').every(isScope);
    throw wrong(several ? `${JSON.stringify(one)} is several scopes; pass ${JSON.stringify(one.split(' '))}` : 'a scope is a name of printable characters without space, " and \\');
  }
  return { scopes: [...(scopes as string[])], ...readOptions(options, scopes.length) };
}

function readOptions(options: unknown, scopes: number): Omit<Requirement, 'scopes'> {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) throw wrong('the second argument is an object of options');
  for (const [name, value] of Object.entries(options)) {
    if (!OPTIONS.includes(name)) throw wrong(`there is no option ${JSON.stringify(name)}; there are ${OPTIONS.join(', ')}`);
    if (typeof value !== 'boolean' && value !== undefined) throw wrong(`the option ${name} is true or false`);
  }
  const { any = false, user = false, optional = false }: BearerOptions = options;
  if (any && scopes === 0) throw wrong('the option any needs scopes to choose from');
  return { any, user, optional };
}

const wrong = (what: string): TypeError => new TypeError(`requireBearer: ${what}`);
