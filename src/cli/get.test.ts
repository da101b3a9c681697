import { expect, test } from 'bun:test';
import { parse } from 'yaml';
import { ChangeFeed, type ServiceView } from '../admin/index.ts';
import { sampleService } from '../admin/testing/index.ts';
import { runCommandLine } from './testing/index.ts';

const data = ['--data', '/srv/n1'];

test('a table has aligned columns and no borders', async () => {
  const { out } = await runCommandLine(['get', 'nodes', ...data]);
  expect(out).toBe(
    [
      'NAME  STATE  AUTHORITY  ENFORCES  DIGEST        VERSION  ADDRESSES                                          REMARK',
      'n1    self   yes        3         abababababab  0.1.0    /ip4/127.0.0.11/tcp/7600 /ip4/127.0.0.11/udp/7600  -',
      'n3    dead   no         -         -             -        -                                                  -',
      '',
    ].join('\n'),
  );
});

test('on a narrow terminal the columns that do not fit stand below each row, if they say anything', async () => {
  const shownAt = async (columns: number) =>
    (await runCommandLine(['get', 'nodes', ...data], { interactive: true, columns })).out;
  const narrow = [
    'NAME  STATE  AUTHORITY  ENFORCES  DIGEST        VERSION',
    'n1    self   yes        3         abababababab  0.1.0',
    '  ADDRESSES: /ip4/127.0.0.11/tcp/7600 /ip4/127.0.0.11/udp/7600',
    'n3    dead   no         -         -             -',
    '',
  ].join('\n');
  const whole = (await runCommandLine(['get', 'nodes', ...data])).out;
  const width = whole.indexOf('\n');
  expect(await shownAt(80)).toBe(narrow);
  expect(await shownAt(width - 1)).not.toBe(whole);
  expect(await shownAt(width)).toBe(whole);
  expect((await shownAt(3)).split('\n').slice(0, 3)).toEqual(['NAME', 'n1', '  STATE: self']);
});

test('the status keeps each digest whole on a narrow terminal', async () => {
  const { out } = await runCommandLine(['status', ...data], { columns: 80 });
  const lines = out.split('\n').filter((line) => line.includes('ab'.repeat(32)));
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
});

test('below a row the columns that did not fit fill its lines', async () => {
  const shown = await runCommandLine(['get', 'workloads', ...data], { columns: 80 });
  expect(shown.out.split('\n').slice(1, 3)).toEqual([
    'spiffe://shop.example/ns/default/sa/web     42   default/web  3        2',
    '  DIALLING: 0  POOLED: 1  EXCHANGES: 1  FLOWS: 0  HELD BYTES: 512',
  ]);
});

test('below a row a text that is longer than a line is broken between its words', async () => {
  const reason =
    'the shop calls the warehouse for what it has, and the warehouse calls nobody at all';
  const { items } = await sampleService().proposals({});
  const service = { proposals: async () => ({ items: items.map((one) => ({ ...one, reason })) }) };
  const shown = await runCommandLine(['proposals', ...data], { columns: 80, service });
  expect(shown.out.split('\n').slice(2)).toEqual([
    '  REASON: the shop calls the warehouse for what it has, and the warehouse calls',
    '    nobody at all',
    '',
  ]);
});

test('members are listed with what this node found out about them', async () => {
  const { out } = await runCommandLine(['get', 'members', ...data]);
  expect(out.split('\n').map((line) => line.split(/ {2,}/).slice(0, 5))).toEqual([
    ['NAME', 'STATE', 'INCARNATION', 'LAST CONTACT', 'ROUND TRIP'],
    ['n2', 'alive', '3.1', 'just now', '1.2 ms'],
    ['n3', 'dead', '1.0', '3m 3s ago', '0.4 ms'],
    ['n4', 'alive', '-', 'never', '-'],
    [''],
  ]);
  const { items } = JSON.parse(
    (await runCommandLine(['get', 'members', '-o', 'json', ...data])).out,
  );
  expect(items[0]).toMatchObject({ name: 'n2', incarnation: 196_609, roundTripMs: 1.23 });
});

test('workloads are listed with what their sidecars hold, and without it when they do not answer', async () => {
  const { out } = await runCommandLine(['get', 'workloads', ...data]);
  const [heading, web, client] = out.split('\n').map((line) => line.split(/ {2,}/));
  expect(heading).toEqual(
    'WORKLOAD,PID,SERVES,CLIENTS,SERVERS,DIALLING,POOLED,EXCHANGES,FLOWS,HELD BYTES'.split(','),
  );
  expect(web?.slice(1)).toEqual('42,default/web,3,2,0,1,1,0,512'.split(','));
  expect(client?.slice(1)).toEqual('43,-,-,-,-,-,-,-,-'.split(','));
});

test('evidence says who contradicted itself, and both things that were said', async () => {
  const { out } = await runCommandLine(['get', 'evidence', ...data]);
  expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['NODE', 'RECORD', 'SEQUENCE', 'SINCE', 'HOLDS', 'ALSO SAID'],
    ['n3', 'node/self', '1.4.7', '2030-01-01T00:00:03.000Z', '{"port":80}', '{"port":81}'],
    [''],
  ]);
});

test('where there is no evidence that is said', async () => {
  const { code, out, errors } = await runCommandLine(['get', 'evidence', ...data], {
    service: { evidence: async () => ({ items: [] }) },
  });
  expect({ code, out }).toEqual({ code: 0, out: '' });
  expect(errors).toContain('no node has contradicted itself');
});

test('json and yaml hold all that the node said', async () => {
  const json = await runCommandLine(['get', 'svc', '-o', 'json', ...data]);
  const yaml = await runCommandLine(['get', 'services', '-o', 'yaml', ...data]);
  expect(JSON.parse(json.out).items[0].identities).toEqual([
    'spiffe://shop.example/ns/default/sa/web',
  ]);
  expect(parse(yaml.out)).toEqual(JSON.parse(json.out));
});

test('an empty list says what to do next, and leaves standard output empty', async () => {
  const { code, out, errors } = await runCommandLine(['get', 'endpoints', ...data]);
  expect({ code, out }).toEqual({ code: 0, out: '' });
  expect(errors).toContain('selvage run --service');
});

test('what other nodes say of themselves cannot move the cursor, nor turn the direction of writing', async () => {
  const { out } = await runCommandLine(['get', 'nodes', ...data], {
    service: {
      nodes: async () => ({
        items: [{ name: 'n\u001b[2J\n1\u202e2', state: 'alive', authority: 'no', addresses: [] }],
      }),
    },
  });
  expect(out).toContain('n�[2J�1�2');
});

const web = (ready: number, name = 'web'): ServiceView => ({
  service: `default/${name}`,
  protocol: 'http',
  name: `${name}.default.mesh:80`,
  identities: [],
  endpoints: { ready, notReady: 0, unreachable: 0, quarantined: 0 },
});

/** Watches services through these states, one after the other, then ends the watch. */
async function watched(
  states: readonly (readonly ServiceView[])[],
  args: readonly string[] = [],
  interactive = false,
) {
  const feed = new ChangeFeed();
  const stop = new AbortController();
  let at = 0;
  return await runCommandLine(['get', 'services', '--watch', ...data, ...args], {
    interactive,
    stop: stop.signal,
    service: {
      changes: (signal) => feed.watch(signal),
      services: async () => {
        const items = states[Math.min(at, states.length - 1)] ?? [];
        at += 1;
        if (at > states.length) stop.abort();
        feed.notify('services');
        return { items };
      },
    },
  });
}

test('a watch that is no terminal’s appends the rows that changed', async () => {
  const { code, out } = await watched([[web(1)], [web(1)], [web(2), web(0, 'new')], [web(2)]]);
  expect(code).toBe(0);
  expect(out.split('\n').map((line) => line.replaceAll(/ +/g, ' '))).toEqual([
    'SERVICE PROTOCOL NAME READY NOT READY UNREACHABLE QUARANTINED SERVED BY',
    'default/web http web.default.mesh:80 1 0 0 0',
    'default/web http web.default.mesh:80 2 0 0 0',
    'default/new http new.default.mesh:80 0 0 0 0',
    'default/new http new.default.mesh:80 0 0 0 0 (gone)',
    '',
  ]);
});

test('a watch as JSON is one line for each change', async () => {
  const { out } = await watched([[web(1)], [web(1)], []], ['-o', 'json']);
  const lines = out.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).items.length)).toEqual([1, 0]);
});

test('a watch on a terminal redraws the table in its place', async () => {
  const { out } = await watched([[web(1)], []], [], true);
  const [before, first, second] = out.split('\u001b[H\u001b[2J');
  expect(before).toBe('');
  expect(first).toContain('default/web');
  expect(second).toContain('no services are in force');
});

test('a watch that the node ends is an error, and not a success', async () => {
  const service = { changes: async function* () {} };
  const { code, errors } = await runCommandLine(['get', 'nodes', '-w', ...data], { service });
  expect(code).toBe(4);
  expect(errors).toContain('the node ended');
});

test('the status of a node names those that do not simply live', async () => {
  const { out } = await runCommandLine(['status', ...data]);
  expect(out).toMatch(/^other members +2 alive, 1 suspect: n4, 1 dead: n3$/m);
});
