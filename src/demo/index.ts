import type { CutReport } from './checks/index.ts';
import type { DemoOptions } from './demo.ts';
import type { OpenShopOptions } from './open-shop.ts';
import type { Shop } from './shop.ts';

export { DemoError } from './errors.ts';
export { runDemoService } from './services/index.ts';

/** Loaded when it is run: the shop's programs, which start from here too, need none of it. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const demo = await import('./demo.ts');
  return demo.runDemo(options);
}

/** For those who measure what the shop's programs cost; close it in the end. */
export async function openShop(options?: OpenShopOptions): Promise<Shop> {
  const shop = await import('./open-shop.ts');
  return shop.openShop(options);
}

/** Takes a permission from a TCP connection and an answer under way, and gives it back. */
export async function cutOnce(shop: Shop): Promise<CutReport> {
  const checks = await import('./checks/index.ts');
  return checks.cutOnce(shop);
}
