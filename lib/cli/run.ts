import { parseArgs } from 'node:util';
import { isUsageError, usageError, type Command, type Outcome, type Terminal } from './command';
import { doctor } from './doctor';
import { keys } from './keys';
import { hash, secret } from './secret';
import { token } from './token';

const COMMANDS: Readonly<Record<string, Command>> = { keys, secret, hash, token, doctor };
const NAME = 'express-token-endpoint';

/** What to print where, and the exit code: 0 done, 1 something is wrong, 2 the call was. */
export interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export async function runCli(argv: readonly string[], terminal: Terminal): Promise<Result> {
  const [name, ...args] = argv;
  if (name === undefined || name === '--help' || name === 'help') return { code: name === undefined ? 2 : 0, out: help(), err: '' };
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) return { code: 2, out: '', err: `${NAME}: there is no command ${JSON.stringify(name)}; see --help` };
  try {
    const { values, positionals } = readArguments(command, args);
    if (values.help === true) return { code: 0, out: `${NAME} ${command.usage} [--json]\n  ${command.summary}`, err: '' };
    const outcome: Outcome = await command.run(values, positionals, terminal);
    return { code: outcome.code ?? 0, out: values.json === true ? JSON.stringify(outcome.json) : outcome.text, err: '' };
  } catch (error) {
    return { code: isUsageError(error) ? 2 : 1, out: '', err: `${NAME} ${name}: ${error instanceof Error ? error.message : 'failed'}` };
  }
}

function readArguments(command: Command, args: readonly string[]): { values: Readonly<Record<string, string | boolean | undefined>>; positionals: readonly string[] } {
  const options = { ...command.options, json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : 'the arguments cannot be read');
  }
}

function help(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const rows = Object.entries(COMMANDS).map(([name, { summary, usage }]) => `  ${name.padEnd(width)}  ${summary}\n  ${' '.repeat(width)}    ${usage}`);
  return `${NAME} COMMAND [--json] [--help]\n\n${rows.join('\n')}`;
}
