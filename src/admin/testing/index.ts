export { sampleService, sampleStatus } from './sample-service.ts';
