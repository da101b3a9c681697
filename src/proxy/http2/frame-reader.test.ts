import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { FrameReader } from './frame-reader.ts';
import { data, frame, latin1, ping } from './testing/frames.ts';
import { FLAG, FRAME } from './wire.ts';

const MAX_PAYLOAD_BYTES = 1_000;

/** Reads these pieces one after another; what was heard, content in one piece. */
function heard(...pieces: readonly Buffer[]): { events: string[]; reader: FrameReader } {
  const events: string[] = [];
  let content = '';
  const reader = new FrameReader(
    {
      frame: (type, flags, id, bytes, from, to) => {
        events.push(`frame ${type} ${flags} ${id} '${bytes.toString('latin1', from, to)}'`);
        return !events.at(-1)?.includes('stop');
      },
      data: (id, weight, padding) => {
        events.push(`data ${id} ${weight} ${padding}`);
        return true;
      },
      content: (bytes, from, to, last, ended) => {
        content += bytes.toString('latin1', from, to);
        if (last) events.push(`content '${content}'${ended ? ' ended' : ''}`);
        if (last) content = '';
        return true;
      },
      unreadable: (code, reason) => events.push(`unreadable ${code} ${reason}`),
    },
    MAX_PAYLOAD_BYTES,
  );
  for (const piece of pieces) {
    const bytes = Buffer.from(piece);
    reader.read(bytes, 0);
    bytes.fill(0); // as the runtime reuses its buffer
  }
  return { events, reader };
}

const type = fc.integer({ min: 0, max: 12 });
const text = fc.string({ maxLength: 40 }).map(latin1);
const anyFrame = fc.oneof(
  fc.tuple(type, fc.nat(255), fc.nat(9), text).map(([kind, flags, id, payload]) => {
    const padded = kind === FRAME.DATA && (flags & FLAG.PADDED) !== 0;
    return padded ? data(id, 'padded') : frame(kind, flags, id, payload);
  }),
  fc
    .tuple(text, fc.nat(20), fc.boolean())
    .map(([payload, padding, ended]) =>
      frame(
        FRAME.DATA,
        FLAG.PADDED | (ended ? FLAG.END_STREAM : 0),
        1,
        Buffer.concat([Buffer.from([padding]), payload, Buffer.alloc(padding)]),
      ),
    ),
);

describe('frames', () => {
  test('are the same wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyFrame, { maxLength: 8 }),
        fc.array(fc.nat(400), { maxLength: 12 }),
        (frames, cuts) => {
          const bytes = Buffer.concat(frames);
          const pieces = [...cuts, bytes.length]
            .map((cut) => Math.min(cut, bytes.length))
            .sort((a, b) => a - b)
            .map((cut, index, all) => bytes.subarray(all[index - 1] ?? 0, cut));
          const { events, reader } = heard(...pieces);
          expect(events).toEqual(heard(bytes).events);
          expect(reader.heldBytes).toBe(0);
        },
      ),
      { seed: 91, numRuns: 500 },
    );
  });

  test('of DATA are told of as they begin, with what counts for flow control', () => {
    const padded = frame(FRAME.DATA, FLAG.PADDED | FLAG.END_STREAM, 5, latin1('\x02abc\0\0'));
    expect(heard(padded, data(7, '')).events).toEqual([
      'data 5 6 3',
      "content 'abc' ended",
      'data 7 0 0',
      "content ''",
    ]);
  });

  test('that are not whole are held, but not the content of DATA', () => {
    expect(heard(ping().subarray(0, 12)).reader.heldBytes).toBe(12);
    const { events, reader } = heard(data(1, 'content').subarray(0, 12));
    expect([events, reader.heldBytes]).toEqual([['data 1 7 0'], 0]);
  });

  test('that are too large are noticed by their head alone', () => {
    const large = frame(FRAME.HEADERS, 0, 1, Buffer.alloc(MAX_PAYLOAD_BYTES + 1));
    const { events, reader } = heard(large.subarray(0, 9));
    expect([events, reader.heldBytes]).toEqual([['unreadable 6 frame-too-large'], 0]);
  });

  test('are not read any further once one of them ends the connection', () => {
    const stop = frame(FRAME.GOAWAY, 0, 0, latin1('stop'));
    expect(heard(Buffer.concat([stop, ping(), ping()])).events.length).toBe(1);
    expect(heard(stop, ping()).events.length).toBe(1);
  });
});
