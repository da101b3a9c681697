import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { realClock } from '../../platform/index.ts';
import { SERVICE_HOST } from '../services/service.ts';

/** How something that was open came to its end. */
export interface Ending {
  /** On the monotonic clock. */
  readonly atMs: number;
  /** `whole`: the other side had said all that it had to say. */
  readonly how: 'whole' | 'broken';
}

/** Something that is open for as long as the other side likes. */
export interface HeldOpen {
  /** Undefined while it is open. */
  ending(): Ending | undefined;
  close(): void;
}

class Held {
  #ending: Ending | undefined;

  ended(how: Ending['how']): void {
    this.#ending ??= { atMs: realClock.monotonic(), how };
  }

  readonly ending = (): Ending | undefined => this.#ending;
}

/** A TCP connection on which `words` were said, and nothing more. */
export function holdTcp(port: number, words: string): HeldOpen {
  const held = new Held();
  const socket = connect({ port, host: SERVICE_HOST }, () => socket.write(words));
  socket.on('end', () => held.ended('whole'));
  socket.on('error', () => held.ended('broken'));
  socket.on('close', () => held.ended('broken'));
  socket.resume();
  return { ending: held.ending, close: () => socket.destroy() };
}

/**
 * The answer to a GET, read as it comes. Resolves when its first bytes are here; rejects when none come,
 * or the answer is not 200.
 */
export function holdAnswer(port: number, path: string): Promise<HeldOpen> {
  const held = new Held();
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: SERVICE_HOST, path, agent: false });
    request.on('error', (error) => {
      held.ended('broken');
      reject(error);
    });
    request.on('response', (response) => {
      if (response.statusCode !== 200) reject(new Error(`${path} gave ${response.statusCode}`));
      response.on('data', () => resolve({ ending: held.ending, close: () => request.destroy() }));
      response.on('end', () => held.ended(response.complete ? 'whole' : 'broken'));
      response.on('error', () => held.ended('broken'));
      response.on('close', () => held.ended('broken'));
    });
    request.end();
  });
}
