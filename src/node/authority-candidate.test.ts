import { expect, test } from 'bun:test';
import type { NodeName } from '../core/index.ts';
import type { ProvenNode } from '../registry/index.ts';
import { authorityCandidate } from './authority-candidate.ts';
import { NodeError } from './errors.ts';

const CA = { certificatePem: 'PEM', onlineKey: 'ab'.repeat(32) };
const named = (text: string) => text as NodeName; // a label, by inspection
const node = (name: string, authority?: typeof CA) =>
  ({ name, claim: { authority } }) as unknown as ProvenNode; // all of it that is read
const registry = { nodes: () => [node('n2', CA), node('eu-3', CA), node('n4')] };

function remedyFor(name: string): string {
  try {
    authorityCandidate(registry, named(name));
  } catch (error) {
    if (error instanceof NodeError && error.code === 'NODE_UNKNOWN') return error.remedy;
    throw error;
  }
  throw new Error(`${name} is a candidate`);
}

test('a node that has a CA can be made an authority', () => {
  expect(authorityCandidate(registry, named('n2'))).toEqual({ node: named('n2'), ...CA });
});

test('a name that nobody has is answered with the candidate that may be meant', () => {
  expect(remedyFor('n22')).toStartWith('Did you mean n2?');
  expect(remedyFor('frankfurt')).toStartWith('`selvage get nodes` lists the nodes');
});

test('a node that is there and has no CA is taken for no other', () => {
  expect(remedyFor('n4')).toStartWith('`selvage get nodes` lists the nodes');
});
