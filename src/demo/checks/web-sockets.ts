import { realClock } from '../../platform/index.ts';
import { Talk } from '../clients/index.ts';
import { checkFailed, expectThat } from '../errors.ts';
import { payload } from '../payload.ts';
import { GOODBYE } from '../services/index.ts';
import type { Shop } from '../shop.ts';
import { notYet, there, waitFor } from '../waiting.ts';
import { CALL_TIMEOUT_MS, type Check } from './check.ts';

const PATH = '/desk';
const WORDS = 200;
const BINARY_BYTES = 1_048_576;
const OWN_GOODBYE = { code: 1_000, reason: 'thank you' } as const;

export const webSockets: Check = {
  number: 13,
  title: 'a WebSocket talks both ways, in text and binary, and is closed in words from either end',
  run: async (shop) => {
    const talk = await openTalk(shop);
    for (let word = 1; word <= WORDS; word += 1) talk.say(`word ${word}`);
    const binary = Buffer.concat([...payload(BINARY_BYTES)]);
    talk.say(binary);
    await hear(talk, WORDS + 1);
    const wrong = talk.heard.findIndex((heard, index) => !isEcho(heard, index, binary));
    expectThat(wrong === -1, `message ${wrong + 1} of ${WORDS + 1} came back as another`);
    talk.close(OWN_GOODBYE.code, OWN_GOODBYE.reason);
    await expectGoodbye(talk, OWN_GOODBYE);
    const second = await openTalk(shop);
    second.say(GOODBYE.word);
    await expectGoodbye(second, GOODBYE);
    await refused(shop, '/back-office');
    return (
      `${WORDS} texts and ${BINARY_BYTES.toLocaleString('en')} binary bytes, the same back in order; closed by the ` +
      `client with ${OWN_GOODBYE.code}, by the helpdesk with ${GOODBYE.code}; none at a path that no policy permits`
    );
  },
};

const openTalk = ({ workloads }: Shop, path = PATH): Promise<Talk> =>
  Talk.open(workloads.upstream('helpdesk'), path, CALL_TIMEOUT_MS);

const isEcho = (heard: string | Uint8Array, index: number, binary: Buffer): boolean =>
  typeof heard === 'string'
    ? heard === `word ${index + 1}`
    : index === WORDS && binary.equals(heard);

async function hear({ heard }: Talk, count: number): Promise<void> {
  await waitFor(realClock, `${count} messages`, CALL_TIMEOUT_MS, () =>
    heard.length >= count ? there(undefined) : notYet(`${heard.length} messages`),
  );
}

async function expectGoodbye(talk: Talk, wanted: typeof OWN_GOODBYE | typeof GOODBYE) {
  const seen = await waitFor(realClock, 'the end of the talk', CALL_TIMEOUT_MS, () => {
    const goodbye = talk.goodbye();
    return goodbye === undefined ? notYet('it is open') : there(goodbye);
  });
  const same = seen.code === wanted.code && seen.reason === wanted.reason;
  expectThat(same, `a talk that ended with ${wanted.code} looks like ${seen.code} ${seen.reason}`);
}

async function refused(shop: Shop, path: string): Promise<void> {
  const opened = await openTalk(shop, path).catch((error: unknown) => error);
  if (opened instanceof Talk) checkFailed(`no policy permits ${path}, but a talk began there`);
}
