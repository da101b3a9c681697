import type { Log, Peer } from '../../../src/ports/index.ts';
import { SimTimer } from '../clock.ts';
import { contentDigest } from '../trace.ts';
import type { Link } from './connection.ts';
import { MAX_EXCHANGE_BYTES, MAX_EXCHANGES, MAX_EXCHANGES_PER_PEER } from './limits.ts';
import { EXCHANGE_BYTES } from './wire-cost.ts';

type Answer = (request: Uint8Array, from: Peer) => Promise<Uint8Array>;

/** Of one protocol: who answers, and for whom it does so now. */
interface Service {
  readonly protocol: string;
  readonly answer: Answer;
  /** One entry for each request that is being answered. */
  readonly running: Link[];
}

/** An answer, or why there is none. */
type Outcome = Uint8Array | Error;

/** A question under way, as its asker sees it; what comes after its end is ignored. */
interface Question {
  readonly link: Link;
  end(outcome: Outcome): void;
}

/** What one member asks and answers: one request and one answer per stream. */
export class Exchanges {
  readonly #log: Log;
  readonly #services = new Map<string, Service>();
  readonly #questions = new Set<Question>();

  constructor(log: Log) {
    this.#log = log;
  }

  serve(protocol: string, answer: Answer): void {
    this.#services.set(protocol, { protocol, answer, running: [] });
  }

  ask(link: Link, protocol: string, request: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    const end = (outcome: Outcome): void => {
      if (!this.#questions.delete(question)) return;
      timer.cancel();
      if (!(outcome instanceof Error)) resolve(outcome);
      else reject(new Error(`${link.peer.name}, ${protocol}: ${outcome.message}`));
    };
    const question = { link, end };
    this.#questions.add(question);
    const late = (): void => end(new Error(`no answer within ${timeoutMs} ms`));
    const timer = new SimTimer(link.own.process, timeoutMs, late, false);
    const send = (): void => {
      link.send('request', EXCHANGE_BYTES + request.length, {
        digest: contentDigest(request),
        arrive: (at) => at.own.exchanges.#asked(at, protocol, request, question),
      });
    };
    new SimTimer(link.own.process, link.roundTripMs, send, false); // the stream is negotiated first
    return promise;
  }

  /** A connection ended, and its questions with it. */
  lost(link: Link): void {
    for (const question of this.#questions) {
      if (question.link === link) question.end(new Error('the connection ended'));
    }
  }

  #asked(from: Link, protocol: string, request: Uint8Array, question: Question): void {
    const service = this.#services.get(protocol);
    if (service === undefined) {
      respond(from, question, new Error('it does not serve that'));
      return;
    }
    const ofPeer = service.running.filter((link) => link === from).length;
    if (service.running.length >= MAX_EXCHANGES || ofPeer >= MAX_EXCHANGES_PER_PEER) {
      respond(from, question, new Error('it answers too many requests already'));
      return;
    }
    service.running.push(from);
    const end = (outcome: Outcome): void => {
      service.running.splice(service.running.indexOf(from), 1);
      respond(from, question, outcome);
    };
    service.answer(request, from.peer).then(
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

function respond(from: Link, question: Question, outcome: Outcome): void {
  const bytes = outcome instanceof Error ? new Uint8Array() : outcome;
  from.send('request', bytes.length, {
    digest: contentDigest(bytes),
    arrive: () => question.end(outcome),
  });
}
