import type { Log, Peer } from '../../../src/ports/index.ts';
import { contentDigest } from '../trace.ts';
import type { Link } from './connection.ts';
import type { Frame } from './lane.ts';
import { MAX_EXCHANGE_BYTES, MAX_EXCHANGES, MAX_EXCHANGES_PER_PEER } from './limits.ts';
import { type Outcome, Question } from './question.ts';

type Answer = (request: Uint8Array, from: Peer) => Promise<Uint8Array>;

/** Of one protocol: who answers, and for whom it does so now. */
interface Service {
  readonly protocol: string;
  readonly answer: Answer;
  /** One entry for each request that is being answered. */
  readonly running: Link[];
}

/** What one member asks and answers: one request and one answer per stream. */
export class Exchanges {
  readonly #log: Log;
  readonly #services = new Map<string, Service>();
  /** Under way, mostly one or none. */
  readonly #questions: Question[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  serve(protocol: string, answer: Answer): void {
    this.#services.set(protocol, { protocol, answer, running: [] });
  }

  async ask(
    link: Link,
    protocol: string,
    request: Uint8Array,
    timeoutMs: number,
  ): Promise<Uint8Array> {
    const question = new Question(link, protocol, request, timeoutMs);
    this.#questions.push(question);
    const outcome = await question.outcome;
    remove(this.#questions, question);
    if (!(outcome instanceof Error)) return outcome;
    throw new Error(`${link.peer.name}, ${protocol}: ${outcome.message}`);
  }

  /** A connection ended, and its questions with it. */
  lost(link: Link): void {
    for (const question of this.#questions) {
      if (question.link === link) question.end(new Error('the connection ended'));
    }
  }

  asked(from: Link, question: Question): void {
    const service = this.#services.get(question.protocol);
    if (service === undefined) {
      respond(from, question, new Error('it does not serve that'));
      return;
    }
    if (isFull(service, from)) {
      respond(from, question, new Error('it answers too many requests already'));
      return;
    }
    service.running.push(from);
    const end = (outcome: Outcome): void => {
      remove(service.running, from);
      respond(from, question, outcome);
    };
    service.answer(question.request, from.peer).then(
      (answer) =>
        end(answer.length > MAX_EXCHANGE_BYTES ? new Error('its answer is too large') : answer),
      (error: unknown) => {
        const { protocol } = service;
        this.#log.warn('request not answered', { protocol, peer: from.peer.name, error });
        end(new Error('no answer'));
      },
    );
  }
}

function isFull({ running }: Service, from: Link): boolean {
  if (running.length >= MAX_EXCHANGES) return true;
  let ofPeer = 0;
  for (const link of running) if (link === from) ofPeer++;
  return ofPeer >= MAX_EXCHANGES_PER_PEER;
}

/** Of what is in no order, and holds it. */
function remove<T>(all: T[], one: T): void {
  const last = all.pop();
  if (last !== undefined && last !== one) all[all.indexOf(one)] = last;
}

function respond(from: Link, question: Question, outcome: Outcome): void {
  const bytes = outcome instanceof Error ? NOTHING : outcome;
  const frame: Frame = { digest: contentDigest(bytes), arrive: () => question.end(outcome) };
  from.send('request', bytes.length, frame);
}

const NOTHING = new Uint8Array();
