export { Isolation, type IsolationOptions } from './isolation.ts';
