import { parseArgs } from 'node:util';
import { isUsageError, usageError, type Command, type Outcome, type Terminal, type Values } from './command';
import { doctor } from './doctor';
import { COMMON, helpOf, helpOfAll } from './help';
import { keys } from './keys';
import { hash, secret } from './secret';
import { token } from './token';
import { version } from './version';

const COMMANDS: Readonly<Record<string, Command>> = { keys, secret, hash, token, doctor };
const NAME = 'express-token-endpoint';

/** What to print where, and the exit code: 0 done, 1 something is wrong, 2 the call was. */
export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const done = (out: string, code = 0): Result => ({ code, out, err: '' });

export async function runCli(argv: readonly string[], terminal: Terminal): Promise<Result> {
  const [name, ...args] = argv;
  if (name === undefined || ['--help', '-h', 'help'].includes(name)) return done(helpOfAll(COMMANDS), name === undefined ? 2 : 0);
  if (name === '--version' || name === '-v') return done(version());
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) return { code: 2, out: '', err: `${NAME}: there is no command ${JSON.stringify(name)}; see --help` };
  try {
    const { values, operand } = readArguments(command, args);
    if (values.help === true) return done(helpOf(command));
    const outcome: Outcome = await command.run(values, operand, terminal);
    return done(values.json === true ? JSON.stringify(outcome.json) : outcome.text, outcome.code);
  } catch (error) {
    return { code: isUsageError(error) ? 2 : 1, out: '', err: `${NAME} ${name}: ${error instanceof Error ? error.message : 'failed'}` };
  }
}

function readArguments(command: Command, args: readonly string[]): { readonly values: Values; readonly operand: string | undefined } {
  const options = Object.fromEntries(Object.entries({ ...command.options, ...COMMON }).map(([name, { type }]) => [name, name === 'help' ? { type, short: 'h' } : { type }]));
  const { values, positionals } = parse(args, options);
  const [operand, ...more] = positionals;
  if (operand !== undefined && command.operand === undefined) {
    // What stands there may be a secret: it is not repeated.
    throw usageError('takes options alone; a secret is read from standard input, not from the arguments, which everyone on this machine can see');
  }
  if (more.length > 0) throw usageError(`takes one ${command.operand ?? ''}`);
  return { values, operand };
}

function parse(args: readonly string[], options: Record<string, { type: 'string' | 'boolean'; short?: string }>): { values: Values; positionals: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values: values, positionals };
  } catch (error) {
    // What Node goes on to say is about positional arguments, of which there are none to be had.
    const [what = ''] = (error as Error).message.split('. ');
    throw usageError(`${what}; see --help`);
  }
}
