import { expect, test } from 'bun:test';
import { decode, type RecordType } from 'dns-packet';
import { encodeAnswer } from './answer.ts';
import { readQuestion } from './question.ts';
import { query } from './testing/index.ts';
import { answerFromZone, type Lookup, type Zone } from './zone.ts';

const CATALOG: Lookup = { kind: 'found', address: '127.80.1.2', port: 8_080, protocol: 'http' };
const zone: Zone = {
  lookup: (key) => {
    if (key === 'shop/catalog') return CATALOG;
    return key === 'shop/torn' ? { kind: 'undecided' } : { kind: 'unknown' };
  },
  hasNamespace: (namespace) => namespace === 'shop',
};

function ask(name: string, type: RecordType = 'A', change: (bytes: Uint8Array) => void = () => {}) {
  const bytes = query(name, type, { ednsBytes: 1_232 });
  change(bytes);
  const question = readQuestion(bytes);
  if (!question.ok) throw new Error('it is a question');
  const answer = answerFromZone(question.value, zone);
  if (answer === undefined) return undefined;
  const encoded = Buffer.from(encodeAnswer(question.value, answer));
  const { answers, authorities, additionals, flag_aa, questions } = decode(encoded);
  const said = answers?.map((record) => [
    record.name,
    record.type,
    'data' in record && record.data,
  ]);
  const others = additionals?.filter((record) => record.type !== 'OPT');
  const rcode = (encoded[3] ?? 0) & 0x0f;
  return { rcode, said, authorities: authorities?.map((r) => r.type), others, flag_aa, questions };
}

const NAME = 'catalog.shop.mesh';

test('a service has its address, and nothing where it has none', () => {
  expect(ask(NAME)).toMatchObject({ rcode: 0, said: [[NAME, 'A', '127.80.1.2']], flag_aa: true });
  for (const type of ['AAAA', 'TXT', 'MX'] as const) {
    expect(ask(NAME, type)).toMatchObject({ rcode: 0, said: [], authorities: ['SOA'] });
  }
});

test('SRV says the port, under the service’s name and under that of its protocol', () => {
  const where = { priority: 0, weight: 0, port: 8_080, target: NAME };
  for (const name of [NAME, `_http._tcp.${NAME}`]) {
    const answer = ask(name, 'SRV');
    expect(answer).toMatchObject({ rcode: 0, said: [[name, 'SRV', where]] });
    expect(answer?.others).toMatchObject([{ type: 'A', name: NAME, data: '127.80.1.2' }]);
  }
  expect(ask(`_grpc._tcp.${NAME}`, 'SRV')?.rcode).toBe(3);
  expect(ask(`_http._tcp.${NAME}`, 'A')).toMatchObject({ rcode: 0, said: [] });
});

test('what is not there is said to be absent, and for how long', () => {
  for (const name of ['other.shop.mesh', 'catalog.other.mesh', 'other.mesh', 'a.b.c.d.e.mesh']) {
    expect(ask(name)).toMatchObject({ rcode: 3, said: [], authorities: ['SOA'], flag_aa: true });
  }
});

test('a name above others is there, though it has nothing: nobody may conclude that all below is absent', () => {
  for (const name of ['mesh', 'shop.mesh', `_tcp.${NAME}`]) {
    expect(ask(name)).toMatchObject({ rcode: 0, said: [], authorities: ['SOA'] });
  }
  expect(ask('mesh', 'SOA')?.said?.[0]?.[1]).toBe('SOA');
});

test('whose name it is that cannot be told is refused, never guessed', () => {
  expect(ask('torn.shop.mesh')).toMatchObject({ rcode: 5, said: [], flag_aa: false });
});

test('other names are somebody else’s, and another class has nothing here', () => {
  expect(ask('example.com')).toBeUndefined();
  const chaos = (bytes: Uint8Array) => bytes.set([0, 3], 12 + NAME.length + 2 + 2);
  expect(ask(NAME, 'A', chaos)?.rcode).toBe(5);
});

test('a version of EDNS that nobody knows is told so', () => {
  const bytes = Buffer.from(query(NAME, 'A', { ednsBytes: 1_232 }));
  bytes[bytes.length - 5] = 1; // the version, before two bytes of flags and two of length
  const question = readQuestion(bytes);
  if (!question.ok) throw new Error('it is a question');
  const answer = answerFromZone(question.value, zone);
  if (answer === undefined) throw new Error('it is ours');
  const { answers, additionals } = decode(Buffer.from(encodeAnswer(question.value, answer)));
  expect(answers).toEqual([]);
  expect(additionals).toMatchObject([{ type: 'OPT', extendedRcode: 1, ednsVersion: 0 }]);
});

test('letters keep the case in which they were asked', () => {
  expect(ask('CaTaLoG.shop.Mesh')?.questions?.[0]?.name).toBe('CaTaLoG.shop.Mesh');
});
