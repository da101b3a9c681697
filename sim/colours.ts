import picocolors from 'picocolors';
import type { Paint } from './report/index.ts';

export function paintOf(hasColours: boolean): Paint {
  const { bold, dim, green, red } = picocolors.createColors(hasColours);
  return { bold, dim, good: green, bad: red };
}
