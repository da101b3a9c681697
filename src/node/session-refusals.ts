import type { SpiffeId } from '../core/index.ts';
import type { Refusal } from './workload-admission.ts';

/** What a sidecar hears that is turned away for how it speaks, or for what became of its process. */

export const identityChanged = (now: SpiffeId): Refusal => ({
  code: 'IDENTITY_CHANGED',
  message: `the process is now registered as ${now}`,
  remedy: 'Start it again to take up the other identity.',
});

export const unreadableMessage = (message: string): Refusal => ({
  code: 'MESSAGE_UNREADABLE',
  message,
  remedy: 'Run the same version of selvage for the node and its sidecars.',
});

export const instanceInUse = (instance: string): Refusal => ({
  code: 'INSTANCE_IN_USE',
  message: `the instance ${instance} is connected already`,
  remedy: 'End the other sidecar; each one chooses an instance of its own.',
});
