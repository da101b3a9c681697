import { type ErrorCatalogue, type ErrorOptionsWithRemedy, SelvageError } from '../core/index.ts';

export const policyErrors = {
  CEDAR_UNUSABLE: {
    summary: 'The Cedar policy engine could not be loaded, so nothing can be authorized',
    remedy: 'Install Selvage again: its engine file is missing or damaged.',
    exit: 'internal',
  },
} as const satisfies ErrorCatalogue;

export class PolicyError extends SelvageError<keyof typeof policyErrors> {
  constructor(code: keyof typeof policyErrors, message: string, options?: ErrorOptionsWithRemedy) {
    super(policyErrors, code, message, options);
  }
}
