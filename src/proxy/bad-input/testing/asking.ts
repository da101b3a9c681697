import { type Conversation, startConversation } from '../../http2/testing/index.ts';
import { type HeardAnswer, requestHead } from '../../testing/heard-answer.ts';
import { RawClient } from '../../testing/index.ts';

/** What a test's client asks for. */
export interface Question {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Of a POST: all of its content came, or a part of it, and the rest never does. */
  readonly content?: 'whole' | 'part';
}

/** The answer to one question as its client sees it so far. */
export interface Asked {
  readonly status: number | undefined;
  /** `x-selvage-reason` */
  readonly reason: string | undefined;
  readonly content: string;
  /** `broken`: the client knows that this is not all of it. Undefined: more may come. */
  readonly outcome: 'whole' | 'broken' | undefined;
}

/** A client with one connection to its sidecar, in whichever protocol. */
export interface Asker {
  ask(question: Question): Asked;
  /** Takes the question that it asked last back. */
  leave(): void;
  /** Gone, or about to be: the next question needs another connection. */
  readonly isClosed: boolean;
  stop(): Promise<void> | void;
}

export type ClientProtocol = 'HTTP/1.1' | 'HTTP/2';

/** Of a POST's content. */
const WHOLE = 'hello world';
const PART = 'hello';

export const startAsker = async (protocol: ClientProtocol, port: number): Promise<Asker> =>
  protocol === 'HTTP/1.1'
    ? new Http1Asker(await RawClient.connect(port))
    : new Http2Asker(await startConversation(port));

class Http1Asker implements Asker {
  readonly #client: RawClient;
  #left = false;

  constructor(client: RawClient) {
    this.#client = client;
  }

  ask({ method, path, content = 'whole' }: Question): Asked {
    const from = this.#client.text.length;
    const sent = content === 'whole' ? WHOLE : PART;
    const rest = method === 'GET' ? '\r\n' : `content-length: ${WHOLE.length}\r\n\r\n${sent}`;
    this.#client.send(`${method} ${path} HTTP/1.1\r\nhost: web\r\n${rest}`);
    return new Http1Asked(this.#client, from);
  }

  leave(): void {
    this.#left = true;
    this.#client.reset();
  }

  get isClosed(): boolean {
    const { ended, closed, text } = this.#client;
    return this.#left || ended || closed || text.includes('\r\nconnection: close\r\n');
  }

  stop(): void {
    this.#client.reset();
  }
}

class Http1Asked implements Asked {
  readonly #client: RawClient;
  readonly #from: number;

  constructor(client: RawClient, from: number) {
    this.#client = client;
    this.#from = from;
  }

  /** Without informational answers. */
  get #text(): string {
    const text = this.#client.text.slice(this.#from);
    return text.replace(/^(HTTP\/1\.1 1\d\d .*\r\n(.+\r\n)*\r\n)+/, '');
  }

  get #head(): string {
    const end = this.#text.indexOf('\r\n\r\n');
    return end < 0 ? '' : this.#text.slice(0, end + 2);
  }

  #field(name: string): string | undefined {
    return new RegExp(`\r\n${name}: (.*)\r\n`).exec(this.#head)?.[1];
  }

  get status(): number | undefined {
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(this.#head)?.[1];
    return status === undefined ? undefined : Number(status);
  }

  get reason(): string | undefined {
    return this.#field('x-selvage-reason');
  }

  get #body(): string {
    return this.#head === '' ? '' : this.#text.slice(this.#head.length + 2);
  }

  get content(): string {
    return this.#field('transfer-encoding') === undefined
      ? this.#body
      : this.#body.replaceAll(/[0-9a-f]+\r\n([^\r]*)\r\n/g, '$1').replace(/\r\n$/, '');
  }

  get outcome(): 'whole' | 'broken' | undefined {
    const { closed, ended } = this.#client;
    if (this.#isWhole) return 'whole';
    return closed || ended ? 'broken' : undefined;
  }

  get #isWhole(): boolean {
    if (this.#head === '') return false;
    const length = this.#field('content-length');
    if (length !== undefined) return this.#body.length === Number(length);
    return /(^|\r\n)0\r\n(.*\r\n)*\r\n$/.test(this.#body);
  }
}

class Http2Asker implements Asker {
  readonly #conversation: Conversation;
  #last: HeardAnswer | undefined;

  constructor(conversation: Conversation) {
    this.#conversation = conversation;
  }

  ask({ method, path, content = 'whole' }: Question): Asked {
    const fields = method === 'GET' ? [] : ([['content-length', String(WHOLE.length)]] as const);
    const answer = this.#conversation.open(requestHead(method, path, fields));
    this.#last = answer.ask(method === 'GET');
    if (method === 'POST') answer.send(content === 'whole' ? WHOLE : PART, content === 'whole');
    return {
      get status() {
        return answer.head?.status;
      },
      get reason() {
        return answer.head?.meshReason;
      },
      get content() {
        return answer.content;
      },
      get outcome() {
        if (answer.ended) return 'whole';
        return answer.loss === undefined ? undefined : 'broken';
      },
    };
  }

  leave(): void {
    this.#last?.server?.cancel();
  }

  get isClosed(): boolean {
    return !this.#conversation.client.isLasting;
  }

  stop(): Promise<void> {
    return this.#conversation.stop();
  }
}
