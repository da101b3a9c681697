export { type DemoOptions, runDemo } from './demo.ts';
export { DemoError, demoErrors } from './errors.ts';
export { runDemoService, type ServiceOptions } from './services/index.ts';
