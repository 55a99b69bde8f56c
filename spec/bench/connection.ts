import { createConnection, type Socket } from 'node:net';
import { isWhole } from './wire';

/** A keep-alive connection with one request under way at a time. */
export interface Connection {
  /** Sends a request; `answered` hears of the whole answer. */
  send(request: Buffer): void;
  close(): void;
}

export interface Listener {
  readonly answered: (bytes: Buffer) => void;
  readonly failed: (error: Error) => void;
}

export function connect(port: number, { answered, failed }: Listener): Promise<Connection> {
  let held: Buffer | undefined;
  const take = (chunk: Buffer): void => {
    const bytes = held ? Buffer.concat([held, chunk]) : chunk;
    if (isWhole(bytes)) {
      held = undefined;
      answered(bytes);
    } else {
      held = Buffer.from(bytes);
    }
  };
  return new Promise((resolve, reject) => {
    const callback = (size: number, buffer: Uint8Array): boolean => {
      take(buffer.subarray(0, size) as Buffer);
      return true;
    };
    const socket: Socket = createConnection({ port, host: '127.0.0.1', noDelay: true, onread: { buffer: Buffer.allocUnsafeSlow(65_536), callback } });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      const lost = (error?: unknown): void => { failed(error instanceof Error ? error : new Error('the server closed a connection')); };
      socket.on('error', lost).on('close', lost);
      resolve({
        send: (request) => socket.write(request),
        close: () => socket.off('close', lost).destroy(),
      });
    });
  });
}
