import { Field } from '../../http/field.ts';
import type { ServerLoss } from '../../http/halves.ts';
import type { Dice } from '../../http1/testing/dice.ts';
import { HeardAnswer } from '../../testing/heard-answer.ts';
import { answerHead, HeardRequest } from '../../testing/heard-request.ts';

const BYTES = Buffer.alloc(100_000, 'z');
const SIZES = [0, 1, 500, 20_000, 100_000];
const TRAILERS = [new Field('grpc-status', '0')];

/** In place of an exchange at a client's half: does anything that one may do, at any time. */
export class FickleRequest extends HeardRequest {
  #answered = false;
  #over = false;

  act(dice: Dice): void {
    const { client } = this;
    if (this.gone || this.#over) return;
    const size = dice.pick(SIZES);
    const ended = dice.onceIn(3);
    const act = dice.below(8);
    if (act === 0) client.hold();
    else if (act === 1) client.release();
    else if (act === 2) {
      this.#over = true;
      client.breakOff();
    } else if (act === 3 && !this.#answered) client.inform(answerHead(103));
    else if (!this.#answered) {
      this.#answered = true;
      this.#over = ended;
      client.answer(answerHead(dice.pick([200, 204, 404, 101])), [], ended);
    } else if (act === 4) {
      this.#over = true;
      client.trailers(TRAILERS);
    } else {
      this.#over = ended;
      client.send(BYTES, 0, size, ended);
    }
  }
}

/** The same at a server's half. */
export class FickleAnswer extends HeardAnswer {
  #requested = false;
  #sent = false;
  #over = false;

  /** A connection may be cut after one direction has ended. */
  override serverLost(loss: ServerLoss): void {
    if (this.request.method === 'CONNECT') this.loss = loss;
    else super.serverLost(loss);
  }

  act(dice: Dice): void {
    const { server } = this;
    if (server === undefined || this.#over || this.loss !== undefined) return;
    const ended = dice.onceIn(3);
    const act = dice.below(6);
    if (!this.#requested) {
      this.#requested = true;
      this.#sent = ended;
      server.request(this.request, [], ended);
    } else if (act === 0) server.hold();
    else if (act === 1) server.release();
    else if (act === 2) {
      this.#over = true;
      server.cancel();
    } else if (this.#sent) return;
    else if (act === 3) {
      this.#sent = true;
      server.trailers(TRAILERS);
    } else {
      this.#sent = ended;
      server.send(BYTES, 0, dice.pick(SIZES), ended);
    }
  }
}
