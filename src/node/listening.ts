import { PlatformError } from '../platform/index.ts';
import { type NodeSettingName, nodeSettings } from './options.ts';

type PortSetting = Extract<NodeSettingName, `${string}Port`>;

/**
 * Runs what listens on the port of a setting. When that port is taken, the error says by which flag
 * another one is chosen.
 *
 * @throws PlatformError ADDRESS_IN_USE, and whatever `listen` throws
 */
export async function listenAs<T>(setting: PortSetting, listen: () => T | Promise<T>): Promise<T> {
  try {
    return await listen();
  } catch (cause) {
    if (!(cause instanceof PlatformError) || cause.code !== 'ADDRESS_IN_USE') throw cause;
    const [flag] = nodeSettings[setting].flag.split(' ');
    const remedy = `Stop the other process (\`ss -ltnp\` shows it), or choose another port with ${flag} or another address with --listen.`;
    throw new PlatformError('ADDRESS_IN_USE', cause.message, { cause, remedy });
  }
}
