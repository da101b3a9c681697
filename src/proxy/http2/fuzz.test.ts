import { describe, expect, test } from 'bun:test';
import { FakeClock } from '../../ports/testing/index.ts';
import type { AcceptRequest } from '../http/halves.ts';
import { Dice } from '../http1/testing/dice.ts';
import { HELD_BYTES, OUTPUT_LIMIT_BYTES } from '../limits.ts';
import type { Runtime } from '../runtime.ts';
import { requestHead } from '../testing/heard-answer.ts';
import { FUZZ_INPUTS } from '../testing/run-size.ts';
import { startRuntime } from '../testing/runtime.ts';
import { Turn } from '../turn.ts';
import { Http2Client } from './client.ts';
import type { Connection } from './connection.ts';
import { FrameReader } from './frame-reader.ts';
import { Http2Server } from './index.ts';
import { FakeSocket } from './testing/fake-socket.ts';
import { FickleAnswer, FickleRequest } from './testing/fickle.ts';
import { hostileFrames } from './testing/hostile-frames.ts';
import { MAX_FRAME_BYTES, PREFACE } from './wire.ts';

const SEED = 9113;
/** Far less than any machine does. */
const INPUTS_PER_SECOND = 2_000;
const TIMEOUT_MS = (FUZZ_INPUTS / INPUTS_PER_SECOND) * 1_000 + 5_000;
const NEVER = Number.POSITIVE_INFINITY;

/** A runtime whose turns end when the test says so. */
class Stage {
  readonly clock = new FakeClock();
  readonly runtime: Runtime;
  #ends: (() => void)[] = [];

  constructor() {
    const runtime = startRuntime(this.clock);
    const sockets = { ...runtime.sockets, afterEvents: (end: () => void) => this.#ends.push(end) };
    this.runtime = { ...runtime, turn: new Turn(sockets, runtime.log) };
  }

  endTurn(): void {
    for (const end of this.#ends.splice(0)) end();
  }
}

const socketOf = (dice: Dice): FakeSocket =>
  new FakeSocket((length) => (dice.onceIn(4) ? dice.below(length + 1) : length));

/** What was written is frames, whatever came. */
function checkOutput(socket: FakeSocket, isClient: boolean): void {
  let problem: string | undefined;
  const reader = new FrameReader(
    {
      frame: () => true,
      data: () => true,
      content: () => true,
      unreadable: (_, reason) => {
        problem = reason;
      },
    },
    MAX_FRAME_BYTES,
  );
  const bytes = Buffer.concat(socket.written);
  reader.read(bytes, isClient ? Math.min(bytes.length, PREFACE.length) : 0);
  if (problem !== undefined) throw new Error(`frames that are none were written: ${problem}`);
}

/** Lets one hostile peer speak, in pieces, and its connection die. */
function converse(
  stage: Stage,
  dice: Dice,
  connection: Connection,
  socket: FakeSocket,
  act: () => void,
) {
  const isClient = connection instanceof Http2Client;
  const bytes = hostileFrames(dice, !isClient);
  let from = 0;
  for (const to of [...dice.cuts(bytes.length, 4), bytes.length]) {
    if (socket.terminated) break;
    connection.received(Buffer.from(bytes.subarray(from, to)));
    from = to;
    act();
    if (dice.onceIn(2)) stage.endTurn();
    if (socket.blocked && dice.onceIn(2)) connection.drained();
    if (dice.onceIn(20)) stage.clock.advance(dice.below(40_000));
    if (dice.onceIn(40)) connection.drain();
  }
  if (!socket.terminated && dice.onceIn(4)) connection.ended();
  const { heldBytes } = stage.runtime.census;
  if (heldBytes > OUTPUT_LIMIT_BYTES + HELD_BYTES) throw new Error(`${heldBytes} held`);
  connection.closed();
  stage.endTurn();
  if (dice.onceIn(8)) checkOutput(socket, isClient);
}

function settled(stage: Stage): boolean {
  return Object.values(stage.runtime.census.report()).every((count) => count === 0);
}

describe('a hostile peer breaks nothing, and leaves nothing behind', () => {
  test(
    'as a client',
    () => {
      const stage = new Stage();
      const dice = new Dice(SEED);
      let heard = 0;
      for (let input = 0; input < FUZZ_INPUTS; input++) {
        const requests: FickleRequest[] = [];
        const accept: AcceptRequest = (head, client, ended) => {
          const request = new FickleRequest(head, client, ended);
          requests.push(request);
          if (dice.onceIn(3)) request.act(dice);
          return request;
        };
        const socket = socketOf(dice);
        stage.runtime.census.clients += 1;
        const options = { endsAtMs: NEVER, isSidecar: dice.onceIn(2) };
        const server = new Http2Server(stage.runtime, socket.asSocket, accept, () => {}, options);
        server.start();
        const act = () => {
          for (const request of requests) request.act(dice);
        };
        converse(stage, dice, server, socket, act);
        heard += requests.length;
        if (!settled(stage))
          throw new Error(`input ${input}: ${JSON.stringify(stage.runtime.census)}`);
      }
      expect(heard).toBeGreaterThan(FUZZ_INPUTS / 2);
    },
    TIMEOUT_MS,
  );

  test(
    'as a server',
    () => {
      const stage = new Stage();
      const dice = new Dice(SEED + 1);
      let heard = 0;
      for (let input = 0; input < FUZZ_INPUTS; input++) {
        const answers: FickleAnswer[] = [];
        const socket = socketOf(dice);
        const options = { peer: undefined, freed: () => {}, gone: () => {} };
        const client = new Http2Client(stage.runtime, socket.asSocket, options);
        const open = () => {
          const method = dice.pick(['GET', 'HEAD', 'POST', 'CONNECT']);
          const answer = new FickleAnswer(
            requestHead(method, '/', [], dice.onceIn(8) ? 'websocket' : undefined),
          );
          const half = client.open(answer);
          if (half === undefined) return;
          answer.leased(half);
          answers.push(answer);
          answer.act(dice); // an exchange sends its head at once
        };
        for (let count = dice.below(6); count >= 0; count--) open();
        const act = () => {
          for (const answer of answers) answer.act(dice);
          if (dice.onceIn(3)) open();
        };
        converse(stage, dice, client, socket, act);
        heard += answers.filter(({ head }) => head !== undefined).length;
        if (!settled(stage))
          throw new Error(`input ${input}: ${JSON.stringify(stage.runtime.census)}`);
      }
      expect(heard).toBeGreaterThan(FUZZ_INPUTS / 10);
    },
    TIMEOUT_MS,
  );
});
