import type { Command, Option } from './command';

const NAME = 'express-token-endpoint';

/** Options that every command takes. */
export const COMMON: Readonly<Record<string, Option>> = {
  json: { type: 'boolean', summary: 'answer one line of JSON' },
  help: { type: 'boolean', summary: 'print this' },
};

const CODES = 'Exit codes: 0 done; 1 something is wrong; 2 the command was not understood.';

export function helpOfAll(commands: Readonly<Record<string, Command>>): string {
  const rows = Object.entries(commands).map(([name, { summary, usage }]) => [name, summary, usage] as const);
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.map(([name, summary, usage]) => `  ${name.padEnd(width)}  ${summary}\n  ${' '.repeat(width)}    ${usage}`);
  return `${NAME} COMMAND [--json] [--help] [--version]\n\n${lines.join('\n')}\n\nNo command takes a secret as an argument: everyone on the machine can read those.\n${CODES}`;
}

export function helpOf({ summary, usage, options }: Command): string {
  const rows = Object.entries({ ...options, ...COMMON }).map(([name, { value, summary: meaning }]) => [`--${name}${value === undefined ? '' : ` ${value}`}`, meaning] as const);
  const width = Math.max(...rows.map(([name]) => name.length));
  return `${NAME} ${usage}\n  ${summary}\n\n${rows.map(([name, meaning]) => `  ${name.padEnd(width)}  ${meaning}`).join('\n')}\n\n${CODES}`;
}
