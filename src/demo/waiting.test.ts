import { expect, test } from 'bun:test';
import { realClock } from '../platform/index.ts';
import { aborted, notYet, there, waitFor } from './waiting.ts';

test('what is there at the third look is returned', async () => {
  let looks = 0;
  const found = await waitFor(realClock, 'a third look', 5_000, () =>
    ++looks === 3 ? there(looks) : notYet(`look ${looks}`),
  );
  expect(found).toBe(3);
});

test('what never comes is an error that says what was waited for and what was seen last', async () => {
  const waiting = waitFor(realClock, 'rain', 60, () => notYet('a clear sky'));
  await expect(waiting).rejects.toMatchObject({
    code: 'DEMO_WAIT_EXPIRED',
    message: 'waited 60 ms for rain; last seen: a clear sky',
  });
});

test('a look that fails ends the waiting at once', async () => {
  const broken = () => {
    throw new Error('blind');
  };
  await expect(waitFor(realClock, 'anything', 5_000, broken)).rejects.toThrow('blind');
});

test('a signal that came before anyone listened is heard all the same', async () => {
  const controller = new AbortController();
  controller.abort();
  await aborted(controller.signal);
});
