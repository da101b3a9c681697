import { expect, test } from 'bun:test';
import { PeerNotes } from './peer-notes.ts';

const state = (digest: string, evidence = '') => ({ digest, evidence });

test('a peer that fails is left alone, each time for twice as long, up to five minutes', () => {
  const notes = new PeerNotes();
  let now = 0;
  const restsMs: number[] = [];
  for (let times = 0; times < 8; times++) {
    expect(notes.failed('liar', now)).toBe(times === 0);
    const from = now;
    while (notes.rests('liar', now)) now += 1_000;
    restsMs.push(now - from);
  }
  expect(restsMs.map((ms) => ms / 1_000)).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  expect(notes.rests('other', 0)).toBe(false);
});

test('a sensible answer makes good for earlier failures', () => {
  const notes = new PeerNotes();
  notes.failed('a', 0);
  notes.failed('a', 0);
  notes.answered('a');
  expect(notes.rests('a', 1)).toBe(false);
  notes.failed('a', 1);
  expect(notes.rests('a', 5_001)).toBe(false);
});

test('what a peer shows does not make good for its failures', () => {
  const notes = new PeerNotes();
  notes.failed('liar', 0);
  notes.settled('liar', state('1'), state('1'), 1);
  expect(notes.rests('liar', 2)).toBe(true);
  expect(notes.wasCompared('liar', state('1'), 2)).toBe(true);
  expect(notes.wasCompared('liar', state('2'), 2)).toBe(false);
});

test('two states are settled for a minute, and no other ones', () => {
  const notes = new PeerNotes();
  notes.settled('a', state('1'), state('2'), 0);
  expect(notes.isSettled('a', state('1'), state('2'), 59_999)).toBe(true);
  expect(notes.isSettled('a', state('1'), state('2'), 60_000)).toBe(false);
  expect(notes.isSettled('a', state('1'), state('3'), 1)).toBe(false);
  expect(notes.isSettled('a', state('2'), state('2'), 1)).toBe(false);
  expect(notes.isSettled('a', state('1'), state('2', 'e'), 1)).toBe(false);
  expect(notes.isSettled('b', state('1'), state('2'), 1)).toBe(false);
  notes.failed('a', 1);
  expect(notes.isSettled('a', state('1'), state('2'), 1)).toBe(false);
});

test('of a thousand peers the one heard of longest ago is forgotten', () => {
  const notes = new PeerNotes();
  for (let peer = 0; peer <= 1_024; peer++) notes.failed(`${peer}`, 0);
  expect(notes.rests('0', 1)).toBe(false);
  expect(notes.rests('1', 1)).toBe(true);
});
