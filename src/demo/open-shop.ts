import { Shop } from './shop.ts';
import { Stage } from './stage.ts';

export interface OpenShopOptions {
  /** How `selvage` is started; as this very program when left out. */
  readonly command?: readonly string[];
}

/**
 * The shop without its checks, all its workloads serving.
 *
 * @throws DemoError DEMO_COMMAND_FAILED, DEMO_WAIT_EXPIRED; nothing is left running then
 */
export async function openShop({ command }: OpenShopOptions = {}): Promise<Shop> {
  const options = { expectedPorts: false, files: false, names: false, progress: () => undefined };
  const shop = new Shop(new Stage(command), options);
  try {
    await shop.open();
    return shop;
  } catch (error) {
    await shop.close(false);
    throw error;
  }
}
