/** What a server of the bench is started with: a module that makes a request listener, and what it is told. */
export interface ServerPlan {
  /** Relative to this folder once compiled, or an absolute path. */
  readonly module: string;
  readonly config?: object;
  /** Through `createServer` instead of `app.listen`. */
  readonly born?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Not a server: the module makes a function, and as many calls of it as there are connections are kept under way. */
  readonly alone?: boolean;
}

/** One request as it goes over the wire; `{next}` in a body stands for what the last answer on that connection held. */
export interface WireRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Load {
  /** Taken in turns. */
  readonly requests: readonly WireRequest[];
  /** What every answer must hold. */
  readonly expect: string;
  /** The member of each answer that goes into the connection's next request, and what each connection begins with. */
  readonly chain?: { readonly member: string; readonly first: readonly string[] };
}

/** One line of the table. */
export interface Row {
  readonly name: string;
  /** The floor of the same run that it is measured against; a floor is measured against itself. */
  readonly floor: 'bare' | 'form';
  readonly server: ServerPlan;
  /** Asked once, when the server is up; what runs alone has none. */
  readonly load?: (url: string) => Load | Promise<Load>;
  /** Left out of the quick bench. */
  readonly slow?: boolean;
  /** Another package's: left out where the peers cannot be installed. */
  readonly peer?: boolean;
}

export const CONNECTIONS = 32;
