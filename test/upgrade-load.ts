import { connect, type Socket } from 'node:net';

/** Requests that were sent, and why some were not answered with 200. */
export interface Tally {
  answered: number;
  readonly failures: string[];
}

export interface Load {
  readonly tally: Tally;
  /** Lets what is under way finish. */
  stop(): Promise<void>;
}

const ANSWER = /^HTTP\/1\.1 (\d{3})[\s\S]*?\r\ncontent-length: (\d+)\r\n[\s\S]*?\r\n\r\n/i;

/**
 * Clients that ask one request after the other, as fast as they are answered: on one connection each as long as
 * it is kept alive, or on a new one each time. Nothing is asked twice: each failure is one.
 */
export function startLoad(port: number, options: { kept: number; fresh: number }): Load {
  const tally: Tally = { answered: 0, failures: [] };
  let isStopped = false;
  const client = async (keeps: boolean) => {
    let connection: Connection | undefined;
    for (let n = 0; !isStopped; n++) {
      try {
        connection ??= await Connection.open(port);
        const { status, isLast } = await connection.ask(n % 2 === 0, keeps);
        if (status === '200') tally.answered += 1;
        else tally.failures.push(`status ${status}`);
        if (!keeps || isLast) connection = connection.close();
      } catch (error) {
        tally.failures.push(String(error));
        connection = connection?.close();
      }
    }
    connection?.close();
  };
  const clients = [
    ...Array.from({ length: options.kept }, () => client(true)),
    ...Array.from({ length: options.fresh }, () => client(false)),
  ];
  return {
    tally,
    async stop() {
      isStopped = true;
      await Promise.all(clients);
    },
  };
}

/** One client's connection, that has one request at a time. */
class Connection {
  readonly #socket: Socket;
  #text = '';
  #answer: PromiseWithResolvers<{ status: string; isLast: boolean }> | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#read(bytes.toString('latin1')));
    socket.on('error', (error) => this.#answer?.reject(error));
    socket.on('close', () => this.#answer?.reject(new Error(`closed after '${this.#text}'`)));
  }

  static open(port: number): Promise<Connection> {
    const opened = Promise.withResolvers<Connection>();
    const socket = connect(port, '127.0.0.1', () => opened.resolve(new Connection(socket)));
    socket.once('error', opened.reject);
    return opened.promise;
  }

  /** A POST is never sent twice by anybody on its way. */
  ask(posts: boolean, keeps: boolean): Promise<{ status: string; isLast: boolean }> {
    const answer = Promise.withResolvers<{ status: string; isLast: boolean }>();
    this.#answer = answer;
    const head = `${posts ? 'POST' : 'GET'} / HTTP/1.1\r\nHost: web\r\n`;
    const body = posts ? 'Content-Length: 4\r\n\r\nbody' : '\r\n';
    this.#socket.write(`${head}${keeps ? '' : 'Connection: close\r\n'}${body}`);
    return answer.promise.finally(() => {
      this.#answer = undefined;
    });
  }

  close(): undefined {
    this.#socket.destroy();
  }

  #read(text: string): void {
    this.#text += text;
    const [head, status, length] = ANSWER.exec(this.#text) ?? [];
    if (head === undefined || status === undefined) return;
    const end = head.length + Number(length);
    if (this.#text.length < end) return;
    this.#text = this.#text.slice(end);
    this.#answer?.resolve({ status, isLast: /\r\nconnection: close\r\n/i.test(head) });
  }
}
