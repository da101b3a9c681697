import { expect, test } from 'bun:test';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadSync } from '@grpc/proto-loader';
import { PROTOS, spiffeProto } from './stock-client.ts';

const modules =
  process.env.GOMODCACHE ?? join(process.env.GOPATH ?? join(homedir(), 'go'), 'pkg/mod');
const theirs = spiffeProto(modules);
const isThere = existsSync(theirs);
if (!isThere) console.warn('SPIFFE’s own definition is not here: ours is not compared with it');

const MESSAGE_OR_SERVICE = /^[A-Z]\w+$/;

/** What is sent and called, without comments and without what the optional profile adds. */
function wireOf(path: string): ReadonlyMap<string, unknown> {
  const found = Object.entries(loadSync(path, { keepCase: true })).flatMap(([name, definition]) => {
    if (!MESSAGE_OR_SERVICE.test(name) || name.startsWith('WIT')) return [];
    if ('type' in definition) return [[name, definition.type] as const];
    const methods = Object.values(definition).flatMap((method) =>
      typeof method === 'object' && 'path' in method && !String(method.path).includes('WIT')
        ? [[method.path, method.requestStream, method.responseStream]]
        : [],
    );
    return [[name, methods] as const];
  });
  return new Map(found);
}

test.skipIf(!isThere)(
  'our definition of the Workload API says on the wire what SPIFFE’s own says',
  () => {
    const ours = wireOf(join(PROTOS, 'workload.proto'));
    expect(ours.size).toBeGreaterThan(10);
    expect(ours).toEqual(wireOf(theirs));
  },
);
