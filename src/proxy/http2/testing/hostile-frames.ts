import type { Dice } from '../../http1/testing/dice.ts';
import { CODE, FLAG, FRAME, SETTING } from '../wire.ts';
import {
  block,
  data,
  frame,
  GET,
  goAway,
  headers,
  hello,
  type Lines,
  latin1,
  POST,
  ping,
  reset,
  settingsFrame,
  u32,
  windowUpdate,
} from './frames.ts';

type Make = (dice: Dice, streams: Streams) => Buffer;

const OK: Lines = [[':status', '200']];
const REQUESTS: readonly Lines[] = [
  GET,
  POST,
  POST,
  [...POST, ['content-length', '5']],
  [...GET, ['te', 'trailers'], ['cookie', 'a=1'], ['cookie', 'b=2']],
  [...GET, ['x', 'y'.repeat(2_000)]],
  [...GET, ['transfer-encoding', 'chunked']],
  [
    [':method', 'CONNECT'],
    [':authority', 'db:1'],
  ],
  [[':method', 'CONNECT'], [':protocol', 'websocket'], ...GET.slice(1)],
];
const ANSWERS: readonly Lines[] = [
  OK,
  OK,
  [...OK, ['content-length', '5']],
  [
    [':status', '103'],
    ['link', 'x'],
  ],
  [[':status', '204']],
  [[':status', '101']],
  [['grpc-status', '0']],
  [],
];
const VALUES = [0, 1, 5, 100, 16_384, 65_535, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
const CREDITS = [1, 5, 100, 100_000, 100_000, 0, 0x7fff_ffff];
const CODES = Object.values(CODE);
const TEXTS = ['', 'a', 'hello', 'x'.repeat(300), 'y'.repeat(17_000)];

/** Which streams a conversation has; a server does not know them, and guesses. */
class Streams {
  readonly #byClient: boolean;
  #next = 1;

  constructor(byClient: boolean) {
    this.#byClient = byClient;
  }

  /** One that is open, or was; once in a while one that never was. */
  any(dice: Dice): number {
    if (dice.onceIn(100)) return dice.pick(VALUES);
    const count = this.#byClient ? Math.max(1, (this.#next - 1) / 2) : dice.pick([1, 2, 4]);
    return 1 + 2 * dice.below(count);
  }

  /** For a head. */
  head(dice: Dice): number {
    if (!this.#byClient || dice.onceIn(4)) return this.any(dice);
    this.#next += 2;
    return this.#next - 2;
  }

  lines(dice: Dice): Lines {
    return dice.pick(this.#byClient !== dice.onceIn(8) ? REQUESTS : ANSWERS);
  }
}

const COMMON: readonly Make[] = [
  (dice, streams) => headers(streams.head(dice), streams.lines(dice), dice.onceIn(2)),
  (dice, streams) => data(streams.any(dice), dice.pick(TEXTS), dice.onceIn(3)),
  (dice, streams) => windowUpdate(dice.onceIn(3) ? 0 : streams.any(dice), dice.pick(CREDITS)),
];

const RARE: readonly Make[] = [
  (dice, streams) =>
    frame(FRAME.DATA, FLAG.PADDED, streams.any(dice), latin1(`\x03${dice.pick(TEXTS)}...`)),
  (dice, streams) => reset(streams.any(dice), dice.pick(CODES)),
  (dice) => settingsFrame([dice.pick(Object.values(SETTING)), dice.pick(VALUES)]),
  (dice) => settingsFrame([SETTING.INITIAL_WINDOW_SIZE, dice.pick(CREDITS)]),
  () => frame(FRAME.SETTINGS, FLAG.ACK, 0, Buffer.alloc(0)),
  (dice) => ping('12345678', dice.below(2)),
  () => ping('\0\0\0\0\0\0\0\x02', FLAG.ACK),
  (dice, streams) => goAway(streams.any(dice), dice.pick(CODES)),
  (dice, streams) => frame(FRAME.PRIORITY, 0, streams.any(dice), latin1('abcde')),
  (dice, streams) => frame(FRAME.PUSH_PROMISE, FLAG.END_HEADERS, streams.any(dice), u32(2)),
  (dice, streams) => {
    const id = streams.head(dice);
    const bytes = block(streams.lines(dice));
    const cut = dice.below(bytes.length + 1);
    return Buffer.concat([
      frame(FRAME.HEADERS, dice.below(2), id, bytes.subarray(0, cut)),
      frame(FRAME.CONTINUATION, FLAG.END_HEADERS, id, bytes.subarray(cut)),
    ]);
  },
];

/** What a peer might send: mostly in order, in one place or another not. `byClient`: with a preface. */
export function hostileFrames(dice: Dice, byClient: boolean): Buffer {
  const parts = dice.onceIn(50) ? [] : [byClient ? hello() : settingsFrame()];
  const streams = new Streams(byClient);
  for (let count = dice.below(20); count >= 0; count--) {
    parts.push(dice.pick(dice.onceIn(10) ? RARE : COMMON)(dice, streams));
  }
  const bytes = Buffer.concat(parts);
  for (let spoils = dice.onceIn(6) ? dice.below(4) : 0; spoils > 0; spoils--) {
    bytes[dice.below(bytes.length)] = dice.onceIn(2) ? dice.below(256) : dice.pick([0, 1, 255]);
  }
  return dice.onceIn(10) ? bytes.subarray(0, dice.below(bytes.length + 1)) : bytes;
}
