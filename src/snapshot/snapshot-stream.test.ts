import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Timer } from '../ports/index.ts';
import { FakeClock } from '../ports/testing/index.ts';
import {
  encodeMessage,
  MessageStream,
  type NodeMessage,
  type Snapshot,
  SnapshotReader,
  SnapshotTeller,
  type StreamFault,
  snapshotDigest,
} from './index.ts';
import { CHANGES_MISSED, TELLING_PERIOD_MS, WHOLES_ASKED_FOR } from './limits.ts';
import { anySnapshots, endpointAt, serviceWith, snapshotWith } from './testing/index.ts';

class CountedClock extends FakeClock {
  /** Timers that were neither due nor cancelled yet. */
  running = 0;

  override after(delayMs: number, run: () => void): Timer {
    this.running += 1;
    const timer = super.after(delayMs, () => {
      this.running -= 1;
      run();
    });
    const cancel = () => {
      this.running -= 1;
      timer.cancel();
    };
    return { cancel };
  }
}

/** A node and a sidecar; `passes` says what becomes of each message between them. */
class Pair {
  readonly clock = new CountedClock();
  readonly faults: StreamFault[] = [];
  readonly sent: NodeMessage[] = [];
  readonly taken: Snapshot[] = [];
  passes: (message: NodeMessage) => readonly NodeMessage[] = (message) => [message];
  now: Snapshot = snapshotWith([]);
  readonly #stream = MessageStream.ofNode();
  #asks = false;
  readonly reader = new SnapshotReader((fault) => {
    this.faults.push(fault);
    this.#asks = true;
  });
  readonly teller: SnapshotTeller;

  constructor(followsDeltas = true) {
    this.teller = new SnapshotTeller({
      clock: this.clock,
      followsDeltas,
      next: () => this.now,
      send: (message) => {
        this.sent.push(message);
        for (const passed of this.passes(message)) this.#deliver(passed);
      },
      failed(error) {
        throw error;
      },
    });
  }

  become(snapshot: Snapshot): void {
    this.now = snapshot;
    this.teller.changed();
    this.settle();
  }

  /** Until a sidecar may be told again, and what it asks for meanwhile. */
  settle(): void {
    for (let [wanted, turns] = [true, 0]; wanted; turns += 1) {
      if (turns > 2 * WHOLES_ASKED_FOR) throw new Error('it asks without end');
      this.clock.advance(TELLING_PERIOD_MS);
      wanted = this.#asks;
      this.#asks = false;
      if (wanted) this.teller.wholeWanted();
    }
  }

  #deliver(message: NodeMessage): void {
    const read = this.#stream.push(encodeMessage(message));
    if (!read.ok) throw new Error(read.error);
    for (const one of read.value) {
      if (one.type !== 'snapshot' && one.type !== 'delta') continue;
      const snapshot = this.reader.take(one);
      if (snapshot !== undefined) this.taken.push(snapshot);
    }
  }
}

const at = (port: number): Snapshot =>
  snapshotWith([
    serviceWith(
      'shop/a',
      ['a', 'b', 'c'].map((id, n) => endpointAt(id, n === 1 ? port : 9)),
    ),
  ]);
const kinds = ({ sent }: Pair) => sent.map(({ type }) => type);

/** A pair that has told the whole and one change. */
function begun(): Pair {
  const pair = new Pair();
  pair.become(at(1));
  pair.become(at(2));
  expect([kinds(pair), pair.taken.at(-1)]).toEqual([['snapshot', 'delta'], at(2)]);
  return pair;
}

describe('what is lost on the way is noticed, and healed by the whole:', () => {
  const once = (change: (message: NodeMessage) => readonly NodeMessage[]) => {
    const pair = begun();
    pair.passes = (message) => {
      pair.passes = (next) => [next];
      return change(message);
    };
    return pair;
  };
  const after = (pair: Pair): void => {
    pair.become(at(3));
    pair.become(at(4));
    expect(pair.taken.at(-1)).toEqual(at(4));
  };

  test('a message that does not come', () => {
    const pair = once(() => []);
    after(pair);
    expect(pair.faults).toEqual(['gap']);
    expect(kinds(pair)).toEqual(['snapshot', 'delta', 'delta', 'delta', 'snapshot']);
    expect(pair.taken).toEqual([at(1), at(2), at(4)]);
  });

  test('one that comes twice', () => {
    const pair = once((message) => [message, message]);
    after(pair);
    expect(pair.faults).toEqual(['gap']);
  });

  test('two that change places', () => {
    const pair = begun();
    let held: NodeMessage | undefined;
    pair.passes = (message) => {
      const first = held;
      held = message;
      if (first === undefined) return [];
      pair.passes = (next) => [next];
      return [message, first];
    };
    after(pair);
    expect(pair.faults).toEqual(['gap']);
  });

  test('an endpoint, a digest, or a service that is another on arrival', () => {
    const damages: readonly ((text: string) => string)[] = [
      (text) => text.replace('"port":3', '"port":5'),
      (text) => text.replace(/"digest":"[0-9a-f]{4}/, '"digest":"0000'),
      (text) => text.replace('"shop/a"', '"shop/b"'),
    ];
    const faults = damages.flatMap((damage) => {
      const pair = once((message) => [JSON.parse(damage(JSON.stringify(message)))]);
      after(pair);
      expect(pair.taken).toEqual([at(1), at(2), at(3), at(4)]);
      return pair.faults;
    });
    expect(faults).toEqual(['digest', 'digest', 'unfit']);
  });

  test('the whole itself', () => {
    const pair = begun();
    pair.passes = ({ number = 0, ...message }: { number?: number } & NodeMessage) =>
      message.type === 'delta' && number > 3 ? [{ ...message, number }] : [];
    for (let port = 3; port < 4 + CHANGES_MISSED; port += 1) pair.become(at(port));
    expect([pair.faults, pair.taken.at(-1)]).toEqual([['gap'], at(2)]);
    pair.passes = (message) => [message];
    pair.become(at(100));
    expect([pair.faults, pair.taken.at(-1)]).toEqual([['gap', 'gap'], at(100)]);
  });

  test('a whole that is another on arrival', () => {
    const pair = new Pair();
    pair.passes = (message) => {
      pair.passes = (next) => [next];
      return [JSON.parse(JSON.stringify(message).replace('"port":1', '"port":5'))];
    };
    pair.become(at(1));
    expect([pair.faults, pair.taken]).toEqual([['digest'], [at(1)]]);
  });

  test('a change that comes before any whole', () => {
    const pair = new Pair();
    pair.passes = () => [];
    pair.become(at(1));
    pair.passes = (message) => [message];
    pair.become(at(2));
    expect([pair.faults, pair.taken]).toEqual([['gap'], [at(2)]]);
  });
});

test('whatever is lost, doubled, late or damaged, nothing is used that the node never meant, and the last is', () => {
  // Each costs two wholes at most, and of these there are only so many.
  const faulty = fc.constantFrom('lost', 'doubled', 'late', 'damaged');
  const fates = fc.dictionary(fc.nat({ max: 20 }).map(String), faulty, {
    maxKeys: WHOLES_ASKED_FOR / 2,
  });
  const property = fc.property(anySnapshots, fates, (snapshots, fate) => {
    const pair = new Pair();
    let late: NodeMessage[] = [];
    let n = 0;
    pair.passes = (message) => {
      const [before, is] = [late, fate[String(n)]];
      n += 1;
      late = is === 'late' ? [message] : [];
      if (is === 'lost' || is === 'late') return before;
      if (is === 'doubled') return [message, ...before, message];
      return [is === 'damaged' ? damaged(message) : message, ...before];
    };
    for (const snapshot of snapshots) pair.become(snapshot);
    pair.passes = (message) => [message];
    const calm = Array.from({ length: CHANGES_MISSED + 1 }, (_, n) => ({
      ...pair.now,
      trustVersion: 100 + n,
    }));
    for (const snapshot of calm) pair.become(snapshot);
    const meant = new Set([...snapshots, ...calm].map((each) => snapshotDigest(each)));
    expect(pair.taken.every((each) => meant.has(snapshotDigest(structuredClone(each))))).toBe(true);
    expect(pair.taken.at(-1)).toEqual(pair.now);
  });
  fc.assert(property, { seed: 13, numRuns: 100 });
});

function damaged(message: NodeMessage): NodeMessage {
  const text = JSON.stringify(message).replace(
    /"(port|trustVersion|requestTimeoutMs)":(\d)/,
    '"$1":7',
  );
  return JSON.parse(text);
}

describe('telling', () => {
  test('is done at once, then ten times a second with all that came meanwhile, and at last as it is', () => {
    const pair = new Pair();
    for (let n = 1; n <= 1_000; n += 1) {
      pair.now = at(n);
      pair.teller.changed();
      if (n === 1) expect(pair.sent).toHaveLength(1);
      pair.clock.advance(1);
    }
    expect(pair.sent).toHaveLength(11);
    pair.clock.advance(10_000);
    expect([pair.sent.length, pair.taken.at(-1)]).toEqual([11, at(1_000)]);
  });

  test('of what is the same again says nothing', () => {
    const pair = begun();
    pair.become(structuredClone(at(2)));
    pair.now = at(3);
    pair.teller.changed();
    pair.now = at(4);
    pair.teller.changed();
    pair.become(at(3));
    expect(kinds(pair)).toEqual(['snapshot', 'delta', 'delta']);
  });

  test('stops with the session', () => {
    const pair = begun();
    pair.now = at(3);
    pair.teller.changed();
    pair.now = at(4);
    pair.teller.changed();
    pair.teller.stop();
    expect([pair.taken.at(-1), pair.clock.running]).toEqual([at(3), 0]);
  });

  test('a sidecar of an older version is told the whole each time, and asks for nothing', () => {
    const pair = new Pair(false);
    pair.become(at(1));
    pair.become(at(2));
    expect(pair.teller.wholeWanted()).toBe(false);
    expect(pair.sent).toEqual([1, 2].map((port) => ({ type: 'snapshot', snapshot: at(port) })));
    expect([pair.taken, pair.faults]).toEqual([[at(1), at(2)], []]);
  });

  test('that never fits ends in wholes without a digest, and not in questions without end', () => {
    const pair = begun();
    pair.passes = (message) => [
      JSON.parse(JSON.stringify(message).replace(/"digest":"..../, '"digest":"0000')),
    ];
    pair.become(at(3));
    expect(pair.faults).toHaveLength(WHOLES_ASKED_FOR + 1);
    pair.become(at(4));
    expect(pair.taken).toEqual([at(1), at(2), at(3), at(4)]);
    expect(pair.faults).toHaveLength(WHOLES_ASKED_FOR + 1);
  });
});
