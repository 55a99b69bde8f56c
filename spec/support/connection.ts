import { once } from 'node:events';
import { connect } from 'node:net';
import type { TestServer } from './app';
import type { Answer } from './http';
import { toAnswer } from './raw';

/** A connection to the server on which bytes go out as they stand. */
export interface Connection {
  write(bytes: string | Buffer): void;
  /** The next answer, an interim one (1xx) too; its body is what Content-Length says. */
  answer(): Promise<Answer>;
  /** Hangs up in the middle of whatever goes on. */
  hangUp(): void;
}

export async function openConnection({ url }: Pick<TestServer, 'url'>): Promise<Connection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding('latin1').setNoDelay();
  await once(socket, 'connect');
  const chunks: AsyncIterator<unknown> = socket[Symbol.asyncIterator]();
  let received = '';
  return {
    write: (bytes) => socket.write(bytes),
    hangUp: () => socket.resetAndDestroy(),
    async answer() {
      for (;;) {
        const end = endOfAnswer(received);
        if (end !== undefined) {
          const raw = received.slice(0, end);
          received = received.slice(end);
          return toAnswer(raw);
        }
        const { done, value } = await chunks.next();
        if (done === true) throw new Error(`the connection ended after ${JSON.stringify(received)}`);
        received += String(value);
      }
    },
  };
}

function endOfAnswer(received: string): number | undefined {
  const head = received.indexOf('\r\n\r\n');
  if (head < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, head))?.[1] ?? '0';
  const end = head + 4 + Number(length);
  return received.length < end ? undefined : end;
}

/** Sends one request and reads its answer, the connection left open as most clients leave it. */
export async function exchange(server: Pick<TestServer, 'url'>, ...pieces: readonly (string | Buffer)[]): Promise<Answer> {
  const connection = await openConnection(server);
  for (const piece of pieces) connection.write(piece);
  return connection.answer();
}

/** The head of a request: these lines, each with its CRLF, and the empty one. */
export const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;

/** A whole request: the lines, the length of the body, the body. */
export const request = (lines: readonly string[], body: string | Buffer = ''): Buffer =>
  Buffer.concat([Buffer.from(head(...lines, `Content-Length: ${String(Buffer.byteLength(body))}`), 'latin1'), Buffer.from(body)]);
