import type { Contender } from './contender.ts';
import { envoys } from './envoy.ts';
import { haproxy } from './haproxy.ts';
import { nginx } from './nginx.ts';
import { ours } from './ours.ts';

/** In the order of their turns. */
export const contenders: readonly Contender[] = [...ours, nginx, haproxy, ...envoys];
