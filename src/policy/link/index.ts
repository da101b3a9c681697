export { cedar, type Language } from './language.ts';
export { linkAtOnce } from './link-program.ts';
export { linkEngine } from './mesh-engine.ts';
