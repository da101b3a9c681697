import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoginDesk } from './login-desk.ts';
import registrations from './shop/registrations.yaml' with { type: 'text' };
import services from './shop/services.yaml' with { type: 'text' };
import settings from './shop/settings.yaml' with { type: 'text' };
import policies from './shop/shop.cedar' with { type: 'text' };
import { shopHours } from './shop-hours.ts';

/** What the shop's governor puts in force, by file name; carried along in the single executable. */
export const shopResources: Readonly<Record<string, string>> = {
  'registrations.yaml': registrations,
  'services.yaml': services,
  'settings.yaml': settings,
  'shop.cedar': policies,
};

/** Writes them, whose users they speak about and the hours as files, for `selvage apply -f`. */
export function writeResources(directory: string, login: LoginDesk): void {
  mkdirSync(directory, { mode: 0o700 });
  const files = {
    ...shopResources,
    'login.yaml': login.resource(),
    'hours.cedar': shopHours({ sale: 'on', stocktaking: false }),
  };
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(directory, name), text);
  }
}
