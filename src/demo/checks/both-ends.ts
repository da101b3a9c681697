import { realRandom } from '../../platform/index.ts';
import { callHttp } from '../clients/index.ts';
import { checkFailed, expectThat } from '../errors.ts';
import { identityOf } from '../plan.ts';
import type { Shop } from '../shop.ts';
import { type Capture, judgeTls13 } from '../wire/index.ts';
import { CALL_TIMEOUT_MS, type Check } from './check.ts';

/** Calls until the copy behind the tap has answered too: endpoints take turns. */
const MAX_CALLS = 8;

export const bothEnds: Check = {
  number: 1,
  title: 'frontend → catalog over two sidecars, TLS 1.3 only between them',
  run: async (shop) => {
    const tap = shop.workloads.tap('catalog-v1');
    tap.record();
    const note = `note-${Buffer.from(realRandom.bytes(12)).toString('hex')}`;
    const seen = await callThroughTap(shop, note);
    const wire = judgeCaptures(tap.captures(), note);
    const files = shop.hasFiles ? await readFiles(shop) : '';
    return `catalog saw ${seen.byCallee}, frontend saw ${seen.byCaller}; ${wire}${files}`;
  },
};

/** What the frontend shows of the catalog's answer. */
interface Shown {
  readonly answeredBy?: string;
  readonly version?: string;
  readonly answer: { readonly note?: string; readonly calledBy?: string };
}

/** Asks the frontend for the catalog, with words that must not be seen on the wire. */
async function callThroughTap(
  shop: Shop,
  note: string,
): Promise<{ byCallee: string; byCaller: string }> {
  const { port } = shop.workloads.get('frontend');
  const path = `/products?note=${note}`;
  for (let call = 0; call < MAX_CALLS; call += 1) {
    const got = await callHttp({ port, method: 'GET', path, timeoutMs: CALL_TIMEOUT_MS });
    expectThat(got.status === 200, `the frontend answered ${got.status}: ${got.text.trim()}`);
    const shown: Shown = JSON.parse(got.text);
    const { note: read, calledBy } = shown.answer;
    expectThat(read === note, `the catalog did not get the note but ${read}`);
    const seen = { byCallee: String(calledBy), byCaller: String(shown.answeredBy) };
    const { byCallee, byCaller } = seen;
    expectThat(byCallee === identityOf('frontend'), `the catalog was called by ${byCallee}`);
    expectThat(byCaller === identityOf('catalog'), `the frontend was answered by ${byCaller}`);
    if (shown.version === 'v1') return seen;
  }
  return checkFailed(`none of ${MAX_CALLS} calls went to catalog v1`);
}

function judgeCaptures(captures: readonly Capture[], note: string): string {
  expectThat(captures.length > 0, 'nothing passed the tap between the sidecars');
  let records = 0;
  let bytes = 0;
  for (const { fromClient, fromServer, whole } of captures) {
    expectThat(whole, 'more passed the tap than it can keep');
    const judged = judgeTls13(fromClient, fromServer);
    if (!judged.ok) return checkFailed(`between the sidecars ${judged.error}`);
    records += judged.value.records;
    bytes += judged.value.bytes;
    const all = Buffer.concat([fromClient, fromServer]);
    for (const word of [note, '/products', 'heddle', 'HTTP/1.1']) {
      expectThat(!all.includes(word), `'${word}' can be read between the sidecars`);
    }
  }
  return `${records} records, ${bytes} bytes between them, TLS 1.3 only, no word in the clear`;
}

async function readFiles(shop: Shop): Promise<string> {
  const port = shop.workloads.upstream('files');
  const got = await callHttp({ port, method: 'GET', path: '/', timeoutMs: CALL_TIMEOUT_MS });
  expectThat(got.status === 200, `files answered ${got.status}: ${got.text.trim()}`);
  const server = got.headers.server ?? 'no one';
  expectThat(server.startsWith('SimpleHTTP'), `files was answered by ${server}`);
  return `; files answered as ${server}`;
}
