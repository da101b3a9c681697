import type { DemoOptions } from './demo.ts';

export type { DemoOptions } from './demo.ts';
export { DemoError, demoErrors } from './errors.ts';
export { runDemoService, type ServiceOptions } from './services/index.ts';

/** Loaded when it is run: the shop's programs, which start from here too, need none of it. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const demo = await import('./demo.ts');
  return demo.runDemo(options);
}
