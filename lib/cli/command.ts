/** What a command reads and writes; a spec hands in its own. */
export interface Terminal {
  /** All of standard input. */
  readonly input: () => Promise<string>;
  readonly fetch: typeof fetch;
}

export type Values = Readonly<Record<string, string | boolean | undefined>>;

/** What a command found: for people in words, for programs as JSON. */
export interface Outcome {
  readonly text: string;
  readonly json: object;
  /** Exit code; default 0. */
  readonly code?: number;
}

export interface Option {
  readonly type: 'string' | 'boolean';
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly summary: string;
}

export interface Command {
  readonly summary: string;
  readonly usage: string;
  readonly options: Readonly<Record<string, Option>>;
  /** What else it takes, in the help's words; absent: options alone. */
  readonly operand?: string;
  run(values: Values, operand: string | undefined, terminal: Terminal): Promise<Outcome>;
}

/** The caller's mistake: told in a line, with exit code 2. */
export const usageError = (message: string): Error => Object.assign(new Error(message), { isUsage: true });

export const isUsageError = (error: unknown): error is Error => error instanceof Error && 'isUsage' in error;

export const textOf = (value: string | boolean | undefined): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
