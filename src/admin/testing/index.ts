export { sampleHistory } from './sample-history.ts';
export { sampleRollout } from './sample-rollout.ts';
export { sampleService, sampleStatus } from './sample-service.ts';
