import type { IncomingMessage } from 'node:http';
import { PlatformError } from './errors.ts';
import { isOutside, type Networks } from './outside-addresses.ts';

export interface OutsideQuestion {
  readonly url: string;
  /** Networks that may be reached although they are not of the world. */
  readonly allowed: Networks;
  readonly maxBytes: number;
  /** For all of it: name, connection and answer. */
  readonly timeoutMs: number;
  /** Whom certificates of servers are believed by, PEM; left out: whom this host believes. */
  readonly caPem?: string;
  /** The addresses of a name; left out: as this host finds them. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
}

/** Addresses of one name that are tried, in the order in which the resolver gives them. */
const MAX_TRIES = 3;

/**
 * Asks an HTTPS server whose address others chose (GET), and gives its answer of status 200. The name is
 * looked up once, and the connection goes to the address that was judged: a second answer of the resolver
 * cannot lead inside. The server proves the name of the URL; redirects are not followed.
 *
 * @throws PlatformError OUTSIDE_REFUSED (where it leads), OUTSIDE_UNREADABLE (what it answers), CONNECTION_FAILED
 */
export async function askOutside(question: OutsideQuestion): Promise<string> {
  const url = outsideUrl(question.url);
  const signal = AbortSignal.timeout(question.timeoutMs);
  const name = url.hostname.replace(/^\[|\]$/g, '');
  const addresses = await settled(question.resolve ?? lookUp, name, signal);
  const outside = addresses.filter((address) => isOutside(address, question.allowed));
  if (outside.length === 0) {
    const found = addresses.join(', ') || 'nowhere';
    throw new PlatformError('OUTSIDE_REFUSED', `${name} leads to ${found}, which is not outside`);
  }
  let failure: unknown;
  for (const address of outside.slice(0, MAX_TRIES)) {
    try {
      return await ask(url, address, question, signal);
    } catch (error) {
      if (error instanceof PlatformError) throw error;
      failure = error;
    }
  }
  throw failed(url, failure);
}

function outsideUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' && url.username === '' && url.password === '') return url;
  throw new PlatformError('OUTSIDE_REFUSED', `'${text}' is no https URL without a user`);
}

const failed = (url: URL, cause: unknown): PlatformError =>
  new PlatformError('CONNECTION_FAILED', `${url.host} gave no answer`, { cause });

async function lookUp(name: string): Promise<readonly string[]> {
  const { lookup } = await import('node:dns/promises');
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

async function settled(
  resolve: (name: string) => Promise<readonly string[]>,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('it took too long')), { once: true });
  });
  try {
    return await Promise.race([resolve(name), late]);
  } catch (cause) {
    throw new PlatformError('CONNECTION_FAILED', `the address of ${name} is not found`, { cause });
  }
}

async function ask(
  url: URL,
  address: string,
  { caPem, maxBytes }: OutsideQuestion,
  signal: AbortSignal,
): Promise<string> {
  const { request } = await import('node:https'); // loaded when there is somebody to ask
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const family = address.includes(':') ? 6 : 4;
  const asked = request(
    url,
    {
      agent: false,
      signal,
      rejectUnauthorized: true, // whatever the environment says: who answers says who people are
      headers: { accept: 'application/json', 'accept-encoding': 'identity' },
      ...(caPem === undefined ? {} : { ca: caPem }),
      lookup: (_name, { all }, found) =>
        all === true ? found(null, [{ address, family }]) : found(null, address, family),
    },
    (answer) => {
      read(answer, url, maxBytes).then(resolve, reject);
    },
  );
  asked.on('error', reject);
  asked.end();
  try {
    return await promise;
  } finally {
    asked.destroy();
  }
}

async function read(answer: IncomingMessage, url: URL, maxBytes: number): Promise<string> {
  const unreadable = (problem: string) =>
    new PlatformError('OUTSIDE_UNREADABLE', `the answer of ${url.host} ${problem}`);
  if (answer.statusCode !== 200) throw unreadable(`has the status ${answer.statusCode}`);
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer) {
    const piece = Buffer.from(part);
    bytes += piece.length;
    if (bytes > maxBytes) throw unreadable(`has more than ${maxBytes} bytes`);
    parts.push(piece);
  }
  return Buffer.concat(parts).toString('utf8');
}
