export { cedar, type Language } from './language.ts';
export { linkEngine } from './mesh-engine.ts';
